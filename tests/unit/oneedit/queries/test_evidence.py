"""What the graph answers to questions of every kind, over a small world of places."""

from collections.abc import Sequence

import pytest

from controller import rules
from controller.graph.networkx_store import NetworkxStore
from interpreter.intents import Ask, AskKind, Condition
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.queries import evidence
from oneedit.queries.evidence import EvidenceFinder
from tests.support.fakes import BOOK

ENTITIES = tuple(
    Entity(name, kind)
    for kind, names in {
        "person": "Ann, Bob, Cy, Dee",
        "city": "Austin, Dallas, Lyon",
        "state": "Texas",
        "country": "United States, France",
        "occupation": "politician, judge",
    }.items()
    for name in names.split(", ")
)
FACTS = tuple(
    Triple(*row.split(" | "))
    for row in """
Austin | located_in | Texas
Dallas | located_in | Texas
Texas | country | United States
Lyon | country | France
Ann | place_of_birth | Austin
Bob | place_of_birth | Dallas
Cy | place_of_birth | Lyon
Ann | place_of_burial | Dallas
Cy | place_of_burial | Austin
Ann | date_of_birth | 1867-11-07
Bob | date_of_birth | 1867
Ann | occupation | politician
Bob | occupation | judge
Cy | occupation | politician
Ann | child | Bob
Ann | child | Dee
Bob | child | Cy
""".strip().splitlines()
)
FINDER = EvidenceFinder(BOOK)
POLITICIAN = Condition("occupation", "politician")


@pytest.fixture
def graph() -> NetworkxStore:
    store = NetworkxStore()
    store.load(ENTITIES, (*FACTS, *rules.closure(FACTS, BOOK)), version=0)
    return store


def yes_or_no(subject: str, path: Sequence[str], obj: str) -> Ask:
    return Ask("?", subject, tuple(path), kind=AskKind.YES_NO, object=obj)


def listed(*conditions: Condition, entity_class: str = "") -> Ask:
    return Ask("?", kind=AskKind.LIST, conditions=conditions, entity_class=entity_class)


# ---------- yes or no ----------


@pytest.mark.parametrize(
    ("ask", "verdict", "found", "places"),
    [
        (yes_or_no("Ann", ["place_of_birth"], "Austin"), "Yes", ("Austin",), ()),
        (yes_or_no("Ann", ["place_of_birth"], "Dallas"), "No", ("Austin",), ()),
        (yes_or_no("Dee", ["place_of_birth"], "Dallas"), "", (), ()),
        (yes_or_no("Ann", ["child"], "Dee"), "Yes", ("Bob", "Dee"), ()),
        (yes_or_no("Ann", ["child", "child"], "Cy"), "Yes", ("Cy",), ()),
        (yes_or_no("Ann", ["place_of_birth"], "Texas"), "Yes", ("Austin",), ("Austin",)),
        (yes_or_no("Ann", ["place_of_birth"], "United States"), "Yes", ("Austin",), ("Austin",)),
        (yes_or_no("Ann", ["place_of_birth"], "France"), "No", ("Austin",), ()),
        (yes_or_no("Ann", ["date_of_birth"], "1867-11-07"), "Yes", ("1867-11-07",), ()),
        (yes_or_no("Ann", ["date_of_birth"], "1867"), "Yes", ("1867-11-07",), ()),
        (yes_or_no("Ann", ["date_of_birth"], "1867-11"), "Yes", ("1867-11-07",), ()),
        (yes_or_no("Ann", ["date_of_birth"], "1867-10"), "No", ("1867-11-07",), ()),
        (yes_or_no("Ann", ["date_of_birth"], "186"), "No", ("1867-11-07",), ()),
        (yes_or_no("Bob", ["date_of_birth"], "1867"), "Yes", ("1867",), ()),
        (yes_or_no("Bob", ["date_of_birth"], "1867-11"), "", ("1867",), ()),
        (yes_or_no("Bob", ["date_of_birth"], "1868-11"), "No", ("1867",), ()),
    ],
)
def test_a_yes_or_no_is_answered_with_what_the_graph_holds(
    graph: NetworkxStore, ask: Ask, verdict: str, found: Sequence[str], places: Sequence[str]
) -> None:
    result = FINDER.find(graph, ask)
    assert (result.verdict, result.found) == (verdict, found)
    assert tuple(place for match in result.matches for place in match.places) == places


