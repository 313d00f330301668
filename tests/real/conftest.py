"""Gemma 3 270M, converted once, and a home that is made on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.bench.real_model import model_folder
from oneedit.settings import Settings
from oneedit.wiring import Application, build


@pytest.fixture(scope="session")
def folder() -> Path:
    return model_folder()


@pytest.fixture(scope="session")
def oneedit(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    home = tmp_path_factory.mktemp("real") / "home"
    built = build(Settings(home=home, model=str(folder), device="cpu"))
    yield built
    built.close()
