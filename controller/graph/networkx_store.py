"""The knowledge graph in memory, rebuilt from the ledger at each start."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice, repeat
from random import Random
from typing import Self

import networkx as nx

from controller.errors import StalePlan
from controller.graph.lexicon import ALIAS, fold
from controller.graph.names import NameIndex
from controller.graph.sampling import SampleIndex
from controller.graph.store import sample_key
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

GROUPED_FROM = 128
"""Number of neighbours from which on those of a node are grouped by relation.

Filtering 128 neighbours takes 4 microseconds and grouping them 35, once; 50 facts about a node are
found equally fast with and without groups (measured).
"""

_Relations = dict[str, bool]  # the attributes of an edge
_Row = tuple[str, str, str]  # subject, relation, object
_Groups = dict[str, dict[str, list[str]]]  # node -> relation -> sorted neighbours


class FactGraph(nx.DiGraph):  # type: ignore[misc]  # networkx has no types
    """A directed graph whose edges have the relations between two nodes as attributes.

    Edges with the same relations share one attribute dict, which is never changed. The
    neighbours of a node with at least ``GROUPED_FROM`` are grouped by relation at its first
    look-up, and the groups are kept up to date, so that no look-up reads all its edges.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shared: dict[tuple[str, ...], _Relations] = {}
        self._parallel: defaultdict[str, int] = defaultdict(int)  # facts beyond one of each edge
        self._grouped_out: _Groups = {}
        self._grouped_in: _Groups = {}

    def holds(self, subject: str, relation: str, obj: str) -> bool:
        """Tell whether a fact is in the graph."""
        return relation in self._succ.get(subject, {}).get(obj, ())

    def insert(self, subject: str, relation: str, obj: str) -> bool:
        """Add a fact and return True, or return False if the graph holds it."""
        out, into = self._succ.get(subject), self._pred.get(obj)
        if out is None:
            self.add_node(subject)
            out = self._succ[subject]
        if into is None:
            self.add_node(obj)
            into = self._pred[obj]
        known = out.get(obj)
        if known is None:
            relations: tuple[str, ...] = (relation,)
        elif relation in known:
            return False
        else:
            relations = tuple(sorted((*known, relation)))
            self._parallel[obj] += 1
        out[obj] = into[subject] = self._shared.get(relations) or self._share(relations)
        _insert_into(self._grouped_out.get(subject), relation, obj)
        _insert_into(self._grouped_in.get(obj), relation, subject)
        return True

    def remove(self, subject: str, relation: str, obj: str) -> None:
        """Remove a fact that the graph holds, and nodes without further facts."""
        left = tuple(name for name in self._succ[subject][obj] if name != relation)
        if left:
            self._parallel[obj] -= 1
            shared = self._shared.get(left) or self._share(left)
            self._succ[subject][obj] = self._pred[obj][subject] = shared
        else:
            del self._succ[subject][obj], self._pred[obj][subject]
        _remove_from(self._grouped_out.get(subject), relation, obj)
        _remove_from(self._grouped_in.get(obj), relation, subject)
        for node in {subject, obj}:
            if not self._succ[node] and not self._pred[node]:
                self.remove_node(node)
                for extra in (self._parallel, self._grouped_out, self._grouped_in):
                    extra.pop(node, None)

    def facts_into(self, obj: str) -> int:
        """Return the number of facts whose object this is."""
        return len(self._pred.get(obj, ())) + self._parallel.get(obj, 0)

    def objects(self, subject: str, relation: str) -> Sequence[str]:
        """Return the objects of a slot, sorted."""
        edges = self._succ.get(subject)
        if edges is None:
            return ()
        if len(edges) >= GROUPED_FROM:
            return tuple(_groups(edges, self._grouped_out, subject).get(relation, ()))
        return _filtered(edges, relation)

    def subjects(self, relation: str, obj: str) -> Sequence[str]:
        """Return the subjects of facts with this relation and object, sorted.

        Those of a hub are the list that the graph keeps: to be read at once, not changed.
        """
        edges = self._pred.get(obj)
        if edges is None:
            return ()
        if len(edges) >= GROUPED_FROM:
            return _groups(edges, self._grouped_in, obj).get(relation, ())
        return _filtered(edges, relation)

    def rows_of(self, subject: str) -> Iterable[tuple[str, str]]:
        """Return the relation and the object of each fact of a subject, sorted."""
        edges = self._succ.get(subject, {})
        return sorted([(name, obj) for obj, names in edges.items() for name in names])

    def rows_about(self, obj: str, limit: int | None) -> Iterable[tuple[str, str]]:
        """Return the subject and the relation of each fact about an object, sorted."""
        edges = self._pred.get(obj, {})
        if limit is None or len(edges) < GROUPED_FROM:
            rows = [(subject, name) for subject, names in edges.items() for name in names]
            return sorted(rows)[:limit]
        groups = _groups(edges, self._grouped_in, obj)
        by_relation = (zip(names, repeat(relation)) for relation, names in groups.items())
        return islice(merge(*by_relation), limit)

    def _share(self, relations: tuple[str, ...]) -> _Relations:
        """Return a new attribute dict for all edges with these relations."""
        shared = self._shared[relations] = dict.fromkeys(relations, True)
        return shared


