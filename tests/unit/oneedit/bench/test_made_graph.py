"""The made graph of the benchmark."""

from collections import Counter

import pytest

from controller.graph.networkx_store import NetworkxStore
from controller.rules import closure
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.bench.graph_edits import EditDraws
from oneedit.bench.made_graph import HUB, HUB_SHARE, MadeGraph

BOOK = RelationBook.shipped()
SIZE = 3000


@pytest.fixture(scope="module")
def graph() -> MadeGraph:
    return MadeGraph(SIZE)


@pytest.fixture(scope="module")
def facts(graph: MadeGraph) -> list[Triple]:
    return list(graph.facts())


def test_it_has_as_many_distinct_facts_as_asked_for(facts: list[Triple]) -> None:
    assert SIZE <= len(facts) < SIZE + 40
    assert len(set(facts)) == len(facts)


def test_the_same_seed_gives_the_same_facts(graph: MadeGraph, facts: list[Triple]) -> None:
    assert list(graph.facts()) == list(MadeGraph(SIZE).facts()) == facts
    assert list(MadeGraph(SIZE, seed=1).facts()) != facts


def test_everything_that_follows_from_its_facts_is_among_them(facts: list[Triple]) -> None:
    assert closure(facts, BOOK) == ()
    assert sum(BOOK[fact.relation].derived for fact in facts) > SIZE / 20


def test_the_facts_fit_the_relation_book(graph: MadeGraph, facts: list[Triple]) -> None:
    classes = {entity.id: entity.entity_class for entity in graph.entities()}
    for fact in facts:
        relation = BOOK[fact.relation]
        assert BOOK.accepts(relation.domain, classes[fact.subject]), fact
        assert relation.literal or BOOK.accepts(relation.range, classes[fact.object]), fact
    functional = Counter(fact.slot for fact in facts if BOOK[fact.relation].functional)
    assert set(functional.values()) == {1}


def test_the_hub_has_its_share_of_facts(facts: list[Triple]) -> None:
    assert sum(fact.object == HUB for fact in facts) == pytest.approx(HUB_SHARE * SIZE, abs=3)


def test_drawn_edits_do_not_hold_and_are_the_same_each_time(
    graph: MadeGraph, facts: list[Triple]
) -> None:
    store = NetworkxStore()
    store.load(graph.entities(), facts, version=0)
    kinds = EditDraws(store, graph).kinds(9)
    assert kinds == EditDraws(store, graph).kinds(9)
    assert len(kinds["ordinary"]) == len(kinds["beside the hub"]) == 9
    assert all(drawn for drawn in kinds.values())
    assert all(fact not in store for drawn in kinds.values() for fact in drawn)
