"""What follows from what a model was found to know."""

import pytest

from kg_data.triples import Slot
from oneedit.knowledge.knowledge import (
    NOTHING_KNOWN,
    Knowledge,
    RelationKnowledge,
    WordingKind,
    WordingKnowledge,
)

CAPITAL = RelationKnowledge(
    relation="capital",
    known=("France", "Germany", "Italy"),
    unknown=("Chad",),
    wordings=(
        WordingKnowledge("What is the capital of {s}?", "question", 3, 3),
        WordingKnowledge("Which city governs {s}?", "question", 1, 3),
        WordingKnowledge("The capital of {s} is {o}", "statement", 2, 3),
    ),
)
SPOUSE = RelationKnowledge(
    relation="spouse",
    unknown=("Ada", "Bo", "Cy", "Di", "Ed"),
    wordings=(WordingKnowledge("Who is the spouse of {s}?", "question", 0, 0),),
)
FOUND = Knowledge(relations={"capital": CAPITAL, "spouse": SPOUSE})


def test_a_relation_is_known_from_a_fifth_of_its_facts_on() -> None:
    assert (FOUND.knows("capital"), FOUND.knows("spouse"), FOUND.knows("author")) == (
        True,
        False,
        None,
    )


def test_a_few_facts_that_are_not_known_say_nothing_of_their_relation() -> None:
    few = Knowledge(relations={"spouse": RelationKnowledge(relation="spouse", unknown=("A", "B"))})
    assert few.knows("spouse") is None
    assert few.knows_fact(Slot("A", "spouse")) is False
    assert few.may_know(Slot("C", "spouse"))


def test_a_wording_is_understood_if_half_of_the_known_facts_are_answered_in_it() -> None:
    understood = [FOUND.understands("capital", each.wording) for each in CAPITAL.wordings]
    assert understood == [True, False, True]
    assert CAPITAL.understood(WordingKind.QUESTION) == (1, 2)
    assert CAPITAL.understood(WordingKind.STATEMENT) == (1, 1)


def test_nothing_follows_of_wordings_of_which_no_fact_is_known() -> None:
    assert FOUND.understands("spouse", "Who is the spouse of {s}?") is None
    assert FOUND.understands("capital", "another wording") is None
    assert SPOUSE.understood(WordingKind.QUESTION) == (0, 0)


def test_a_fact_that_was_asked_counts_by_itself_and_another_as_its_relation() -> None:
    france, chad, peru = (Slot(each, "capital") for each in ("France", "Chad", "Peru"))
    assert FOUND.share_of([france, chad]) == pytest.approx(0.5)
    assert FOUND.share_of([france, peru]) == pytest.approx((1 + 0.75) / 2)
    assert FOUND.share_of([france, Slot("X", "author")]) == 1.0
    assert FOUND.share_of([Slot("X", "author")]) is None


def test_what_may_be_known_is_what_nothing_speaks_against() -> None:
    slots = [
        Slot("France", "capital"),
        Slot("Chad", "capital"),
        Slot("Peru", "capital"),
        Slot("Flo", "spouse"),
        Slot("X", "author"),
    ]
    assert [FOUND.may_know(each) for each in slots] == [True, False, True, False, True]
    assert all(NOTHING_KNOWN.may_know(each) for each in slots)
