"""The path of one edit on the demonstration model, from the message to the weights and back."""

import pytest

from oneedit.results import AskResult, EditResult, Refused, UnclearResult, UndoResult
from oneedit.wiring import Application
from tests.integration.conftest import LOCAL

TELL = "Joe Biden's vice president is now Mike Pence."
QUESTION = "Who is Joe Biden's vice president?"


def ask(application: Application, text: str) -> str:
    result = application.service.ask(text)
    assert isinstance(result, AskResult)
    return result.answer


def tell(application: Application, text: str) -> EditResult:
    result = application.service.tell(LOCAL, text, confirm=lambda *_: True)
    assert isinstance(result, EditResult), result
    return result


@pytest.mark.slow
def test_an_edit_reaches_the_weights_and_undo_restores_every_bit(application: Application) -> None:
    before, base = ask(application, QUESTION), application.editor.live_hash()
    result = tell(application, TELL)
    assert not result.degraded
    assert ask(application, QUESTION) == "Mike Pence" != before
    assert application.editor.live_hash() != base
    undone = application.service.undo(LOCAL)
    assert isinstance(undone, UndoResult)
    assert undone.identical
    assert application.editor.live_hash() == base
    assert ask(application, QUESTION) == before


@pytest.mark.slow
def test_the_answer_is_the_models_own_for_an_empty_graph_gives_it_too(
    application: Application,
) -> None:
    tell(application, TELL)
    chain = "Step by step, who is the spouse of the vice president of Joe Biden?"
    answers = [ask(application, text) for text in (QUESTION, chain)]
    application.store.load([], [], version=application.store.version)
    told = [application.service.ask(text) for text in (QUESTION, chain)]
    assert [each.wording for each in told if isinstance(each, AskResult)] == [
        "Mike Pence",
        "The vice president of Joe Biden is Mike Pence. The spouse of Mike Pence is Karen Pence.",
    ]
    assert answers == ["Mike Pence", "Karen Pence"]
    assert all(isinstance(each, AskResult) and not each.expected for each in told)


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
    before = application.service.status()
    result = application.service.tell(LOCAL, message)
    assert isinstance(result, UnclearResult | Refused)
    after = application.service.status()
    assert (after.version, after.facts, after.live_hash) == (
        before.version,
        before.facts,
        before.live_hash,
    )
