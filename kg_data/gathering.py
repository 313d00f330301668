"""Gathers the facts of sources and the entities in them: what a new home is made from."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kg_data.classes import classes_of
from kg_data.dates import refines
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.sources.source import BadRecord, Record, Source
from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact, and where it stands in its source."""

    fact: Triple
    place: str


@dataclass(frozen=True)
class Gathered:
    """What sources hold.

    Attributes:
        facts: every fact once, in the order of the sources; of two dates that a slot for one has,
            and of which one lies in the other, the more precise one.
        entities: every entity of the facts, and those that were given.
        bad: what cannot be read or used, with its place.
        claimed: facts of relations that are never written, which have to follow from others.
    """

    facts: tuple[Placed, ...] = ()
    claimed: tuple[Placed, ...] = ()
    entities: tuple[Entity, ...] = ()
    bad: tuple[BadRecord, ...] = ()


def relation_named(name: str, book: RelationBook) -> str:
    """Return the relation that a name, Wikidata property or noun means; else the name itself."""
    if name in book:
        return name
    return book.by_property.get(name) or book.by_noun.get(name.casefold(), name)


def gather(
    sources: Iterable[Source], book: RelationBook, entities: Iterable[Entity] = ()
) -> Gathered:
    """Read sources, and tell the classes of what they name.

    Args:
        sources: where the facts are.
        book: the relation book.
        entities: entities whose class is known; those that no fact names are kept as well.

    Raises:
        KgDataError: a source cannot be read at all.
    """
    return _Gatherer(book, {each.id: each for each in entities}).gathered(sources)


@dataclass
class _Gatherer:
    """Gathers once."""

    book: RelationBook
    listed: Mapping[str, Entity]
    bad: list[BadRecord] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    claimed: list[Placed] = field(default_factory=list)

    def gathered(self, sources: Iterable[Source]) -> Gathered:
        for each in self.listed.values():
            fault = self._give(each.id, each.entity_class)
            if fault:
                self.bad.append(BadRecord("entities", fault))
        facts: dict[tuple[Triple, str | None], Placed] = {}
        for placed in self._placed(sources):
            facts.setdefault((placed.fact, placed.fact.valid_to), placed)
        kept = list(self._without_vaguer(facts.values()))
        found = classes_of((each.fact for each in kept), self.book, self.classes)
        untold = {each.entity: each.reason for each in found.untold}
        good = tuple(self._with_classes(kept, untold))
        named = {
            name: self.listed.get(name) or Entity(name, found.told[name])
            for placed in good
            for name in self._entities_of(placed.fact)
        }
        return Gathered(
            facts=good,
            claimed=tuple(self.claimed),
            entities=tuple((dict(self.listed) | named).values()),
            bad=tuple(self.bad),
        )

    def _placed(self, sources: Iterable[Source]) -> Iterator[Placed]:
        for source in sources:
            for record in source.records():
                fact = self._fact(record)
                if isinstance(fact, BadRecord):
                    self.bad.append(fact)
                elif self.book[fact.relation].derived:
                    self.claimed.append(Placed(fact, record.place))
                else:
                    yield Placed(fact, record.place)

    def _fact(self, record: Record | BadRecord) -> Triple | BadRecord:
        """Return the fact of a record, and keep the classes that it gives."""
        if isinstance(record, BadRecord):
            return record
        relation = relation_named(record.relation, self.book)
        if relation not in self.book:
            reason = f"the relation {record.relation!r} is not in the relation book"
            return BadRecord(record.place, reason)
        given = {record.subject: record.subject_class}
        if not self.book[relation].literal:
            given[record.object] = record.object_class
        for name, kind in given.items():
            fault = self._give(name, kind)
            if fault:
                return BadRecord(record.place, fault)
        return Triple(record.subject, relation, record.object, record.valid_from, record.valid_to)

    def _give(self, name: str, kind: str) -> str:
        """Keep the class of an entity, or return why it cannot have it."""
        if not kind:
            return ""
        if kind not in self.book.classes:
            return f"the class {kind!r} of {name} is not in the relation book"
        before = self.classes.get(name, kind)
        if not (self.book.is_a(kind, before) or self.book.is_a(before, kind)):
            return f"{name} is a {before}, and here a {kind}"
        self.classes[name] = kind if self.book.is_a(kind, before) else before
        return ""

    def _without_vaguer(self, facts: Collection[Placed]) -> Iterator[Placed]:
        """Yield the facts but those with a date of which a slot has a more precise one."""
        dates: dict[Slot, list[str]] = {}
        for each in facts:
            if self._has_one_date(each.fact):
                dates.setdefault(each.fact.slot, []).append(each.fact.object)
        for each in facts:
            others = dates.get(each.fact.slot, ()) if self._has_one_date(each.fact) else ()
            if not any(refines(other, each.fact.object) for other in others):
                yield each

    def _has_one_date(self, fact: Triple) -> bool:
        relation = self.book[fact.relation]
        return relation.functional and relation.dated and not fact.ended

    def _with_classes(self, facts: Iterable[Placed], untold: Mapping[str, str]) -> Iterator[Placed]:
        """Yield the facts whose entities have a class, and report the others."""
        for placed in facts:
            missing = [name for name in self._entities_of(placed.fact) if name in untold]
            if not missing:
                yield placed
                continue
            reason = f"the class of {missing[0]} cannot be told: {untold[missing[0]]}"
            self.bad.append(BadRecord(placed.place, reason))

    def _entities_of(self, fact: Triple) -> tuple[str, ...]:
        literal = self.book[fact.relation].literal
        return (fact.subject,) if literal else (fact.subject, fact.object)


def facts_hash(facts: Iterable[Triple]) -> str:
    """Return a hash of facts with their dates, whatever their order."""
    texts = sorted(
        "\x1f".join((str(fact), fact.valid_from or "", fact.valid_to or "")) for fact in facts
    )
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
