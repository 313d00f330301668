"""Dates as objects: precise ones take the place of vague ones that they lie in."""

import pytest

from controller.actor import Actor, Role, Tier
from controller.plan import EditPlan, Verdict
from kg_data.dates import refines
from kg_data.entities import Entity
from kg_data.triples import Triple
from tests.support.books import book_of
from tests.support.graphs import codes, controller_of, triples

BOOK = book_of(
    {
        "born": {"cardinality": "functional", "range": ["date"], "lifetime": "begin"},
        "died": {"cardinality": "functional", "range": ["date"], "lifetime": "end"},
        "seen": {"range": ["date"]},
        "founded": {"cardinality": "functional", "range": ["year"]},
        "day": {"cardinality": "functional", "range": ["date"], "pattern": r"\d{4}-\d\d-\d\d"},
    },
    classes={"thing": "", "date": "literal", "year": "literal", "literal": ""},
)
DATES = ("1867", "1867-07", "1867-07-01", "1868", "-0043", "-0043-03")


def plan(facts: str, told: str, *, replaces: str = "", trust: Tier = Tier.KNOWN) -> EditPlan:
    controller = controller_of(triples(facts), BOOK, entities=[Entity("ada", "thing")])
    actor = Actor("ed", Role.EDITOR, trust)
    return controller.plan(triples(told), actor, replaces=triples(replaces))


@pytest.mark.parametrize("date", DATES)
def test_a_date_of_any_precision_is_taken(date: str) -> None:
    assert plan("", f"ada born {date}").decision.verdict is Verdict.APPLY


@pytest.mark.parametrize(
    "told", ["ada born 18670701", "ada born 1867-7", "ada founded 1867-07", "ada day 1867"]
)
def test_another_form_is_refused_with_what_is_right(told: str) -> None:
    found = plan("", told)
    assert codes(found) == {"literal"}
    assert found.decision.verdict is Verdict.BLOCK


@pytest.mark.parametrize("old", DATES)
@pytest.mark.parametrize("new", DATES)
def test_a_slot_holds_the_more_precise_of_two_dates_that_agree(old: str, new: str) -> None:
    found = plan(f"ada born {old}", f"ada born {new}")
    if new == old or refines(old, new):
        assert found.decision.verdict is Verdict.NOTHING
        assert codes(found) == {"duplicate"}
    else:
        assert codes(found) == {"refined" if refines(new, old) else "coverage"}
        assert found.changes.added == (Triple("ada", "born", new),)
        assert found.changes.retracted == (Triple("ada", "born", old),)


def test_a_new_account_may_refine_a_date_but_not_replace_it() -> None:
    told = "ada born 1867-07"
    assert plan("ada born 1867", told, trust=Tier.NEW).decision.verdict is Verdict.APPLY
    assert plan("ada born 1868", told, trust=Tier.NEW).decision.verdict is Verdict.REVIEW


def test_who_says_that_a_vague_date_replaces_a_precise_one_is_heard() -> None:
    found = plan("ada born 1867-07-01", "ada born 1867", replaces="ada born 1867-07-01")
    assert found.changes.added == (Triple("ada", "born", "1867"),)
    assert found.changes.retracted == (Triple("ada", "born", "1867-07-01"),)


@pytest.mark.parametrize(
    "told", ["ada born 1867\nada born 1867-07", "ada born 1867-07\nada born 1867"]
)
def test_of_two_dates_of_one_message_the_precise_one_is_taken(told: str) -> None:
    assert plan("", told).changes.added == (Triple("ada", "born", "1867-07"),)


def test_several_dates_stand_where_a_relation_has_several_values() -> None:
    found = plan("ada seen 1867-07-01", "ada seen 1867")
    assert found.decision.verdict is Verdict.APPLY
    assert not found.changes.retracted


@pytest.mark.parametrize(
    ("facts", "told", "code"),
    [
        ("ada born 1867", "ada died 1866-12", "date_order"),
        ("ada born -0043", "ada died -0044", "date_order"),
        ("", "ada born 2027", "future"),
        ("", "ada died 2026-07", "future"),
    ],
)
def test_vague_dates_are_compared_as_far_as_they_are_known(
    facts: str, told: str, code: str
) -> None:
    assert codes(plan(facts, told)) == {code}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("ada born 1867-07", "ada died 1867"),
        ("ada born -0043", "ada died -0043-02"),
        ("", "ada died 2026"),
    ],
)
def test_what_may_be_in_order_is_not_refused(facts: str, told: str) -> None:
    assert plan(facts, told).decision.verdict is Verdict.APPLY
