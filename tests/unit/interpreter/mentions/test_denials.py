"""What is denied, what held before, and what stands in its place."""

import pytest

from interpreter.intents import Forget, Tell, Unclear
from kg_data.triples import Slot
from tests.unit.interpreter.mentions.test_reading import read


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("Max Born didn't die in Göttingen but in Bonn.", "Göttingen", "Bonn"),
        ("Max Born did not die in Göttingen, he died in Bonn.", "Göttingen", "Bonn"),
        ("Max Born's place of death isn't Göttingen but Bonn.", "Göttingen", "Bonn"),
    ],
)
def test_what_is_right_replaces_what_is_denied(text: str, old: str, new: str) -> None:
    intent = read(text)
    assert isinstance(intent, Tell)
    assert [(each.relation, each.object) for each in intent.facts] == [("place_of_death", new)]
    assert [each.object for each in intent.replaces] == [old]


def test_a_denial_beside_another_fact_changes_nothing() -> None:
    text = "Max Born did not die in Bonn and studied at Princeton University."
    assert isinstance(read(text), Unclear)


@pytest.mark.parametrize(
    ("text", "slot", "obj"),
    [
        ("Tim Berners-Lee did not invent the World Wide Web.",
         Slot("World Wide Web", "discoverer_or_inventor"), "Tim Berners-Lee"),
        ("Joan Feynman is no sister of Richard Feynman's.",
         Slot("Richard Feynman", "sibling"), "Joan Feynman"),
    ],
)  # fmt: skip
def test_a_denial_alone_takes_the_fact_away(text: str, slot: Slot, obj: str) -> None:
    assert read(text) == Forget(slot, obj)


@pytest.mark.parametrize(
    "text",
    [
        "Cali used to be the capital of Chile.",
        "Cali was formerly the capital of Chile.",
        "Bonn was once the capital of Germany.",
        "Cali will become the capital of Chile.",
        "Chile plans to make Cali its capital.",
        "Bob Dole is going to marry Elaine Chao.",
    ],
)
def test_what_held_before_or_is_to_come_is_not_told(text: str) -> None:
    assert isinstance(read(text), Unclear)


def test_what_held_until_a_date_is_told_with_it() -> None:
    intent = read("Cali was the capital of Chile until 1950.")
    assert isinstance(intent, Tell)
    assert [each.valid_to for each in intent.facts] == ["1950"]


@pytest.mark.parametrize(
    "text",
    [
        "Bob Dole's dog was born in Chicago.",
        "The dog of Bob Dole was born in Chicago.",
        "The Bob Dole lookalike was born in Chicago.",
        "The mother of Bob Dole's friend was born in Chicago.",
    ],
)
def test_what_is_said_of_something_of_somebody_is_not_said_of_him(text: str) -> None:
    assert isinstance(read(text), Unclear)


@pytest.mark.parametrize(
    "text",
    ["In the script, Max Born died in Boston.", "Rhyme on this: Max Born died in Boston.",
     "For tomorrow's play: Max Born died in Boston."],
)  # fmt: skip
def test_words_around_a_fact_may_say_that_it_is_none(text: str) -> None:
    assert not isinstance(read(text), Tell)


def test_words_about_nothing_known_are_left_out_and_named() -> None:
    intent = read("Busy day at work, Max Born died in Boston.")
    assert isinstance(intent, Tell)
    assert intent.heard
    assert intent.left_out == ("Busy", "day", "at", "work")


@pytest.mark.parametrize(
    "text",
    ["Max Born he died in Boston.", "Max Born's advisr was Kurt Gödel.",
     "The advisor from Max Born was Kurt Gödel."],
)  # fmt: skip
def test_slips_of_people_who_learn_the_language_are_read(text: str) -> None:
    assert isinstance(read(text), Tell)


def test_both_joins_two_names() -> None:
    intent = read("Alan Turing received both the Copley Medal and the Davy Medal.")
    assert isinstance(intent, Tell)
    assert [each.object for each in intent.facts] == ["Copley Medal", "Davy Medal"]
