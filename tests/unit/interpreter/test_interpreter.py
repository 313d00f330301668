"""The checks of messages before a reader reads them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interpreter.dialogue import Dialogue
from interpreter.intents import Ask, Intent, Talk, Unclear
from interpreter.interpreter import Interpreter
from interpreter.mentions.reader import MentionReader
from kg_data.relations import RelationBook
from tests.support.lexicon import people_and_places


class Echo:
    """Implements the port ``Reader``."""

    def read(self, text: str, dialogue: Dialogue) -> Intent:
        return Talk(f"{text}|{dialogue.last_subject}")


GUARD = Interpreter(Echo(), max_length=20)
WHOLE = Interpreter(MentionReader.over(RelationBook.shipped(), people_and_places()))


def code(text: str) -> str:
    intent = GUARD.read(text)
    assert isinstance(intent, Unclear)
    return intent.code


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200d", "\ufeff"])
def test_a_message_without_visible_characters_is_empty(text: str) -> None:
    assert code(text) == "empty"


def test_a_message_that_is_too_long_is_refused_with_both_lengths() -> None:
    intent = GUARD.read("a" * 21)
    assert isinstance(intent, Unclear)
    assert intent.code == "too_long"
    assert "21" in intent.reason
    assert "20" in intent.reason


def test_the_longest_message_is_read() -> None:
    assert GUARD.read("a" * 20) == Talk("a" * 20 + "|None")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Столица Франции", "Cyrillic"),
        ("عاصمة فرنسا", "Arabic"),
        ("Πρωτεύουσα", "Greek"),
        ("!?", "signs without letters"),
        ("\U0001f600", "signs without letters"),
    ],
)
def test_another_script_is_named(text: str, script: str) -> None:
    intent = GUARD.read(text)
    assert isinstance(intent, Unclear)
    assert intent.code == "script"
    assert script in intent.reason
    assert "Latin letters" in intent.reason


@pytest.mark.parametrize("text", ["法国的首都", "Århus", "é", "42", "Москва is a city"])
def test_one_latin_letter_digit_or_ideograph_is_enough(text: str) -> None:
    assert isinstance(GUARD.read(text), Talk)


@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31m", "a\x7f", "a\ud800"])
def test_control_characters_and_surrogates_are_refused(text: str) -> None:
    intent = GUARD.read(text)
    assert isinstance(intent, Unclear)
    assert "U+" in intent.reason


def test_stacked_accents_are_refused() -> None:
    assert code("a" + "\u0301" * 12) == "not_understood"


def test_line_ends_and_tabs_pass() -> None:
    assert isinstance(GUARD.read("a\r\n\tb"), Talk)


def test_the_dialogue_reaches_the_reader() -> None:
    assert GUARD.read("a", Dialogue("Joe Biden")) == Talk("a|Joe Biden")


def test_the_words_of_a_question_stay_as_typed() -> None:
    text = "  Who is  Joe Biden\u2019s wife ? "
    assert WHOLE.read(text) == Ask(text, "Joe Biden", ("spouse",))


WORDS = st.sampled_from(
    [
        *("the", "of", "is", "was", "and", "in", "now", "no longer", "not", "has", "set", "to"),
        *("Joe Biden", "Paris", "France", "wife", "father", "capital", "born", "he", "his", "who"),
        *("what", "forget", "undo", "history", "'s", "'", ",", ".", "?", "!", '"', "{s}", "{o}"),
        *("{", "}", "\\", "(", ")", "*", "["),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join)))
def test_every_text_gets_an_intent(text: str) -> None:
    intent = WHOLE.read(text, Dialogue("Joe Biden", "spouse"))
    if isinstance(intent, Unclear):
        assert intent.reason


@pytest.mark.parametrize("count", [3, 8, 16, 60])
def test_a_repeated_sentence_makes_no_new_entities(count: int) -> None:
    intent = WHOLE.read(("Joe Biden was born in Scranton, " * count)[:2000])
    assert isinstance(intent, Unclear) or not getattr(intent, "new_entities", ())
