import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from neo4j import Driver, GraphDatabase

from controller.errors import GraphBusy, GraphRefused, GraphUnavailable, StalePlan
from controller.graph import neo4j_store
from controller.graph.neo4j_store import Neo4jStore
from controller.graph.networkx_store import NetworkxStore
from controller.graph.store import GraphStore, sample_key
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple
from tests.contracts.graph_store import CAPITAL, FACTS, FRANCE, NEW_CAPITAL, GraphStoreContract
from tests.neo4j.proxy import LossyProxy
from tests.neo4j.server import Neo4jServer, free_port

pytestmark = pytest.mark.neo4j

BOOK = RelationBook.shipped()
NAMES = ("a", "Z", "é", "Zürich", "\uff21", "\ue000", "\U0001f600", "zz", "\u6771\u4eac")
"""Code points and UTF-16 sort these differently."""


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[Driver]:
    with GraphDatabase.driver(neo4j_server.uri) as opened:
        yield opened


@pytest.fixture
def store(neo4j_server: Neo4jServer, driver: Driver) -> Iterator[Neo4jStore]:
    driver.execute_query("MATCH (n) DETACH DELETE n", database_="neo4j")
    opened = Neo4jStore.connect(neo4j_server.uri, BOOK)
    yield opened
    opened.close()


class TestNeo4jStore(GraphStoreContract):
    """The contract of every store, on a real server."""


class Interrupted(Exception):
    """Ends a load in the middle."""


def interrupted(facts: tuple[Triple, ...]) -> Iterator[Triple]:
    yield from facts
    raise Interrupted


def reads(store: GraphStore) -> list[object]:
    """Return what every look-up of a store gives around the nodes of the tests."""
    facts = list(store.facts())
    nodes = sorted({end for fact in facts for end in (fact.subject, fact.object)})
    return [
        [(fact, fact.valid_from) for fact in facts],
        list(store.entities()),
        [list(store.facts_of(node)) for node in nodes],
        [list(store.facts_about(node, limit=3)) for node in nodes],
        [store.in_degree(node) for node in nodes],
        [store.entity(node) for node in nodes],
        [list(store.objects(fact.slot)) for fact in facts],
        [list(store.subjects(fact.relation, fact.object, limit=2)) for fact in facts],
    ]


def test_both_stores_read_the_same_after_the_same_changes(store: Neo4jStore) -> None:
    generator, memory = random.Random(1), NetworkxStore()
    possible = [
        Triple(subject, relation, obj, valid_from)
        for subject in NAMES
        for relation in ("award_received", "also_known_as")
        for obj in ("zz", "a", "\uff21")
        for valid_from in (None, "1990")
    ]
    entities = [Entity(name, "person", f"Q{index}") for index, name in enumerate(NAMES)]
    for each in (store, memory):
        each.load(entities[:3], [], version=0)
    for version in range(12):
        held = list(memory.facts())
        retract = generator.sample(held, min(4, len(held)))
        add = generator.sample(possible, 7)
        for each in (store, memory):
            each.replace(add=add, retract=retract, entities=entities[3:5], expect=version)
        assert reads(store) == reads(memory)


def test_pages_and_batches_join_without_a_gap(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_store, "BATCH", 3)
    facts = [Triple(name, "award_received", work) for name in NAMES[:3] for work in NAMES]
    entities = [Entity(name, "person") for name in NAMES]
    store.load(entities, facts, version=0)
    assert list(store.facts()) == sorted(facts)
    assert list(store.entities()) == sorted(entities, key=lambda entity: entity.id)
    store.load([], facts[:1], version=1)
    assert list(store.facts()) == facts[:1]


def test_a_sample_goes_on_from_a_random_key_and_around(store: Neo4jStore) -> None:
    facts = [Triple(name, "award_received", work) for name in NAMES for work in NAMES[:3]]
    store.load([], facts, version=0)
    for seed in range(5):
        start = random.Random(seed).getrandbits(63)
        ordered = sorted(facts, key=lambda fact: (sample_key(fact) < start, sample_key(fact)))
        for relation in (None, "award_received"):
            drawn = store.sample(relation, 20, random.Random(seed))
            assert list(drawn) == sorted(ordered[:20])


def test_entities_are_named_by_folded_id_and_alias(store: Neo4jStore) -> None:
    alias = Triple("Lyon", "also_known_as", "PARIS  sur Rhône")
    paris, lyon = Entity("Paris", "city"), Entity("Lyon", "city")
    store.load([paris, lyon], [alias, Triple("Nobody", "also_known_as", "paris")], version=0)
    assert list(store.named("paris")) == ["Paris"]
    assert list(store.named("paris sur rhône")) == ["Lyon"]
    store.replace(add=[Triple("Lyon", "also_known_as", "Paris")], retract=[alias], expect=0)
    assert list(store.named("paris")) == ["Lyon", "Paris"]
    assert list(store.named("paris sur rhône")) == []


def test_a_literal_goes_with_its_last_fact_and_an_entity_stays(
    store: Neo4jStore, driver: Driver
) -> None:
    store.load([FRANCE], FACTS, version=0)
    store.replace(add=[], retract=FACTS, expect=0)
    found = driver.execute_query("MATCH (n:Node) RETURN n.eid", database_="neo4j")
    assert [record.value() for record in found.records] == ["France"]


def test_a_functional_slot_never_has_two_objects(store: Neo4jStore) -> None:
    store.load([FRANCE], FACTS, version=0)
    with pytest.raises(GraphRefused, match="oneedit graph rebuild"):
        store.replace(add=[NEW_CAPITAL], retract=[], expect=0)
    assert store.version == 0
    assert list(store.objects(CAPITAL.slot)) == ["Paris"]
    with pytest.raises(GraphRefused):
        store.replace(add=[Triple("Gaul", "capital", "Paris")], retract=[], expect=0)


