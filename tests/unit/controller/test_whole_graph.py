"""A whole graph is checked as its facts would be, one after the other."""

from datetime import date

import pytest

from controller.whole_graph import contradictions
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.fakes import BOOK, DATA

TODAY = date(2026, 1, 2)
ENTITIES = (
    *(Entity(name, "person") for name in ("Ada", "Bob", "Cid")),
    *(Entity(name, "city") for name in ("Paris", "Lyon")),
    Entity("France", "country"),
    Entity("Somewhere", "place"),
)


def faults(*rows: str) -> list[str]:
    facts = [Triple(*(part.strip() for part in row.split("|"))) for row in rows]
    return [f"{each.fact}: {each.text}" for each in contradictions(facts, ENTITIES, BOOK, TODAY)]


def test_sound_facts_have_no_faults() -> None:
    assert list(contradictions(DATA.facts, DATA.entities, BOOK, TODAY)) == []


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (("France | capital | Paris", "France | capital | Lyon"), "one at a time"),
        (("Ada | spouse | Bob", "Cid | spouse | Bob"), "one at a time"),
        (("Ada | place_of_birth | Bob",), "Bob is a person"),
        (("Ada | spouse | Ada",), "of itself"),
        (("Ada | date_of_birth | soon",), "must be a date"),
        (("Ada | date_of_birth | 2100-01-01",), "in the future"),
        (("Ada | date_of_birth | 1990-01-01", "Ada | date_of_death | 1980-01-01"), "cannot be"),
        (("Ada | father | Bob", "Bob | father | Ada"), "circle"),
        (("Ada | spouse | Bob | 2001 | 1999",), "cannot end"),
    ],
)
def test_the_later_of_two_that_contradict_each_other_is_found(
    rows: tuple[str, ...], reason: str
) -> None:
    (fault,) = faults(*rows)
    assert reason in fault
    assert fault.startswith(" - ".join(part.strip() for part in rows[-1].split("|")[:3]))


def test_what_is_told_from_both_sides_is_told_once() -> None:
    assert faults("Ada | spouse | Bob", "Bob | spouse | Ada") == []


def test_a_refused_fact_refuses_no_other() -> None:
    rows = ("France | capital | Paris", "France | capital | Lyon", "Lyon | country | France")
    assert len(faults(*rows)) == 1


def test_a_class_that_is_more_general_may_be_right() -> None:
    assert faults("France | capital | Somewhere") == []
