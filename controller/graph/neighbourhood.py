"""A view of a remote graph that reads the neighbourhood of some nodes in few requests."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Protocol, TypeVar

from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

K = TypeVar("K", str, Slot)

MOST_NODES = 48
"""Nodes whose facts one request reads."""
MOST_SLOTS = 256
"""Slots, or nodes without their facts, that one request reads."""
MOST_FACTS = 100
"""Facts of a node that are read ahead; of one with more they are read when they are asked for."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """What is known of a node without its facts.

    Attributes:
        entity: None for a literal and for a node that is not there.
        in_degree: number of facts whose object it is.
    """

    entity: Entity | None = None
    in_degree: int = 0


class BatchReader(Protocol):
    """The reads of a store that answer for many nodes in one request."""

    @property
    def version(self) -> int:
        """Return the version of the graph."""
        ...

    def nodes(self, ids: Sequence[str]) -> Mapping[str, NodeState]:
        """Return the nodes that are there, by id."""
        ...

    def facts_of_each(self, subjects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        """Return the facts of each subject, at most ``limit`` for each, sorted for each."""
        ...

    def facts_about_each(self, objects: Sequence[str], *, limit: int) -> Sequence[Triple]:
        """Return the facts about each object, at most ``limit`` for each, sorted for each."""
        ...

    def facts_in_each(self, slots: Sequence[Slot], *, limit: int) -> Sequence[Triple]:
        """Return the facts in each slot, at most ``limit`` for each, sorted for each."""
        ...

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot."""
        ...

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        """Return the subjects that have ``obj`` as ``relation``, at most ``limit`` of them."""
        ...

    def facts_of(self, subject: str) -> Sequence[Triple]:
        """Return the facts whose subject this is."""
        ...

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        """Return the facts whose object this is, at most ``limit`` of them."""
        ...

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        """Return randomly drawn facts."""
        ...


