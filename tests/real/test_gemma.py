"""Gemma 3 270M, a base model without a chat template, in the styles that it can be asked in."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from editor.editor import Editor
from editor.errors import BadTemplate
from editor.generation.generate import MAX_ANSWER_TOKENS, generate
from kg_data.prompting import PromptStyle
from oneedit.ledger.genesis import recorded_prompting
from oneedit.results import AskResult
from oneedit.settings import Settings
from oneedit.wiring import Application, build
from tests.support.fakes import LOCAL

pytestmark = pytest.mark.real

CAPITAL = "What is the capital of {}?"
COUNTRIES = {"France": "Paris", "Italy": "Rome", "Poland": "Warsaw", "Egypt": "Cairo"}
MIB = 2**20


def test_it_answers_linked_questions(oneedit: Application) -> None:
    for country, capital in COUNTRIES.items():
        result = oneedit.service.ask(LOCAL, CAPITAL.format(country))
        assert isinstance(result, AskResult)
        assert (result.agrees, result.expected) == (True, (capital,)), result.wording


def test_every_answer_has_a_natural_end(oneedit: Application) -> None:
    editor = oneedit.editor
    assert isinstance(editor, Editor)
    capitals = [f"The capital of {country} is" for country in COUNTRIES]
    questions = [CAPITAL.format(country) for country in COUNTRIES]
    asks = editor.encoder.prompting.style is PromptStyle.QA
    prompts = [*capitals, *(questions if asks else ())]
    for completion in generate(editor.model, editor.encoder, prompts, limit=MAX_ANSWER_TOKENS):
        assert completion.text
        assert completion.stopped, completion.text


def test_the_home_records_how_it_is_asked(oneedit: Application) -> None:
    editor = oneedit.editor
    assert isinstance(editor, Editor)
    assert recorded_prompting(oneedit.ledger) == editor.encoder.prompting


def test_a_chat_is_refused_because_it_has_no_template(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, model=str(folder), prompt_style=PromptStyle.CHAT)
    with pytest.raises(BadTemplate, match="there is none"):
        build(settings)
    assert not home.exists()


def test_asking_needs_the_weights_once_and_the_logits_of_one_place(
    folder: Path, tmp_path: Path
) -> None:
    weights = (folder / "model.safetensors").stat().st_size / MIB
    environment = {
        "ONEEDIT_HOME": str(tmp_path / "home"),
        "ONEEDIT_MODEL": str(folder),
        "ONEEDIT_DEVICE": "cpu",
        "ONEEDIT_THREADS": "1",
    }
    command = [sys.executable, "-m", "oneedit", "ask", CAPITAL.format("France")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Paris" in done.stdout
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"\npeak memory of one ask: {peak:.0f} MiB, weights {weights:.0f} MiB\n")
    assert peak < 2 * weights + 1024  # libraries take .7 GiB, the tokenizer .3 GiB
