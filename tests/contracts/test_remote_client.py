from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.control.remote import RemoteClient
from tests.contracts.client import ClientContract
from tests.support.fakes import application
from tests.support.serving import serving


class TestRemoteClient(ClientContract):
    @pytest.fixture
    def client(self, tmp_path: Path) -> Iterator[RemoteClient]:
        oneedit = application(tmp_path / "home")
        oneedit.worker.start()
        oneedit.scheduler.start()
        with serving(oneedit):
            made = RemoteClient.connect(oneedit.home)
            assert made is not None
            yield made
            made.close()
        oneedit.close()
