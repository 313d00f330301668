"""Whatever is written: nothing raises, readings are valid, and equal texts are read alike."""

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import Forget, Tell
from interpreter.interpreter import Interpreter
from interpreter.mentions.reader import MentionReader
from kg_data.relations import RelationBook
from tests.support.lexicon import people_and_places

BOOK = RelationBook.shipped()
READER = Interpreter(MentionReader.over(BOOK, people_and_places()))
PIECES = st.sampled_from(
    ["Joe Biden", "Paris", "'s", "wife", "is", "was born in", "not", ",", ".", "?", "and", "who",
     "the capital of", "(", ")", "since 2021", "forget", "undo", "\n", "his", "Zoe", "\u200b",
     "1636", "France", "no", "married", "\u202e", "\U0001f642", '"', "[1]", "://", "Q42", "->", "|"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES).map("".join)
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_nothing_raises_and_every_fact_is_valid(text: str) -> None:
    intent = READER.read(text, EMPTY_DIALOGUE)
    assert intent == READER.read(text, EMPTY_DIALOGUE)
    facts = intent.facts if isinstance(intent, Tell) else ()
    for fact in facts:
        assert fact.relation in BOOK
        assert fact.subject.strip()
        assert fact.object.strip()
        assert "\n" not in fact.subject
    if isinstance(intent, Forget):
        assert intent.slot.relation in BOOK


class CallCounter:
    """Counts the calls of Python functions: a measure of work that no machine changes."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.calls += event == "call"


def work(text: str) -> int:
    """Return the calls that it takes to read a text."""
    counter = CallCounter()
    sys.setprofile(counter)
    try:
        READER.read(text, EMPTY_DIALOGUE)
    finally:
        sys.setprofile(None)
    return counter.calls


@pytest.mark.parametrize(
    "sentence",
    ["he was born in Rome. ", "and he was born in Rome, ", "Joe Biden was born in Paris and ",
     "his wife's mother's father ", "who was born in ", "the father of the "],
)  # fmt: skip
def test_a_message_is_read_in_time_that_grows_with_its_length(sentence: str) -> None:
    short, long = (sentence * (size // len(sentence)) for size in (500, 2000))
    work(short)  # what is computed once, such as the words of the language
    assert work(long) <= 6 * work(short)