# ---------- counts ----------


def test_a_count_is_that_of_the_graph(graph: NetworkxStore) -> None:
    result = FINDER.find(graph, Ask("?", "Ann", ("child",), kind=AskKind.COUNT))
    assert result.found == ("Bob", "Dee")
    assert not result.at_least
    assert FINDER.find(graph, Ask("?", "Cy", ("child",), kind=AskKind.COUNT)).found == ()


def test_a_count_goes_beyond_what_is_shown_and_says_where_it_ends(
    graph: NetworkxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [Triple("Ann", "sibling", f"S{number:03}") for number in range(60)]
    graph.replace(add=children, retract=(), expect=0)
    ask = Ask("?", "Ann", ("sibling",), kind=AskKind.COUNT)
    result = FINDER.find(graph, ask)
    assert (len(result.found), result.at_least) == (60, False)
    assert len(result.hops[0].objects) == 50
    monkeypatch.setattr(evidence, "MOST_COUNTED", 55)
    cut = FINDER.find(graph, ask)
    assert (len(cut.found), cut.at_least) == (55, True)


# ---------- lists ----------


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (listed(POLITICIAN), ("Ann", "Cy")),
        (listed(POLITICIAN, Condition("place_of_birth", "Austin")), ("Ann",)),
        (listed(POLITICIAN, Condition("place_of_birth", "Texas")), ("Ann",)),
        (listed(Condition("place_of_birth", "Texas")), ("Ann", "Bob")),
        (listed(Condition("place_of_birth", "United States")), ("Ann", "Bob")),
        (listed(Condition("place_of_burial", "Texas")), ("Ann", "Cy")),
        (listed(Condition("place_of_burial", "United States")), ("Ann", "Cy")),
        (listed(Condition("country", "United States")), ("Austin", "Dallas", "Texas")),
        (listed(Condition("country", "United States"), entity_class="city"), ("Austin", "Dallas")),
        (listed(Condition("country", "France"), entity_class="place"), ("Lyon",)),
        (listed(Condition("place_of_birth", "nowhere")), ()),
    ],
)
def test_a_list_is_what_meets_every_condition(
    graph: NetworkxStore, ask: Ask, found: Sequence[str]
) -> None:
    assert FINDER.find(graph, ask).found == found


def test_a_list_says_how_many_meet_each_condition_and_through_what(graph: NetworkxStore) -> None:
    ask = listed(
        POLITICIAN, Condition("place_of_birth", "Texas"), Condition("place_of_burial", "Texas")
    )
    plain, by_rule, by_places = FINDER.find(graph, ask).matches
    assert (plain.count, plain.rule, plain.places) == (2, "", ())
    assert (by_rule.count, by_rule.rule, by_rule.places) == (2, "state_of_birth", ())
    assert (by_places.count, by_places.rule, by_places.places) == (2, "", ("Austin", "Dallas"))


def test_a_list_that_is_cut_says_so(graph: NetworkxStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_COUNTED", 2)
    result = FINDER.find(graph, listed(Condition("country", "United States")))
    assert len(result.found) == 2
    assert result.at_least
    assert result.matches[0].at_least


def test_conditions_can_be_counted_as_well(graph: NetworkxStore) -> None:
    ask = Ask("?", kind=AskKind.COUNT, conditions=(POLITICIAN,))
    assert FINDER.find(graph, ask).found == ("Ann", "Cy")