def test_a_key_can_go_from_one_fact_to_another_in_one_change(store: Neo4jStore) -> None:
    paris, lyon = Triple("France", "capital", "Paris"), Triple("Gaul", "capital", "Lyon")
    store.load([], [paris, lyon], version=0)
    swapped = [Triple("France", "capital", "Lyon"), Triple("Gaul", "capital", "Paris")]
    store.replace(add=swapped, retract=[paris, lyon], expect=0)
    assert list(store.facts()) == swapped
    store.replace(add=[paris, lyon], retract=swapped, expect=1)
    assert list(store.facts()) == [paris, lyon]


def test_of_two_writers_on_one_version_one_wins_and_nothing_is_lost(
    neo4j_server: Neo4jServer, store: Neo4jStore
) -> None:
    store.load([], [], version=0)

    def write(name: str) -> list[int]:
        """Add five facts, trying again where another writer was quicker."""
        other = Neo4jStore.connect(neo4j_server.uri, BOOK)
        won: list[int] = []
        while len(won) < 5:
            version = other.version
            fact = Triple(name, "award_received", f"work {len(won)}")
            try:
                other.replace(add=[fact], retract=[], expect=version)
            except StalePlan:
                continue
            won.append(version)
        other.close()
        return won

    with ThreadPoolExecutor(4) as pool:
        won = [version for each in pool.map(write, NAMES[:4]) for version in each]
    assert sorted(won) == list(range(20))
    assert store.version == 20
    assert len(list(store.facts())) == 20


@pytest.mark.parametrize("deliver", [True, False])
def test_a_change_whose_answer_is_lost_is_made_exactly_once(
    neo4j_server: Neo4jServer, store: Neo4jStore, *, deliver: bool
) -> None:
    store.load([FRANCE], FACTS, version=0)
    with LossyProxy(neo4j_server.port, deliver=deliver, losses=0) as proxy:
        through = Neo4jStore.connect(proxy.uri, BOOK)
        proxy.losses = 1
        through.replace(add=[NEW_CAPITAL], retract=[CAPITAL], expect=0)
        assert proxy.losses == 0
        assert through.version == 1
        through.close()
    assert list(store.objects(CAPITAL.slot)) == ["Lyon"]


def test_a_load_that_was_interrupted_leaves_no_version_and_is_done_again(
    store: Neo4jStore,
) -> None:
    store.load([FRANCE], FACTS[:1], version=3, origin="one")
    with pytest.raises(Interrupted):
        store.load([FRANCE], interrupted(FACTS), version=4, origin="two")
    assert (store.version, store.origin) == (-1, "")
    with pytest.raises(StalePlan):
        store.replace(add=[NEW_CAPITAL], retract=[], expect=-1)
    store.load([FRANCE], FACTS, version=4, origin="two")
    assert (store.version, store.origin) == (4, "two")
    assert sorted(store.facts()) == sorted(FACTS)


def test_of_two_loads_the_later_one_goes_on_and_the_other_is_told(
    neo4j_server: Neo4jServer, store: Neo4jStore
) -> None:
    other = Neo4jStore.connect(neo4j_server.uri, BOOK)

    def overtaken() -> Iterator[Triple]:
        other.load([FRANCE], FACTS, version=2, origin="other")
        yield CAPITAL

    with pytest.raises(GraphBusy):
        store.load([], overtaken(), version=1, origin="this")
    assert (store.version, store.origin) == (2, "other")
    assert sorted(store.facts()) == sorted(FACTS)
    other.close()


def test_loading_a_fact_twice_holds_it_once(store: Neo4jStore) -> None:
    store.load([], [CAPITAL, *FACTS, CAPITAL], version=0)
    assert list(store.objects(Slot("France", "capital"))) == ["Paris"]


def test_a_server_that_is_away_is_named_with_what_to_do() -> None:
    uri = f"bolt://127.0.0.1:{free_port()}"
    with pytest.raises(GraphUnavailable, match="ONEEDIT_NEO4J_URI") as caught:
        Neo4jStore.connect(uri, BOOK)
    assert uri in str(caught.value)
    assert caught.value.http_status == 503


def test_a_database_that_does_not_exist_is_named(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(GraphUnavailable, match="nowhere"):
        Neo4jStore.connect(neo4j_server.uri, BOOK, database="nowhere")


def test_the_view_for_a_plan_reads_what_the_store_reads(store: Neo4jStore) -> None:
    facts = [
        *FACTS,
        *(Triple(f"Person {index}", "award_received", "Prize") for index in range(150)),
        *(Triple("Zeus", "child", f"Person {index}") for index in range(150)),
    ]
    store.load([FRANCE, Entity("Zeus", "person")], facts, version=5)
    view = store.near(["France", "Zeus"])
    assert view.version == 5
    for node in ("France", "Paris", "0843", "Zeus", "Prize", "Person 7", "nowhere"):
        assert list(view.facts_of(node)) == list(store.facts_of(node))
        for limit in (None, 1, 120):
            assert list(view.facts_about(node, limit=limit)) == list(
                store.facts_about(node, limit=limit)
            )
        assert view.entity(node) == store.entity(node)
        assert view.in_degree(node) == store.in_degree(node)
    for fact in facts:
        assert list(view.objects(fact.slot)) == list(store.objects(fact.slot))
        assert fact in view
    assert list(view.sample(None, 5, random.Random(1))) == list(
        store.sample(None, 5, random.Random(1))
    )
