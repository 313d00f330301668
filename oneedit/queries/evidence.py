"""What the graph answers to a question, and the way to it; the model has no part in this."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from interpreter.intents import Ask, AskKind, Condition
from kg_data.dates import refines
from kg_data.entities import Entity
from kg_data.phrases import is_right
from kg_data.relations import RelationBook
from kg_data.triples import Slot
from oneedit.results import ConditionMatch, Hop

MAX_OBJECTS = 50
"""Most objects that are followed from one hop to the next, and that are shown."""

MOST_COUNTED = 10_000
"""Most entities that a question counts or lists."""

MOST_PLACES = 1_000
"""Most places of a state or country through which a condition is looked up."""

PLACE_HOPS = 2


class Searched(Protocol):
    """A graph, as far as questions are answered from it."""

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot."""
        ...

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        """Return the subjects that have ``obj`` as ``relation``, at most ``limit`` of them."""
        ...

    def entity(self, entity_id: str) -> Entity | None:
        """Return the entity with this id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The graph's answer.

    Attributes:
        found: all that it holds; of a yes or no question, what it holds in place of the object.
        hops: the way to it over a path.
        matches: how many entities meet each condition, and through what.
        verdict: of a yes or no question, "Yes" or "No"; "" if it holds nothing, or only a date that
            is less precise than the one in question.
        at_least: whether there may be more than was found.
    """

    found: tuple[str, ...] = ()
    hops: tuple[Hop, ...] = ()
    matches: tuple[ConditionMatch, ...] = ()
    verdict: str = ""
    at_least: bool = False


@dataclass(frozen=True)
class EvidenceFinder:
    """Answers questions from a graph.

    Attributes:
        book: the relation book.
    """

    book: RelationBook

    def find(self, graph: Searched, ask: Ask) -> Evidence:
        """Return the graph's answer to a linked question."""
        if ask.conditions:
            return self._listed(graph, ask)
        most = MAX_OBJECTS if ask.kind is AskKind.VALUE else MOST_COUNTED
        hops = follow_path(graph, ask.subject, ask.path, most=most)
        complete = bool(hops) and len(hops) == len(ask.path)
        found = hops[-1].objects if complete else ()
        cut = any(len(hop.objects) == MAX_OBJECTS for hop in hops[:-1]) or len(found) == most
        evidence = Evidence(
            found=found, hops=tuple(map(_shown, hops)), at_least=cut and ask.kind is AskKind.COUNT
        )
        if ask.kind is not AskKind.YES_NO or not found:
            return evidence
        places = self._lying_in(graph, found, ask)
        held = holds(found, ask.object) or bool(places)
        if not held and self.book[ask.path[-1]].dated and is_open(found, ask.object):
            return evidence
        match = ConditionMatch(
            relation=ask.path[-1], object=ask.object, count=int(held), places=places
        )
        verdict = "Yes" if held else "No"
        return replace(evidence, verdict=verdict, matches=(match,) if places else ())

    def reaches(self, relation: str, entity: Entity | None) -> bool:
        """Tell whether an entity can be an object of a relation; a literal always can."""
        return entity is None or self.book.accepts(self.book[relation].range, entity.entity_class)

    # ---------- lists ----------

    def _listed(self, graph: Searched, ask: Ask) -> Evidence:
        """Return the entities that meet every condition and are of the class."""
        sets, matches = zip(*(self._match(graph, each) for each in ask.conditions), strict=True)
        found = frozenset.intersection(*sets)
        if ask.entity_class:
            found = frozenset(each for each in found if self._is_a(graph, each, ask.entity_class))
        return Evidence(
            found=tuple(sorted(found)),
            matches=matches,
            at_least=any(each.at_least for each in matches),
        )

    def _match(
        self, graph: Searched, condition: Condition
    ) -> tuple[frozenset[str], ConditionMatch]:
        """Return the entities that meet a condition.

        Who was born in a city of Texas was born in Texas: a rule of the book says so where it has
        one, else the places in Texas are looked up.
        """
        relation, obj = condition.relation, condition.object
        match = ConditionMatch(relation=relation, object=obj)
        subjects = _subjects(graph, relation, obj)
        at_least = len(subjects) == MOST_COUNTED
        entity = graph.entity(obj)
        if entity is not None and not self.reaches(relation, entity):
            rule = next(self._rules(relation, entity), "")
            places = () if rule else tuple(self._places_in(graph, obj))
            match = replace(match, rule=rule, places=places)
            at_least = at_least or len(places) == MOST_PLACES
            for name, place in ((rule, obj),) if rule else ((relation, each) for each in places):
                subjects |= _subjects(graph, name, place)
        return subjects, replace(match, count=len(subjects), at_least=at_least)

    def _rules(self, relation: str, entity: Entity) -> Iterator[str]:
        """Yield the derived relations from whom a relation names to what its object lies in."""
        for rule in self.book.rules_by_first.get(relation, ()):
            if rule.body[1] in self.book.containers and self.reaches(rule.head, entity):
                yield rule.head

    def _places_in(self, graph: Searched, obj: str) -> Sequence[str]:
        """Return the places that lie in a state or country, over at most two hops."""
        inside: dict[str, None] = {}
        outer: Sequence[str] = (obj,)
        for _ in range(PLACE_HOPS):
            found = [
                place
                for each in outer
                for name in self._containers(graph.entity(each))
                for place in graph.subjects(name, each, limit=MOST_PLACES)
            ]
            outer = [each for each in dict.fromkeys(found) if each not in inside]
            inside.update(dict.fromkeys(outer))
        return list(inside)[:MOST_PLACES]

    def _lying_in(self, graph: Searched, places: Sequence[str], ask: Ask) -> tuple[str, ...]:
        """Return the places that lie in the object of a question, over at most two hops."""
        entity = graph.entity(ask.object)
        if entity is None or self.reaches(ask.path[-1], entity):
            return ()
        return tuple(each for each in places[:MAX_OBJECTS] if self._lies_in(graph, each, entity))

    def _lies_in(self, graph: Searched, place: str, entity: Entity) -> bool:
        outer: frozenset[str] = frozenset({place})
        for _ in range(PLACE_HOPS):
            outer = frozenset(
                found
                for each in outer
                for name in self.book.containers
                for found in graph.objects(Slot(each, name))
            )
            if entity.id in outer:
                return True
        return False

    def _containers(self, entity: Entity | None) -> tuple[str, ...]:
        """Return the relations by which something can lie in an entity."""
        return tuple(
            name
            for name in self.book.containers
            if entity is not None and self.reaches(name, entity)
        )

    def _is_a(self, graph: Searched, entity_id: str, entity_class: str) -> bool:
        entity = graph.entity(entity_id)
        return entity is not None and self.book.is_a(entity.entity_class, entity_class)


