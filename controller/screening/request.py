"""What a screen of a whole edit reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from controller.actor import Actor
from controller.graph.overlay import GraphView
from controller.record import EditRecord
from controller.screening.signals import Signal
from controller.screening.thresholds import ScreeningThresholds
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.short_form import EntityKind
from kg_data.triples import Triple


@dataclass(frozen=True)
class ScreenedRequest:
    """A requested edit with all that its screening reads; nothing is written.

    Attributes:
        facts: the facts to add, with normalised names; every relation is in the book.
        retracted: the facts to remove, those that a new one replaces among them.
        new_entities: the entities that the graph does not know.
        actor: who requests it.
        view: the graph before the edit.
        book: the relation book.
        record: the edits before this one.
        now: the time of the request, in UTC.
        thresholds: the figures of the screens.
    """

    facts: Sequence[Triple]
    retracted: Sequence[Triple]
    new_entities: Sequence[Entity]
    actor: Actor
    view: GraphView
    book: RelationBook
    record: EditRecord
    now: datetime
    thresholds: ScreeningThresholds = field(default_factory=ScreeningThresholds)

    def entity(self, name: str) -> Entity | None:
        """Return an entity of the graph or a new one."""
        return self.view.entity(name) or self._new.get(name)

    @cached_property
    def _new(self) -> Mapping[str, Entity]:
        return {entity.id: entity for entity in self.new_entities}

    def is_a(self, name: str, ancestor: str) -> bool:
        """Tell whether an entity is known to be of a class or of one below it."""
        entity = self.entity(name)
        return entity is not None and self.book.is_a(entity.entity_class, ancestor)

    def is_kind(self, name: str, kind: EntityKind) -> bool:
        """Tell whether an entity is known to be of a kind."""
        entity = self.entity(name)
        return entity is not None and self.book.is_kind(entity.entity_class, kind)

    def new_names(self) -> Iterator[str]:
        """Yield each new name once: new entities, and text literals that the graph lacks."""
        names = [entity.id for entity in self.new_entities]
        names += [
            fact.object
            for fact in self.facts
            if self.book[fact.relation].literal and fact not in self.view
        ]
        yield from dict.fromkeys(names)


class TripleScreen(Protocol):
    """Finds one kind of harm in an edit."""

    def scan(self, request: ScreenedRequest) -> Sequence[Signal]:
        """Return the signals; none for a harmless edit."""
        ...
