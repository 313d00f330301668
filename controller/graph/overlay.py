"""Read-only views of a graph: the graph itself, an empty one, and one with changes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from typing import Protocol

from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

_Key = tuple[str, str, str]


class GraphView(Protocol):
    """The methods of :class:`controller.graph.store.GraphStore` that planning reads."""

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot, sorted."""
        ...

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        """Return the subjects that have ``obj`` as ``relation``, sorted."""
        ...

    def facts_of(self, subject: str) -> Sequence[Triple]:
        """Return the facts whose subject this is, sorted."""
        ...

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        """Return the facts whose object this is, sorted."""
        ...

    def in_degree(self, obj: str) -> int:
        """Return the number of facts whose object this is, without reading them."""
        ...

    def __contains__(self, fact: object) -> bool:
        """Tell whether the graph holds a fact."""
        ...

    def entity(self, entity_id: str) -> Entity | None:
        """Return the entity with this id."""
        ...


class GraphReads(GraphView, Protocol):
    """All that a plan reads: a view, its version, and random facts."""

    @property
    def version(self) -> int:
        """Return the version of the graph before the first read."""
        ...

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        """Return randomly drawn facts, see :class:`controller.graph.store.GraphStore`."""
        ...


class EmptyView:
    """A graph without facts."""

    def objects(self, slot: Slot) -> Sequence[str]:  # noqa: ARG002 - the port's signature
        return ()

    def subjects(
        self,
        relation: str,  # noqa: ARG002
        obj: str,  # noqa: ARG002
        *,
        limit: int | None = None,  # noqa: ARG002
    ) -> Sequence[str]:
        return ()

    def facts_of(self, subject: str) -> Sequence[Triple]:  # noqa: ARG002
        return ()

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:  # noqa: ARG002
        return ()

    def in_degree(self, obj: str) -> int:  # noqa: ARG002
        return 0

    def __contains__(self, fact: object) -> bool:
        return False

    def entity(self, entity_id: str) -> Entity | None:  # noqa: ARG002
        return None


class Overlay:
    """A view of another one with facts added and removed; the base is never written.

    A fact that is both retracted and added is held. Reads cost what the base's cost, plus the
    number of changes to the result.
    """

    def __init__(
        self,
        base: GraphView,
        *,
        add: Iterable[Triple] = (),
        retract: Iterable[Triple] = (),
        entities: Iterable[Entity] = (),
    ) -> None:
        self._base = base
        self._entities = {entity.id: entity for entity in entities}
        self._added: defaultdict[_Key, set[Triple]] = defaultdict(set)
        self._removed: defaultdict[_Key, set[Triple]] = defaultdict(set)
        self._subjects: set[str] = set()  # of all facts that were ever added or removed
        self._objects: set[str] = set()
        self._gained: set[Triple] = set()
        self._lost: set[Triple] = set()
        for fact in retract:
            self.discard(fact)
        for fact in add:
            self.add(fact)

    def introduce(self, entity: Entity) -> None:
        """Add an entity to the view."""
        self._entities[entity.id] = entity

    def add(self, fact: Triple) -> None:
        """Add a fact to the view."""
        if fact in self._lost:
            self._lost.remove(fact)
            for key in _keys(fact):
                self._removed[key].remove(fact)
        elif fact not in self:
            self._note(fact)
            self._gained.add(fact)
            for key in _keys(fact):
                self._added[key].add(fact)

    def discard(self, fact: Triple) -> None:
        """Remove a fact from the view."""
        if fact in self._gained:
            self._gained.remove(fact)
            for key in _keys(fact):
                self._added[key].remove(fact)
        elif fact in self:
            self._note(fact)
            self._lost.add(fact)
            for key in _keys(fact):
                self._removed[key].add(fact)

    @property
    def gained(self) -> frozenset[Triple]:
        """Return the facts that this view holds and the base does not."""
        return frozenset(self._gained)

    @property
    def lost(self) -> frozenset[Triple]:
        """Return the facts that the base holds and this view does not."""
        return frozenset(self._lost)

    def objects(self, slot: Slot) -> Sequence[str]:
        stored = self._base.objects(slot)
        if slot[0] not in self._subjects:
            return stored
        key = ("objects", slot.subject, slot.relation)
        if not self._is_changed(key):
            return stored
        removed = {fact.object for fact in self._removed.get(key, ())}
        added = {fact.object for fact in self._added.get(key, ())}
        return sorted({*stored, *added} - removed)

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        key = ("subjects", relation, obj)
        if obj not in self._objects or not self._is_changed(key):
            return self._base.subjects(relation, obj, limit=limit)
        removed = {fact.subject for fact in self._removed.get(key, ())}
        added = {fact.subject for fact in self._added.get(key, ())}
        stored = self._base.subjects(relation, obj, limit=_raised_limit(limit, removed))
        return sorted({*stored, *added} - removed)[:limit]

    def facts_of(self, subject: str) -> Sequence[Triple]:
        stored = self._base.facts_of(subject)
        return self._merge(("of", subject, ""), stored) if subject in self._subjects else stored

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        if obj not in self._objects:
            return self._base.facts_about(obj, limit=limit)
        key = ("about", obj, "")
        removed = self._removed.get(key, set())
        return self._merge(key, self._base.facts_about(obj, limit=_raised_limit(limit, removed)))[
            :limit
        ]

    def in_degree(self, obj: str) -> int:
        if obj not in self._objects:
            return self._base.in_degree(obj)
        key = ("about", obj, "")
        changed = len(self._added.get(key, ())) - len(self._removed.get(key, ()))
        return self._base.in_degree(obj) + changed

    def __contains__(self, fact: object) -> bool:
        return fact in self._gained or (fact in self._base and fact not in self._lost)

    def entity(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id) or self._base.entity(entity_id)

    def _note(self, fact: Triple) -> None:
        self._subjects.add(fact.subject)
        self._objects.add(fact.object)

    def _is_changed(self, key: _Key) -> bool:
        return key in self._added or key in self._removed

    def _merge(self, key: _Key, stored: Sequence[Triple]) -> Sequence[Triple]:
        if not self._is_changed(key):
            return stored
        removed = self._removed.get(key, set())
        kept = [fact for fact in stored if fact not in removed]
        return sorted([*kept, *self._added.get(key, ())])


def _keys(fact: Triple) -> tuple[_Key, ...]:
    return (
        ("objects", fact.subject, fact.relation),
        ("subjects", fact.relation, fact.object),
        ("of", fact.subject, ""),
        ("about", fact.object, ""),
    )


def _raised_limit(limit: int | None, removed: set[Triple] | set[str]) -> int | None:
    """Return a limit for the base that allows for removed results."""
    return None if limit is None else limit + len(removed)
