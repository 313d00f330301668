"""What many tests stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing multiply in bfloat16, as on a CPU that is not faster at it."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)


@pytest.fixture
def oneedit(tmp_path: Path, editor: FakeEditor) -> Iterator[Application]:
    built = application(tmp_path / "home", editor=editor)
    yield built
    built.close()
