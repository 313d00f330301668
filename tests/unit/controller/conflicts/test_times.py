"""Dates: order, lifespans, the future, periods of a slot and succession."""

import pytest

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple
from tests.support.books import book_of
from tests.support.graphs import codes, controller_of, triples

EDITOR, CURATOR = Actor("ed", Role.EDITOR), Actor("rita", Role.REVIEWER)
BOOK = book_of(
    {
        "born": {"cardinality": "functional", "range": ["date"], "lifetime": "begin"},
        "died": {"cardinality": "functional", "range": ["date"], "lifetime": "end"},
        "spouse": {"symmetric": True, "inverse": "spouse", "contemporary": True},
        "head": {"cardinality": "functional"},
        "office": {},
    },
    lifespans={"thing": 120},
)
NAMES = [Entity(name, "thing") for name in ("ada", "ben", "cy", "land", "mayor")]


def plan(facts: str, told: str, actor: Actor = EDITOR, replaces: str = "") -> EditPlan:
    controller = controller_of(triples(facts), BOOK, entities=NAMES)
    return controller.plan(triples(told), actor, replaces=triples(replaces))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("ada born 1879-03-14", "ada died 1850-01-01"),
        ("ada died 1955-04-18", "ada born 1960-01-01"),
        ("ada born 1950-05-05", "ada office mayor 1940"),
        ("ada died 1950-05-05", "ada office mayor 1951"),
        ("ada office mayor 1940", "ada born 1950-05-05"),
        ("ada office mayor 1951", "ada died 1950-05-05"),
        ("ben born 1950-05-05", "ada spouse ben 1949-01"),
    ],
)
def test_what_cannot_be_in_this_order_is_refused_whichever_is_told_first(
    facts: str, told: str
) -> None:
    found = plan(facts, told)
    assert found.decision.verdict is Verdict.BLOCK
    assert codes(found) == {"date_order"}
    assert plan(facts, told, CURATOR).decision.verdict is Verdict.REVIEW


def test_two_dates_of_one_message_are_compared_with_each_other() -> None:
    assert codes(plan("", "ada born 1900-01-01\nada died 1890-01-01")) == {"date_order"}


def test_a_replaced_date_no_longer_counts() -> None:
    told = "ada born 1900-01-01\nada died 1990-01-01"
    assert plan("ada born 1999-01-01", told).decision.verdict is Verdict.APPLY


def test_a_life_of_more_than_the_lifespan_of_its_class_is_asked_about() -> None:
    assert codes(plan("ada died 1955-04-18", "ada born 1582-10-05")) == {"lifespan"}
    assert plan("ada died 1934-07-04", "ada born 1820-01-01").decision.verdict is Verdict.APPLY


@pytest.mark.parametrize("told", ["ada born 9999-12-31", "ada died 2026-06-02"])
def test_nobody_is_born_or_dies_in_the_future(told: str) -> None:
    assert plan("", told).decision.verdict is Verdict.BLOCK
    assert codes(plan("", told)) == {"future"}


def test_today_is_not_in_the_future() -> None:
    assert plan("", "ada died 2026-06-01").decision.verdict is Verdict.APPLY


def test_what_begins_in_the_future_is_asked_about() -> None:
    assert codes(plan("", "land head ada 2027")) == {"not_yet"}


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    assert codes(plan("", "land head ada 2001 1999")) == {"date_order"}


def test_two_who_did_not_live_at_the_same_time_are_asked_about() -> None:
    facts = "ada died 1850-01-01\nben born 1900-01-01"
    assert codes(plan(facts, "ada spouse ben")) == {"not_contemporary"}
    assert codes(plan(facts, "ben spouse ada")) == {"not_contemporary"}


def test_a_past_holder_is_recorded_and_the_current_one_stays() -> None:
    found = plan("land head ada 2017", "land head ben 2009 2017")
    assert found.decision.verdict is Verdict.APPLY
    assert [(fact.object, fact.valid_to) for fact in found.changes.added] == [("ben", "2017")]
    assert not found.changes.retracted
    assert not found.targets


def test_a_past_holder_that_is_recorded_already_changes_nothing() -> None:
    found = plan("land head ben 2009 2017", "land head ben 2009 2017")
    assert found.decision.verdict is Verdict.NOTHING


def test_a_past_holder_of_the_same_period_is_asked_about() -> None:
    assert codes(plan("land head cy 2010 2016", "land head ben 2009 2017")) == {"overlap"}
    assert codes(plan("land head ada 2012", "land head ben 2009 2017")) == {"overlap"}


def test_periods_that_touch_do_not_overlap() -> None:
    found = plan("land head cy 2001 2009", "land head ben 2009 2017")
    assert found.decision.verdict is Verdict.APPLY


def test_an_older_fact_does_not_replace_a_newer_one_unasked() -> None:
    found = plan("land head ada 2017", "land head ben 2009")
    assert found.decision.verdict is Verdict.REVIEW
    assert "older" in codes(found)


def test_a_successor_ends_the_period_of_the_one_before() -> None:
    found = plan("land head ben 2009", "land head ada 2017")
    assert found.decision.verdict is Verdict.APPLY
    assert [str(fact) for fact in found.changes.retracted] == ["land - head - ben"]
    assert [(fact.object, fact.valid_from, fact.valid_to) for fact in found.changes.added] == [
        ("ada", "2017", None),
        ("ben", "2009", "2017"),
    ]


def test_the_undo_of_a_succession_removes_the_ended_period() -> None:
    controller = controller_of(triples("land head ada 2017"), BOOK, entities=NAMES)
    before = Triple("land", "head", "ben", "2009")
    ended = Triple("land", "head", "ben", "2009", "2017")
    undo = controller.plan_changes([before], [Triple("land", "head", "ada", "2017"), ended], EDITOR)
    assert undo.decision.verdict is Verdict.APPLY
    assert [(fact.object, fact.valid_to) for fact in undo.changes.retracted] == [
        ("ada", None),
        ("ben", "2017"),
    ]
    assert undo.changes.added == (before,)


def test_a_fact_that_holds_and_has_ended_in_one_message_is_refused() -> None:
    found = plan("land head ada", "land head ada\nland head ada 2009 2017")
    assert found.decision.verdict is Verdict.BLOCK
    assert codes(found) == {"contradiction"}


def test_one_may_hold_an_office_again() -> None:
    told = "land head ada 2017 2021\nland head ada 2025"
    found = plan("", told)
    assert found.decision.verdict is Verdict.APPLY
    assert len(found.changes.added) == 2


def test_an_undo_that_restores_an_impossible_date_is_not_applied_unasked() -> None:
    controller = controller_of(triples("ada died 1850-01-01"), BOOK, entities=NAMES)
    undo = controller.plan_changes([Triple("ada", "born", "1879-03-14")], [], EDITOR)
    assert undo.decision.verdict is Verdict.BLOCK


def test_an_ended_fact_leaves_its_slot_empty() -> None:
    found = plan("land head ada 2017", "land head ada 2017 2021")
    assert found.changes.retracted == (Triple("land", "head", "ada"),)
    assert found.changes.added[0].valid_to == "2021"
    assert found.targets[0].slot == Slot("land", "head")