class Neighbourhood:
    """Implements :class:`controller.graph.overlay.GraphReads` for one plan.

    Every read is kept, so that it is made once. A read that is not kept yet takes those along
    that will probably follow: the same read of the nodes of the facts that were returned next to
    this one, since planning walks along the facts it was given. So the number of requests grows
    with the length of the paths and not with the number of nodes on them.

    Each result is that of the store at the time of the request. The version is that before the
    first one: where the graph has changed since, the commit of the plan notices it.
    """

    def __init__(self, reader: BatchReader, nodes: Iterable[str]) -> None:
        """Read the facts of these nodes and about them, in three requests for ``MOST_SLOTS``."""
        self._reader = reader
        self._version = reader.version
        self._nodes: dict[str, NodeState] = {}
        self._of: dict[str, tuple[Triple, ...]] = {}
        self._about: dict[str, tuple[Triple, ...]] = {}
        self._slots: dict[Slot, tuple[str, ...]] = {}
        self._subjects: dict[tuple[str, str, int | None], Sequence[str]] = {}
        self._limited: dict[tuple[str, int], Sequence[Triple]] = {}
        self._groups: list[Sequence[Triple]] = []
        self._place: dict[str, tuple[int, int]] = {}
        self._missed: set[str] = set()
        start = list(dict.fromkeys(nodes))
        for place in range(0, len(start), MOST_SLOTS):
            some = start[place : place + MOST_SLOTS]
            self._read_nodes(some)
            self._read_of(some)
            self._read_about([node for node in some if self._is_small(node)])

    @property
    def version(self) -> int:
        return self._version

    def objects(self, slot: Slot) -> Sequence[str]:
        if slot.subject in self._of:
            facts = self._of[slot.subject]
            return tuple(fact.object for fact in facts if fact.relation == slot.relation)
        if slot in self._slots:
            return self._slots[slot]
        if slot.subject in self._missed:  # and will be asked for more
            self.facts_of(slot.subject)
            return self.objects(slot)
        self._missed.add(slot.subject)
        self._read_slots(slot)
        return self._slots[slot]

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        if obj in self._about:
            facts = self._about[obj]
            return tuple(fact.subject for fact in facts if fact.relation == relation)[:limit]
        key = relation, obj, limit
        if key not in self._subjects:
            self._subjects[key] = self._reader.subjects(relation, obj, limit=limit)
            self._give([Triple(each, relation, obj) for each in self._subjects[key]], of=obj)
        return self._subjects[key]

    def facts_of(self, subject: str) -> Sequence[Triple]:
        if subject not in self._of:
            self._read_of([subject, *self._following(subject, self._of, MOST_NODES)])
        if subject not in self._of:  # more facts than are read ahead
            self._of[subject] = tuple(self._reader.facts_of(subject))
        return self._give(self._of[subject], of=subject)

    def facts_about(self, obj: str, *, limit: int | None = None) -> Sequence[Triple]:
        if obj not in self._about and self.in_degree(obj) <= MOST_FACTS:
            following = self._following(obj, self._about, MOST_NODES)
            self._read_about([obj, *filter(self._is_small, following)])
        if obj in self._about:
            return self._give(self._about[obj][:limit], of=obj)
        if limit is None:
            self._about[obj] = tuple(self._reader.facts_about(obj))
            return self._give(self._about[obj], of=obj)
        if (obj, limit) not in self._limited:
            self._limited[obj, limit] = self._reader.facts_about(obj, limit=limit)
        return self._give(self._limited[obj, limit], of=obj)

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        return self._give(self._reader.sample(relation, count, generator))

    def in_degree(self, obj: str) -> int:
        return self._node(obj).in_degree

    def __contains__(self, fact: object) -> bool:
        return isinstance(fact, Triple) and fact.object in self.objects(fact.slot)

    def entity(self, entity_id: str) -> Entity | None:
        return self._node(entity_id).entity

    # ---------- requests ----------

    def _node(self, node: str) -> NodeState:
        if node not in self._nodes:
            self._read_nodes([node, *self._following(node, self._nodes, MOST_SLOTS)])
        return self._nodes[node]

    def _read_nodes(self, ids: Sequence[str]) -> None:
        found = self._reader.nodes(ids)
        self._nodes.update((each, found.get(each, NodeState())) for each in ids)

    def _read_of(self, subjects: Sequence[str]) -> None:
        facts = self._reader.facts_of_each(subjects, limit=MOST_FACTS + 1)
        self._remember(facts)
        self._of.update(_complete(subjects, facts, lambda fact: fact.subject))

    def _read_about(self, objects: Sequence[str]) -> None:
        facts = self._reader.facts_about_each(objects, limit=MOST_FACTS + 1)
        self._about.update(_complete(objects, facts, lambda fact: fact.object))

    def _read_slots(self, slot: Slot) -> None:
        slots = list(dict.fromkeys([slot, *self._slots_like(slot)]))
        facts = self._reader.facts_in_each(slots, limit=MOST_FACTS + 1)
        self._remember(facts)
        for each, found in _complete(slots, facts, lambda fact: fact.slot):
            self._slots[each] = tuple(fact.object for fact in found)
        if slot not in self._slots:
            self._slots[slot] = tuple(self._reader.objects(slot))

    def _is_small(self, node: str) -> bool:
        """Tell whether it is known that few facts are about a node."""
        return node in self._nodes and self._nodes[node].in_degree <= MOST_FACTS

    # ---------- what is read ahead ----------

    def _give(self, facts: Sequence[Triple], *, of: str | None = None) -> Sequence[Triple]:
        """Return facts, and remember that they were returned together.

        The node that they were asked for keeps its own place, among those it was returned with.
        """
        group = len(self._groups)
        self._groups.append(facts)
        for index, fact in enumerate(facts):
            for node in (fact.subject, fact.object):
                if node != of:
                    self._place[node] = group, index
        return facts

    def _remember(self, facts: Sequence[Triple]) -> None:
        """Give the objects of facts that were read a place, where they have none yet."""
        group = len(self._groups)
        self._groups.append(facts)
        for index, fact in enumerate(facts):
            self._place.setdefault(fact.object, (group, index))

    def _facts_near(self, node: str) -> Iterator[Triple]:
        """Yield the facts that were returned with a node, from its own on, and those after them."""
        if node not in self._place:
            return
        group, index = self._place[node]
        yield from self._groups[group][index:]
        yield from self._groups[group][:index]
        for later in self._groups[group + 1 :]:
            yield from later

    def _following(self, node: str, read: Container[str], most: int) -> list[str]:
        """Return nodes that were returned in the same place of a fact as one."""
        found: dict[str, None] = {}
        as_object: bool | None = None
        for fact in islice(self._facts_near(node), MOST_SLOTS):
            if as_object is None:
                as_object = fact.object == node
            found[fact.object if as_object else fact.subject] = None
        return [each for each in found if each not in read and each != node][:most]

    def _slots_like(self, slot: Slot) -> Iterator[Slot]:
        """Yield the slots that will be looked up as this one is.

        These are the slots of the facts that were returned, or one relation of their nodes.
        """
        near = list(islice(self._facts_near(slot.subject), MOST_SLOTS))
        slots = [fact.slot for fact in near]
        if slot not in slots:
            nodes = self._following(slot.subject, self._of, MOST_SLOTS)
            slots = [Slot(node, slot.relation) for node in nodes]
        for each in slots:
            if each not in self._slots and each.subject not in self._of:
                yield each


def _complete(
    keys: Iterable[K], facts: Iterable[Triple], key_of: Callable[[Triple], K]
) -> Iterator[tuple[K, tuple[Triple, ...]]]:
    """Yield each key with its facts, but not one whose facts were cut at the limit."""
    found: dict[K, list[Triple]] = {key: [] for key in keys}
    for fact in facts:
        found[key_of(fact)].append(fact)
    for key, some in found.items():
        if len(some) <= MOST_FACTS:
            yield key, tuple(some)
