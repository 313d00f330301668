"""The whole application on the demonstration model, in a home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.settings import Settings
from oneedit.wiring import Application, build


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    built = build(Settings(home=tmp_path / "home"))
    yield built
    built.close()
