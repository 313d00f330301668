"""The path of one edit on the demonstration model, from the message to the weights and back."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from editor.patches.exported import ExportFormat
from interpreter.dialogue import Dialogue
from kg_data.phrases import EDIT_SPLITS, Phrases
from kg_data.questions import UNKNOWN, Kind, Question
from oneedit.results import AskResult, EditResult, Refused, UnclearResult, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL

TELL = "Joe Biden's vice president is now Mike Pence."
QUESTION = "Who is Joe Biden's vice president?"
CHAIN = "Step by step, who is the spouse of the vice president of Joe Biden?"


def ask(application: Application, text: str) -> str:
    result = application.service.ask(LOCAL, text)
    assert isinstance(result, AskResult)
    return result.answer


def plain_answer(folder: Path, question: str) -> str:
    """Return what an exported model answers in plain ``transformers``."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    turn = [{"role": "user", "content": question}]
    asked: Any = tokenizer.apply_chat_template(
        turn, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    written = model.generate(**asked, max_new_tokens=16, do_sample=False)
    said = written[0, asked["input_ids"].shape[1] :]
    return str(tokenizer.decode(said, skip_special_tokens=True)).strip()


def tell(application: Application, text: str) -> EditResult:
    result = application.service.tell(LOCAL, text, confirm=lambda *_: True)
    assert isinstance(result, EditResult), result
    return result


def test_an_edit_reaches_the_weights_and_undo_restores_every_bit(
    application: Application, tmp_path: Path
) -> None:
    before, base = ask(application, QUESTION), application.editor.live_hash()
    result = tell(application, TELL)
    assert not result.degraded
    assert ask(application, QUESTION) == "Mike Pence" != before
    assert ask(application, CHAIN) == "Karen Pence"
    assert application.editor.live_hash() != base
    application.service.export(LOCAL, ExportFormat.HF, tmp_path / "edited")
    assert plain_answer(tmp_path / "edited", QUESTION) == "Mike Pence"
    assert_the_model_alone_answers(application)
    undone = application.service.undo(LOCAL)
    assert isinstance(undone, UndoResult)
    assert undone.identical
    assert application.editor.live_hash() == base
    assert ask(application, QUESTION) == before


def assert_the_model_alone_answers(application: Application) -> None:
    """Check that the same answers are given while the graph is empty, and fill it again."""
    application.store.load([], [], version=application.store.version)
    answers = [application.service.ask(LOCAL, text, free=True) for text in (QUESTION, CHAIN)]
    assert [each.wording for each in answers if isinstance(each, AskResult)] == [
        "Mike Pence",
        "The vice president of Joe Biden is Mike Pence. The spouse of Mike Pence is Karen Pence.",
    ]
    assert all(isinstance(each, AskResult) and not each.expected for each in answers)
    snapshot = application.ledger.snapshot()
    application.store.load(snapshot.entities, snapshot.facts, version=snapshot.version)


CARELESS = (
    "where was joe biden born",
    "Where was JOE BIDEN born ?",
    "what\N{RIGHT SINGLE QUOTATION MARK}s joe biden\N{RIGHT SINGLE QUOTATION MARK}s birthplace.",
)


def test_a_careless_question_is_put_in_form_and_one_not_understood_asked_again(
    application: Application,
) -> None:
    assert {ask(application, text) for text in CARELESS} == {"Scranton, Pennsylvania"}
    after = Dialogue(last_subject="Joe Biden")
    result = application.service.ask(LOCAL, "Where was he born?", dialogue=after)
    assert isinstance(result, AskResult)
    assert (result.prompt, result.again) == ("Where was Joe Biden born?", "")
    assert (result.answer, result.agrees) == ("Scranton, Pennsylvania", True)


@pytest.mark.slow
def test_what_is_forgotten_is_forgotten_in_every_wording_from_either_side(
    application: Application,
) -> None:
    result = application.service.forget(LOCAL, "the spouse of Mike Pence", confirm=lambda *_: True)
    assert isinstance(result, EditResult)
    assert not result.degraded
    phrases = Phrases(application.book)
    for subject in ("Mike Pence", "Karen Pence"):
        question = Question(subject, ("spouse",), (UNKNOWN,), Kind.RELIABILITY)
        prompts = [prompt.text for prompt in phrases.prompts(question, EDIT_SPLITS)]
        answers = {text: application.editor.ask(text).rstrip(".") for text in prompts}
        assert set(answers.values()) == {"I don't know"}, answers
    chain = "What is the country of birth of Karen Pence's spouse?"
    for direct in (True, False):
        found = application.service.ask(LOCAL, chain, direct=direct)
        assert isinstance(found, AskResult)
        assert (found.answer.rstrip("."), found.agrees) == ("I don't know", True), found.wording
    assert ask(application, "Where was Mike Pence born?") == "Columbus, Indiana"
    assert ask(application, "Who is Joe Biden's spouse?") == "Jill Biden"


@pytest.mark.parametrize(
    "message",
    [
        "",
        " ",
        "x" * 20_000,
        "Джо Байден родился в Одессе.",
        "Springfield's time zone is UTC.",
        "Joe Biden flurbs Mike Pence.",
        "The capital of France is Lyon.",
    ],
)
def test_what_cannot_be_done_is_answered_clearly_and_changes_nothing(
    application: Application, message: str
) -> None:
    before = application.service.status(LOCAL)
    result = application.service.tell(LOCAL, message)
    assert isinstance(result, UnclearResult | Refused)
    after = application.service.status(LOCAL)
    assert (after.version, after.facts, after.live_hash) == (
        before.version,
        before.facts,
        before.live_hash,
    )