class NetworkxStore:
    """Implements :class:`controller.graph.store.GraphStore` with a directed graph.

    Nodes are entities and literals. Beside the graph there are only the dates of the facts that
    have one, the names of the entities, and the order in which facts are drawn.
    """

    def __init__(self) -> None:
        self._version, self._origin = -1, ""
        self._entities: dict[str, Entity] = {}
        self._graph = FactGraph()
        self._since: dict[_Row, str] = {}
        self._samples = SampleIndex()
        self._names = NameIndex()

    def close(self) -> None:
        """Do nothing: the graph goes with its last reference."""

    @property
    def version(self) -> int:
        return self._version

    @property
    def origin(self) -> str:
        return self._origin

    def load(
        self,
        entities: Iterable[Entity],
        facts: Iterable[Triple],
        *,
        version: int,
        origin: str = "",
    ) -> None:
        # everything is made anew before the old content goes, so that an iterable that fails
        # changes nothing
        graph, since, samples = _contents(facts)
        known = {entity.id: entity for entity in entities}
        names = NameIndex()
        for entity_id in known:
            _add_names(names, entity_id, graph)
        self._graph, self._since, self._samples = graph, since, samples
        self._entities, self._names = known, names
        self._version, self._origin = version, origin

    def replace(
        self,
        *,
        add: Iterable[Triple],
        retract: Iterable[Triple],
        entities: Iterable[Entity] = (),
        removed: Iterable[str] = (),
        expect: int,
    ) -> None:
        if expect != self._version:
            raise StalePlan(planned=expect, current=self._version)
        # read completely before the first write, so that an iterable that fails changes nothing;
        # a name that cannot be encoded fails here, too
        old = [(sample_key(fact), fact) for fact in retract]
        new = [(sample_key(fact), fact) for fact in add if not fact.ended]
        entities, removed = tuple(entities), tuple(removed)
        for key, fact in old:
            self._discard(fact, key)
        for key, fact in new:
            self._add(fact, key)
        for entity in entities:
            if entity.id not in self._entities:
                _add_names(self._names, entity.id, self._graph)
            self._entities[entity.id] = entity
        for entity_id in removed:
            self._remove_entity(entity_id)
        self._version = expect + 1

    def objects(self, slot: Slot) -> Sequence[str]:
        return self._graph.objects(slot[0], slot[1])

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        return tuple(self._graph.subjects(relation, obj)[:limit])

    def facts_of(self, subject: str) -> Sequence[Triple]:
        since, rows = self._since, self._graph.rows_of(subject)
        if not since:
            return tuple([Triple(subject, relation, obj) for relation, obj in rows])
        return tuple(
            [Triple(subject, name, obj, since.get((subject, name, obj))) for name, obj in rows]
        )

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        return tuple(
            self._fact(subject, relation, obj)
            for subject, relation in self._graph.rows_about(obj, limit)
        )

    def facts(self) -> Iterator[Triple]:
        for subject in sorted(self._graph):
            yield from self.facts_of(subject)

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        drawn = self._samples.draw(relation, count, generator)
        return tuple(self._fact(*row) for row in sorted(row[1:] for row in drawn))

    def near(self, nodes: Iterable[str]) -> Self:  # noqa: ARG002 - the port's signature
        return self

    def in_degree(self, obj: str) -> int:
        return self._graph.facts_into(obj)

    def named(self, folded: str) -> Sequence[str]:
        return self._names.ids(folded)

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Triple) and self._graph.holds(
            fact.subject, fact.relation, fact.object
        )

    def entity(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id)

    def entities(self) -> Iterator[Entity]:
        for entity_id in sorted(self._entities):
            yield self._entities[entity_id]

    def _fact(self, subject: str, relation: str, obj: str) -> Triple:
        return Triple(subject, relation, obj, self._since.get((subject, relation, obj)))

    def _add(self, fact: Triple, key: int) -> None:
        row = fact.subject, fact.relation, fact.object
        _set_date(self._since, row, fact.valid_from)
        if not self._graph.insert(*row):
            return
        self._samples.order(fact.relation).insert(key, fact.subject, fact.object)
        if fact.relation == ALIAS and fact.subject in self._entities:
            self._names.add(fact.object, fact.subject)

    def _remove_entity(self, entity_id: str) -> None:
        if self._entities.pop(entity_id, None) is None:
            return
        names = (entity_id, *self._graph.objects(entity_id, ALIAS))
        for name in dict.fromkeys(map(fold, names)):
            self._names.remove(name, entity_id)

    def _discard(self, fact: Triple, key: int) -> None:
        row = fact.subject, fact.relation, fact.object
        if not self._graph.holds(*row):
            return
        self._since.pop(row, None)
        self._graph.remove(*row)
        self._samples.remove(key, *row)
        if fact.relation == ALIAS and fact.subject in self._entities:
            left = (fact.subject, *self._graph.objects(fact.subject, ALIAS))
            if fold(fact.object) not in map(fold, left):
                self._names.remove(fact.object, fact.subject)


