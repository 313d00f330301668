"""The application around a fake model, for every test that tells its stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.wiring import Application
from tests.fakes import FakeEditor, application


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def oneedit(tmp_path: Path, editor: FakeEditor) -> Iterator[Application]:
    built = application(tmp_path / "home", editor=editor)
    yield built
    built.close()
