"""Names of entities that were renamed, merged or deleted: where they lead, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from interpreter.intents import Ask
from kg_data.entities import Entity, EntityOperation, Lexicon
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.events import Event
from oneedit.ledger.ledger import Ledger
from oneedit.queries.names import find_entity
from oneedit.results import UnclearResult

_DONE = {
    EntityOperation.RENAME: "was renamed to",
    EntityOperation.MERGE: "became part of",
}

MOST_REDIRECTS = 100
"""Redirects that are followed one after the other."""


@dataclass(frozen=True)
class Redirects:
    """Finds entities by the names of today and of earlier versions.

    Attributes:
        ledger: holds what became of each entity.
        lexicon: the names of today.
    """

    ledger: Ledger
    lexicon: Lexicon

    def find(self, name: str, version: int) -> Entity | UnclearResult:
        """Return the entity of a name of today, or why there is not exactly one.

        A name that is no other name of an entity is looked up among those that are gone.
        """
        found = find_entity(self.lexicon, name)
        if not isinstance(found, UnclearResult) or found.code != "unknown_entity":
            return found
        successor = self._successor(name, version)
        if successor is not None:
            return successor
        told = self.told(name, version)
        return UnclearResult("unknown_entity", told) if told else found

    def told(self, name: str, version: int) -> str:
        """Return what became of the entity with an id, up to a version; "" if it never went."""
        found = self.ledger.removal_of(name, version)
        if found is None:
            return ""
        at, removal = found
        if removal.operation in _DONE:
            done = _DONE[EntityOperation(removal.operation)]
            return f"{name} {done} {removal.successor} in version {at}."
        if removal.operation == EntityOperation.DELETE:
            return f"{name} was deleted in version {at}; to take it back: oneedit undo {at}"
        return f"{name} is not there since version {at}, which took back where it came from."

    def find_at(self, name: str, version: int) -> Entity | UnclearResult:
        """Return the entity of a name at an earlier version, as it was there."""
        then = self.ledger.entity_at(name, version)
        if then is not None:
            return then
        found = self.find(name, self.ledger.head())
        if isinstance(found, UnclearResult):
            return found
        earlier = self.ledger.entity_at(self.ledger.id_at(found.id, version), version)
        if earlier is None:
            return UnclearResult("unknown_entity", f"Version {version} did not know {found.id}.")
        return earlier

    def as_of(self, ask: Ask, version: int) -> Ask:
        """Return a question with the ids that its entities had at an earlier version."""
        id_at = self.ledger.id_at
        conditions = (replace(each, object=id_at(each.object, version)) for each in ask.conditions)
        return replace(
            ask,
            subject=id_at(ask.subject, version) if ask.subject else "",
            object=id_at(ask.object, version) if ask.object else "",
            conditions=tuple(conditions),
        )

    def fitting(self, wanted: EditFilter, events: Iterable[Event]) -> list[Event]:
        """Return the events that meet conditions, those about an entity under all of its ids."""
        if wanted.entity is None:
            return [each for each in events if wanted.fits(each, self.ledger.touches)]
        touches = partial(self._touch_any, self.ledger.earlier_ids(wanted.entity))
        return [each for each in events if wanted.fits(each, touches)]

    def _touch_any(
        self, earlier: tuple[str, ...], event: Event, entity: str | None, relation: str | None
    ) -> bool:
        return any(self.ledger.touches(event, each, relation) for each in (entity, *earlier))

    def _successor(self, name: str, version: int) -> Entity | None:
        """Return the entity that a name leads to, if it is no other name of it."""
        for _ in range(MOST_REDIRECTS):
            found = self.ledger.removal_of(name, version)
            if found is None or not found[1].successor:
                return None
            name = found[1].successor
            entity = self.lexicon.entity(name)
            if entity is not None:
                return entity
        return None
