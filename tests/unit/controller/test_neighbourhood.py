"""The view that reads ahead gives what its store gives, in few requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import pytest

from controller.controller import Controller
from controller.graph import neighbourhood
from controller.graph.neighbourhood import MOST_FACTS, Neighbourhood, NodeState
from controller.graph.networkx_store import NetworkxStore
from controller.graph.overlay import GraphView
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple
from tests.support.fakes import BOOK, EDITOR, ENTITIES, FACTS

HUB = tuple(Triple(f"Person {index:03}", "employer", "Works") for index in range(3 * MOST_FACTS))
CHILDREN = tuple(Triple("Zeus", "child", f"Person {index:03}") for index in range(MOST_FACTS + 2))
SPOUSES = tuple(Triple(f"Person {i:03}", "spouse", f"Spouse {i:03}") for i in range(3 * MOST_FACTS))
ALL = (*FACTS, *HUB, *CHILDREN, *SPOUSES)


@dataclass
class Remote:
    """Implements BatchReader over a store in memory, and counts the requests."""

    memory: NetworkxStore
    requests: int = 0

    @property
    def version(self) -> int:
        return self.memory.version

    def nodes(self, ids: Sequence[str]) -> Mapping[str, NodeState]:
        self.requests += 1
        memory = self.memory
        return {each: NodeState(memory.entity(each), memory.in_degree(each)) for each in ids}

    def facts_of_each(self, subjects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        self.requests += 1
        return [fact for each in subjects for fact in self.memory.facts_of(each)[:limit]]

    def facts_about_each(self, objects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        self.requests += 1
        return [fact for each in objects for fact in self.memory.facts_about(each, limit=limit)]

    def facts_in_each(self, slots: Sequence[Slot], *, limit: int) -> Sequence[Triple]:
        self.requests += 1
        objects = ((slot, obj) for slot in slots for obj in self.memory.objects(slot)[:limit])
        return [Triple(*slot, obj) for slot, obj in objects]

    def objects(self, slot: Slot) -> Sequence[str]:
        self.requests += 1
        return self.memory.objects(slot)

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        self.requests += 1
        return self.memory.subjects(relation, obj, limit=limit)

    def facts_of(self, subject: str) -> Sequence[Triple]:
        self.requests += 1
        return self.memory.facts_of(subject)

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        self.requests += 1
        return self.memory.facts_about(obj, limit=limit)

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        self.requests += 1
        return self.memory.sample(relation, count, generator)


@pytest.fixture
def memory() -> NetworkxStore:
    store = NetworkxStore()
    store.load([*ENTITIES, Entity("Works", "organisation")], ALL, version=3)
    return store


@pytest.fixture
def remote(memory: NetworkxStore) -> Remote:
    return Remote(memory)


def reads(view: GraphView, generator: Random, count: int) -> list[object]:
    """Return what random look-ups give, each many times and in an order of its own."""
    nodes = sorted({end for fact in ALL for end in (fact.subject, fact.object)})
    nodes = [*generator.sample(nodes, 30), "Works", "Zeus", "Joe Biden", "nowhere"]
    found: list[object] = []
    for _ in range(count):
        node, fact = generator.choice(nodes), generator.choice(ALL)
        limit = generator.choice((None, 1, MOST_FACTS, MOST_FACTS + 1))
        relation = generator.choice(("child", "spouse", "employer", fact.relation))
        kind = generator.randrange(7)
        if kind == 0:
            found.append(tuple(view.facts_of(node)))
        elif kind == 1:
            found.append(tuple(view.facts_about(node, limit=limit)))
        elif kind == 2:
            found.append(tuple(view.objects(Slot(node, relation))))
        elif kind == 3:
            found.append(tuple(view.subjects(relation, node, limit=limit)))
        elif kind == 4:
            found.append((view.entity(node), view.in_degree(node)))
        else:
            found.append((fact in view, Triple(node, relation, "Paris") in view))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_read_gives_what_the_store_gives(remote: Remote, seed: int) -> None:
    view = Neighbourhood(remote, ["Joe Biden", "Works"])
    assert reads(view, Random(seed), 200) == reads(remote.memory, Random(seed), 200)


def test_a_walk_along_many_neighbours_takes_few_requests(remote: Remote) -> None:
    view = Neighbourhood(remote, ["Zeus"])
    remote.requests = 0
    for fact in view.facts_of("Zeus"):
        assert [each.relation for each in view.facts_of(fact.object)] == ["employer", "spouse"]
        assert view.entity(fact.object) is None
        assert view.objects(Slot(fact.object, "also_known_as")) == ()
    assert remote.requests <= 1 + 2 * (len(CHILDREN) // neighbourhood.MOST_NODES + 1)


def test_slots_of_facts_about_a_hub_are_read_together(remote: Remote) -> None:
    view = Neighbourhood(remote, ["Works"])
    remote.requests = 0
    for fact in view.facts_about("Works"):
        assert view.objects(fact.slot) == ("Works",)
    assert remote.requests <= 1 + len(HUB) // neighbourhood.MOST_SLOTS + 1


def test_nothing_is_read_twice(remote: Remote) -> None:
    view = Neighbourhood(remote, ["Joe Biden"])
    reads(view, Random(1), 300)
    remote.requests = 0
    reads(view, Random(1), 300)
    assert remote.requests == 0


def test_the_version_is_that_before_the_first_read(remote: Remote) -> None:
    view = Neighbourhood(remote, ["Joe Biden"])
    remote.memory.replace(add=[], retract=[], expect=3)
    assert view.version == 3


def test_a_plan_over_the_view_is_the_plan_over_the_store(remote: Remote) -> None:
    fact = Triple("Joe Biden", "vice_president", "Mike Pence")
    plan = Controller(remote.memory, BOOK).plan([fact], EDITOR)
    view = Neighbourhood(remote, [fact.subject, fact.object])
    over_view = Controller(remote.memory, BOOK, view=view)
    assert over_view.plan([fact], EDITOR) == plan


def test_a_store_in_memory_is_near_everything(memory: NetworkxStore) -> None:
    assert memory.near(["Joe Biden"]) is memory
