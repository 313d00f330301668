"""Sentences that no wording fits: what is heard in them is asked about, and no more is heard."""

import pytest

from interpreter.intents import Ask, Tell
from tests.unit.interpreter.mentions.test_reading import read

BORN = {("Marie Curie", "place_of_birth", "Vienna")}
HEARD = {
    "Marie Curie, the chemist, was born in Vienna, poor woman.": BORN,
    "Marie Curie and Pierre Curie, the famous pair, were born in Vienna.": {
        *BORN,
        ("Pierre Curie", "place_of_birth", "Vienna"),
    },
    "Ta! Marie Curie was born in Vienna. Greetings!": BORN,
    "In the year 1903 was founded University of Denver.": {
        ("University of Denver", "inception", "1903")
    },
    "Not Lawrence Bragg: it was James Chadwick who discovered Bragg's law.": {
        ("Bragg's law", "discoverer_or_inventor", "James Chadwick")
    },
}
NOT_HEARD = [
    "Nobody at the office knew that Marie Curie was born in Vienna.",
    "The doctor who treated Marie Curie in Vienna was born here.",
    "Marie Curie's friend and brother was born in sunny Vienna.",
    "The clerk testified that Marie Curie was in fact born in Vienna.",
    "Had the war not come Marie Curie would have been born in Vienna.",
    "Marie Curie ordered that a monument be built in Vienna.",
    "Do tourists ask whether Marie Curie was possibly born in Vienna",
    "Marie Curie was almost born in old Vienna.",
]


@pytest.mark.parametrize("text", HEARD)
def test_a_fact_is_heard_by_its_cues_and_is_asked_about(text: str) -> None:
    intent = read(text)
    assert isinstance(intent, Tell)
    assert intent.heard
    assert {(fact.subject, fact.relation, fact.object) for fact in intent.facts} == HEARD[text]


@pytest.mark.parametrize("text", NOT_HEARD)
def test_no_fact_is_heard_where_other_words_may_turn_its_sense(text: str) -> None:
    assert not isinstance(read(text), Tell)


def test_what_was_not_understood_is_named() -> None:
    intent = read("Marie Curie, the chemist, was born in Vienna.")
    assert isinstance(intent, Tell)
    assert intent.left_out == ("chemist",)


def test_a_message_that_a_wording_fits_is_not_asked_about() -> None:
    intent = read("Marie Curie was born in Vienna.")
    assert isinstance(intent, Tell)
    assert not intent.heard


def test_a_name_that_is_denied_is_what_the_new_one_replaces() -> None:
    intent = read("Oops: Max Perutz was surely not born in Vienna but in lovely Chichester.")
    assert isinstance(intent, Tell)
    assert [fact.object for fact in intent.facts] == ["Chichester"]
    assert [fact.object for fact in intent.replaces] == ["Vienna"]


def test_a_question_is_heard_by_its_cues() -> None:
    intent = read("who was then the supervisor for the big thesis of heinrich hertz")
    assert isinstance(intent, Ask)
    assert (intent.subject, intent.path) == ("Heinrich Hertz", ("doctoral_advisor",))
