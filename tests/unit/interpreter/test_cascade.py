"""Rules first, then the model, then what the rules said."""

import pytest

from interpreter.cascade import CascadeReader
from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import (
    Ask,
    AskKind,
    Condition,
    Forget,
    History,
    Intent,
    Talk,
    Tell,
    Unclear,
    Undo,
)
from kg_data.triples import Slot, Triple

TOLD = Tell((Triple("A", "spouse", "B"),))
BY_MODEL = Tell((Triple("A", "spouse", "C"),), read_by="fake")
OPEN = Ask("Q?")
LINKED = Ask("Q?", "A", ("spouse",))
LIST = Ask("Q?", kind=AskKind.LIST, conditions=(Condition("spouse", "B"),))
UNREAD = Unclear("not_understood", "rules")
NO_RELATION = Unclear("unknown_relation", "rules", ("spouse",))
AMBIGUOUS = Unclear("ambiguous", "Which?", ("A", "B"))
UNKNOWN = Unclear("unknown_entity", "Nothing is called so.")
FAILED = Unclear("not_understood", "model")


class Fixed:
    """Implements the port ``Reader`` with one intent, and counts its calls."""

    def __init__(self, intent: Intent) -> None:
        self.intent, self.calls = intent, 0

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        del text, dialogue
        self.calls += 1
        return self.intent


def cascade(rules: Intent, model: Intent) -> tuple[Intent, int]:
    """Return what is read, and how often the model was asked."""
    asked = Fixed(model)
    return CascadeReader(Fixed(rules), asked).read("text", EMPTY_DIALOGUE), asked.calls


@pytest.mark.parametrize(
    "sure",
    [TOLD, Forget(Slot("A", "spouse")), LINKED, LIST, Undo(), History(), Talk("hi"), AMBIGUOUS,
     UNKNOWN, Unclear("too_long", "")],
)  # fmt: skip
def test_where_the_rules_are_sure_the_model_is_not_asked(sure: Intent) -> None:
    assert cascade(sure, BY_MODEL) == (sure, 0)


@pytest.mark.parametrize("unsure", [UNREAD, NO_RELATION])
@pytest.mark.parametrize("read", [BY_MODEL, LINKED, OPEN, AMBIGUOUS, UNKNOWN, Talk("hi")])
def test_what_the_rules_do_not_understand_the_model_reads(unsure: Intent, read: Intent) -> None:
    assert cascade(unsure, read) == (read, 1)


@pytest.mark.parametrize("unsure", [UNREAD, NO_RELATION, OPEN])
def test_where_neither_understands_the_rules_have_the_word(unsure: Intent) -> None:
    assert cascade(unsure, FAILED) == (unsure, 1)


@pytest.mark.parametrize("read", [LINKED, LIST, AMBIGUOUS, History()])
def test_a_question_that_was_not_linked_is_linked_by_the_model(read: Intent) -> None:
    assert cascade(OPEN, read) == (read, 1)


@pytest.mark.parametrize("read", [BY_MODEL, Forget(Slot("A", "spouse")), Talk("hi"), Ask("Q?")])
def test_a_question_never_becomes_an_edit(read: Intent) -> None:
    assert cascade(OPEN, read) == (OPEN, 1)
