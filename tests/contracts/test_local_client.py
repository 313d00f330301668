from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from oneedit.control.local import LocalClient
from oneedit.settings import Settings
from oneedit.wiring import build_reader
from tests.contracts.client import ClientContract
from tests.support.fakes import LOCAL, application


class TestLocalClient(ClientContract):
    @pytest.fixture
    def client(self, tmp_path: Path) -> Iterator[LocalClient]:
        home = tmp_path / "home"
        settings = Settings(home=home)
        made = LocalClient(partial(build_reader, settings), partial(application, home), LOCAL)
        yield made
        made.close()
