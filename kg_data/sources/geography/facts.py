"""Geography facts while they are collected, and the facts of other domains."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from kg_data.relations import RelationBook
from kg_data.shipped import DOMAINS
from kg_data.sources.csv import read, read_entities
from kg_data.triples import Slot, Triple

DOMAIN = "geography"


@dataclass
class Facts:
    """Facts collected so far, and the class of every entity in them."""

    book: RelationBook
    rows: set[Triple] = field(default_factory=set)
    classes: dict[str, str] = field(default_factory=dict)
    _slots: set[Slot] = field(default_factory=set)

    def add_entity(self, entity_id: str, entity_class: str) -> None:
        """Add an entity; a repetition adds nothing.

        Raises:
            ValueError: the id belongs to an entity of another class.
        """
        if self.classes.setdefault(entity_id, entity_class) != entity_class:
            raise ValueError(f"{entity_id!r}: {self.classes[entity_id]} or {entity_class}?")

    def add(self, subject: str, relation: str, obj: str, valid_from: str | None = None) -> None:
        """Add a fact; an empty object or a repetition adds nothing. Adds the object as an entity.

        Raises:
            ValueError: the relation is functional and the slot has another object.
        """
        fact = Triple(subject, relation, obj, valid_from)
        entry = self.book[relation]
        if not obj or fact in self.rows:
            return
        if entry.symmetric and Triple(obj, relation, subject) in self.rows:
            return
        if entry.functional and fact.slot in self._slots:
            raise ValueError(f"{fact.slot} is filled twice")
        if not entry.literal:
            self.add_entity(obj, self.classes[subject] if entry.symmetric else entry.range[0])
        self._slots.add(fact.slot)
        self.rows.add(fact)

    def of_class(self, *classes: str) -> list[str]:
        """Return the ids of some classes, sorted."""
        return sorted(name for name, found in self.classes.items() if found in classes)


@dataclass
class OtherDomains:
    """Facts and entity classes in the files of the other domains."""

    book: RelationBook
    facts: dict[Triple, None] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, book: RelationBook) -> Self:
        """Read the existing files of a folder."""
        others = cls(book)
        for domain in DOMAINS:
            paths = folder / f"{domain}.csv", folder / f"{domain}_entities.csv"
            if domain != DOMAIN and all(path.exists() for path in paths):
                others.facts |= dict.fromkeys(fact for fact in read(paths[0]) if not fact.ended)
                found = {entity.id: entity.entity_class for entity in read_entities(paths[1])}
                others.classes = found | others.classes
        return others

    def covers(self, fact: Triple) -> bool:
        """Tell whether these files hold a fact, or another object of its functional slot."""
        entry = self.book[fact.relation]
        mirrored = Triple(fact.object, fact.relation, fact.subject)
        return (
            fact in self.facts
            or (entry.symmetric and mirrored in self.facts)
            or (entry.functional and fact.slot in self._slots)
        )

    @cached_property
    def _slots(self) -> frozenset[Slot]:
        return frozenset(fact.slot for fact in self.facts)

    def city_locations(self, relation: str) -> dict[str, str]:
        """Return the object of each city under a relation such as ``located_in``."""
        return {
            fact.subject: fact.object
            for fact in self.facts
            if fact.relation == relation and self.classes.get(fact.subject) == "city"
        }