def _contents(facts: Iterable[Triple]) -> tuple[FactGraph, dict[_Row, str], SampleIndex]:
    """Return active facts as a graph, with their dates and the order in which they are drawn."""
    graph, since, samples = FactGraph(), dict[_Row, str](), SampleIndex()
    names: dict[str, str] = {}  # each name once in memory, however often the facts repeat it
    for fact in facts:
        if fact.ended:
            continue
        subject = names.setdefault(fact.subject, fact.subject)
        relation = names.setdefault(fact.relation, fact.relation)
        obj = names.setdefault(fact.object, fact.object)
        if graph.insert(subject, relation, obj):
            samples.order(relation).append(sample_key(fact), subject, obj)
        _set_date(since, (subject, relation, obj), fact.valid_from)
    samples.sort()
    return graph, since, samples


def _set_date(since: dict[_Row, str], row: _Row, date: str | None) -> None:
    """Set the date from which a fact holds; the date that is given last counts."""
    if date is not None:
        since[row] = date
    elif row in since:
        del since[row]


def _add_names(names: NameIndex, entity_id: str, graph: FactGraph) -> None:
    for name in (entity_id, *graph.objects(entity_id, ALIAS)):
        names.add(name, entity_id)


def _filtered(edges: Mapping[str, _Relations], relation: str) -> tuple[str, ...]:
    """Return the neighbours along edges with a relation, sorted."""
    found = [other for other, names in edges.items() if relation in names]
    if len(found) > 1:
        found.sort()
    return tuple(found)


def _groups(edges: Mapping[str, _Relations], grouped: _Groups, node: str) -> dict[str, list[str]]:
    """Return the neighbours of a node by relation, each list sorted; grouped once."""
    if node not in grouped:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for other, names in edges.items():
            for relation in names:
                found[relation].append(other)
        for others in found.values():
            others.sort()
        grouped[node] = dict(found)
    return grouped[node]


def _insert_into(groups: dict[str, list[str]] | None, relation: str, name: str) -> None:
    if groups is not None:
        insort(groups.setdefault(relation, []), name)


def _remove_from(groups: dict[str, list[str]] | None, relation: str, name: str) -> None:
    if groups is not None:
        names = groups[relation]
        names.pop(bisect_left(names, name))
        if not names:
            del groups[relation]
