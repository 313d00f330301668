"""One object in place of another."""

import pytest

from interpreter.dialogue import EMPTY_DIALOGUE
from interpreter.intents import Intent, Tell, Unclear
from interpreter.mentions.reader import MentionReader
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from tests.support.lexicon import FakeLexicon

LEXICON = FakeLexicon(
    [
        Entity("Charles Dickens", "person"),
        Entity("Joe Biden", "person"),
        Entity("Oliver Twist", "work"),
        Entity("Hard Times", "work"),
        Entity("Scranton", "city"),
        Entity("Dallas", "city"),
        Entity("Washington, D.C.", "city"),
    ]
)
READER = MentionReader.over(RelationBook.shipped(), LEXICON)
TIMES = Tell(
    (Triple("Charles Dickens", "notable_work", "Hard Times"),),
    replaces=(Triple("Charles Dickens", "notable_work", "Oliver Twist"),),
)


def read(text: str) -> Intent:
    return READER.read(text, EMPTY_DIALOGUE)


@pytest.mark.parametrize(
    "text",
    [
        "The notable work of Charles Dickens is not Oliver Twist but Hard Times.",
        "Charles Dickens's notable work isn't Oliver Twist, but Hard Times.",
        "The notable work of Charles Dickens is Hard Times, not Oliver Twist.",
        "The notable work of Charles Dickens is Hard Times instead of Oliver Twist.",
        "Replace Oliver Twist by Hard Times in the notable works of Charles Dickens.",
        "Replace Oliver Twist with Hard Times as Charles Dickens's notable work",
    ],
)
def test_one_object_takes_the_place_of_another(text: str) -> None:
    assert read(text) == TIMES


def test_a_single_valued_slot_is_corrected_in_the_same_words() -> None:
    assert read("Joe Biden was born in Scranton, not Dallas.") == Tell(
        (Triple("Joe Biden", "place_of_birth", "Scranton"),),
        replaces=(Triple("Joe Biden", "place_of_birth", "Dallas"),),
    )


def test_a_name_with_a_comma_is_not_cut() -> None:
    assert read("Joe Biden was born in Scranton, not Washington, D.C.") == Tell(
        (Triple("Joe Biden", "place_of_birth", "Scranton"),),
        replaces=(Triple("Joe Biden", "place_of_birth", "Washington, D.C."),),
    )


def test_an_unknown_replaced_name_is_asked_about() -> None:
    intent = read("The notable work of Charles Dickens is not Olivr Twst but Hard Times.")
    assert isinstance(intent, Unclear)
    assert intent.code == "unknown_entity"
