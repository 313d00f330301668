"""Gemma 3 270M, converted once, and a home that is made on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_data.prompting import PromptStyle
from oneedit.bench.real_model import model_folder
from oneedit.settings import Settings
from oneedit.wiring import Application, build


@pytest.fixture(scope="session")
def folder() -> Path:
    return model_folder()


@pytest.fixture(scope="session", params=[PromptStyle.QA, PromptStyle.STATEMENT])
def oneedit(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    home = tmp_path_factory.mktemp("real") / "home"
    wanted = PromptStyle.AUTO if request.param is PromptStyle.QA else request.param
    settings = Settings(home=home, model=str(folder), device="cpu", prompt_style=wanted)
    built = build(settings)
    yield built
    built.close()