class Objects(Protocol):
    """A graph, as far as a path is followed over it."""

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot."""
        ...


def follow_path(
    graph: Objects, subject: str, path: Sequence[str], *, most: int = MAX_OBJECTS
) -> tuple[Hop, ...]:
    """Return the hops of a path over the graph, up to the first hop without objects.

    Args:
        graph: the graph.
        subject: where the path begins.
        path: its relations, first hop first.
        most: objects of the last hop, at most.
    """
    hops: list[Hop] = []
    subjects: tuple[str, ...] = (subject,)
    for place, relation in enumerate(path, start=1):
        found = (obj for each in subjects for obj in graph.objects(Slot(each, relation)))
        limit = most if place == len(path) else MAX_OBJECTS
        objects = tuple(dict.fromkeys(found))[:limit]
        hops.append(Hop(relation, subjects, objects))
        if not objects:
            break
        subjects = objects
    return tuple(hops)


def _subjects(graph: Searched, relation: str, obj: str) -> frozenset[str]:
    return frozenset(graph.subjects(relation, obj, limit=MOST_COUNTED))


def holds(found: Sequence[str], obj: str) -> bool:
    """Tell whether an object is among others; a year or month is if a date in it is."""
    return any(is_right(each, (obj,)) or refines(each, obj) for each in found)


def is_open(found: Sequence[str], obj: str) -> bool:
    """Tell whether an object may be among others, of which one is a less precise date.

    >>> is_open(["1867"], "1867-07-01"), is_open(["1867"], "1868")
    (True, False)
    """
    return any(refines(obj, each) for each in found)


def _shown(hop: Hop) -> Hop:
    return replace(hop, objects=hop.objects[:MAX_OBJECTS])
