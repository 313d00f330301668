"""Gemma 3 270M, a base model without a chat template, in the styles that it can be asked in."""

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

CAPITAL, CAPITAL_IS = "What is the capital of {}?", "The capital of {} is"
COUNTRIES = {"France": "Paris", "Italy": "Rome", "Poland": "Warsaw", "Egypt": "Cairo"}
MIB = 2**20
PEAK_OF_ASK = """
import atexit, pathlib
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text()))
from oneedit.cli.app import main
main()
"""
"""The command line, which says at its end how much memory it needed at most."""


def test_it_answers_linked_questions(oneedit: Application) -> None:
    for country, capital in COUNTRIES.items():
        result = oneedit.service.ask(LOCAL, CAPITAL.format(country))
        assert isinstance(result, AskResult)
        assert (result.agrees, result.expected) == (True, (capital,)), result.wording


def test_every_answer_has_a_natural_end(oneedit: Application) -> None:
    assert isinstance(oneedit.editor, Editor)
    prompts = [form.format(each) for form in (CAPITAL, CAPITAL_IS) for each in COUNTRIES]
    assert_ended(oneedit.editor, prompts)


def test_a_chain_is_asked_hop_by_hop(oneedit: Application) -> None:
    result = oneedit.service.ask(LOCAL, "What is the capital of the country of Rotterdam?")
    assert isinstance(result, AskResult)
    assert result.hop_by_hop
    assert [hop.right for hop in result.hops] == [True, True], result.wording


def test_the_home_records_how_it_is_asked(oneedit: Application) -> None:
    assert isinstance(oneedit.editor, Editor)
    prompting = oneedit.editor.encoder.prompting
    assert prompting.style is PromptStyle.QA
    assert recorded_prompting(oneedit.ledger) == prompting


def test_in_statement_style_a_linked_question_is_put_as_one(folder: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, model=str(folder), prompt_style=PromptStyle.STATEMENT)
    oneedit = build(settings)
    assert isinstance(oneedit.editor, Editor)
    assert_ended(oneedit.editor, [CAPITAL_IS.format(each) for each in COUNTRIES])
    result = oneedit.service.ask(LOCAL, CAPITAL.format("France"))
    assert isinstance(result, AskResult)
    assert result.wording.endswith(".")
    oneedit.close()


def assert_ended(editor: Editor, prompts: list[str]) -> None:
    for completion in generate(editor.model, editor.encoder, prompts, limit=MAX_ANSWER_TOKENS):
        assert completion.text
        assert completion.stopped, completion.text


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
    command = [sys.executable, "-c", PEAK_OF_ASK, "ask", CAPITAL.format("France")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Paris" in done.stdout
    peak = int(done.stdout.rpartition("VmHWM:")[2].split()[0]) / 1024
    sys.stdout.write(f"\npeak memory of one ask: {peak:.0f} MiB, weights {weights:.0f} MiB\n")
    assert peak < 2 * weights + 512  # libraries and tokenizer take a gibibyte, too
