"""The knowledge graph in memory, rebuilt from the ledger at each start."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from random import Random
from typing import Any, TypeVar

import networkx as nx

from controller.errors import StalePlan
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

K = TypeVar("K")
R = TypeVar("R", str, tuple[str, str])


class NetworkxStore:
    """Implements :class:`controller.graph.store.GraphStore` with a multigraph.

    Nodes are entities and literals; an edge has its relation as key and its fact as data. Sorted
    lists beside the graph make look-ups of slots and samples fast.
    """

    def __init__(self) -> None:
        self._version = -1
        self._reset()

    @property
    def version(self) -> int:
        return self._version

    def load(self, entities: Iterable[Entity], facts: Iterable[Triple], *, version: int) -> None:
        entities, facts = tuple(entities), tuple(facts)
        self._reset()
        for fact in facts:
            self._add(fact)
        self._entities.update((entity.id, entity) for entity in entities)
        self._version = version

    def replace(
        self,
        *,
        add: Iterable[Triple],
        retract: Iterable[Triple],
        entities: Iterable[Entity] = (),
        expect: int,
    ) -> None:
        if expect != self._version:
            raise StalePlan(planned=expect, current=self._version)
        # read completely before the first write, so that an iterable that fails changes nothing
        add, retract, entities = tuple(add), tuple(retract), tuple(entities)
        for fact in retract:
            self._discard(fact)
        for fact in add:
            self._add(fact)
        self._entities.update((entity.id, entity) for entity in entities)
        self._version = expect + 1

    def objects(self, slot: Slot) -> Sequence[str]:
        return tuple(self._objects.get(slot, ()))

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        return tuple(self._subjects.get((relation, obj), [])[:limit])

    def facts_of(self, subject: str) -> Sequence[Triple]:
        if subject not in self._graph:
            return ()
        return tuple(sorted(fact for _, _, fact in self._graph.out_edges(subject, data="fact")))

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        if obj not in self._graph:
            return ()
        facts = [fact for _, _, fact in self._graph.in_edges(obj, data="fact")]
        return tuple(sorted(facts) if limit is None else nsmallest(limit, facts))

    def facts(self) -> Iterator[Triple]:
        edges = self._graph.edges(keys=True)
        for subject, obj, relation in sorted(edges, key=lambda edge: (edge[0], edge[2], edge[1])):
            yield self._graph.edges[subject, obj, relation]["fact"]

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        names = sorted(self._by_relation) if relation is None else [relation]
        total = sum(len(self._by_relation.get(name, ())) for name in names)
        picked = sorted(generator.sample(range(total), min(count, total)))
        return tuple(sorted(self._at(names, index) for index in picked))

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Triple) and fact.object in self._objects.get(fact.slot, ())

    def entity(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id)

    def entities(self) -> Iterator[Entity]:
        for entity_id in sorted(self._entities):
            yield self._entities[entity_id]

    def _reset(self) -> None:
        self._graph: Any = nx.MultiDiGraph()  # networkx has no types
        self._entities: dict[str, Entity] = {}
        self._objects: defaultdict[Slot, list[str]] = defaultdict(list)
        self._subjects: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._by_relation: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def _add(self, fact: Triple) -> None:
        if fact.ended:
            return
        known = fact in self
        self._graph.add_edge(fact.subject, fact.object, key=fact.relation, fact=fact)
        if known:
            return
        insort(self._objects[fact.slot], fact.object)
        insort(self._subjects[fact.relation, fact.object], fact.subject)
        insort(self._by_relation[fact.relation], (fact.subject, fact.object))

    def _discard(self, fact: Triple) -> None:
        if fact not in self:
            return
        self._graph.remove_edge(fact.subject, fact.object, key=fact.relation)
        _remove(self._objects, fact.slot, fact.object)
        _remove(self._subjects, (fact.relation, fact.object), fact.subject)
        _remove(self._by_relation, fact.relation, (fact.subject, fact.object))
        for node in {fact.subject, fact.object}:
            if not self._graph.degree(node):
                self._graph.remove_node(node)

    def _at(self, names: Sequence[str], index: int) -> Triple:
        """Return the fact at an index in the concatenated rows of these relations."""
        for name in names:
            rows = self._by_relation.get(name, [])
            if index < len(rows):
                subject, obj = rows[index]
                fact: Triple = self._graph.edges[subject, obj, name]["fact"]
                return fact
            index -= len(rows)
        raise IndexError(index)


def _remove(index: dict[K, list[R]], key: K, row: R) -> None:
    rows = index[key]
    rows.pop(bisect_left(rows, row))
    if not rows:
        del index[key]
