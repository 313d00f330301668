"""Entities that come back, or leave again, when versions are taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg_data.entities import Entity, EntityRemoval
from oneedit.ledger.events import Content, Event, EventKind
from oneedit.ledger.ledger import Ledger

_RESTORING = frozenset({EventKind.REVERT, EventKind.ROLLBACK})


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The entities that change when versions are taken back.

    Attributes:
        back: those that they removed.
        gone: those that they introduced as a whole, with what is recorded of their removal.
    """

    back: tuple[Entity, ...] = ()
    gone: tuple[EntityRemoval, ...] = ()

    def in_content(self, content: Content) -> Content:
        """Return the payload of an undo or a roll back with these entities."""
        return replace(content, entities=self.back, removed_entities=self.gone)


def taken_back(events: Sequence[Event], ledger: Ledger, *, operation: str) -> TakenBack:
    """Return the entities that change when versions are taken back, the last one first.

    An entity that came with a fact, in an edit or an import, stays.

    Args:
        events: the versions, in order.
        ledger: holds the entities that they removed.
        operation: what takes them back: "undo" or "rollback".
    """
    back: dict[str, Entity] = {}
    gone: dict[str, EntityRemoval] = {}
    for event in reversed(events):
        content = event.content
        if content.entity_operation or event.kind in _RESTORING:
            for entity in content.entities:
                if back.pop(entity.id, None) is None:
                    gone[entity.id] = EntityRemoval(entity.id, operation)
        if content.removed_entities:
            for removal, entity in ledger.entities_removed_by(event.version).items():
                if gone.pop(removal.id, None) is None:
                    back[removal.id] = entity
    head = ledger.head()
    return TakenBack(
        back=tuple(each for each in back.values() if ledger.entity_at(each.id, head) is None),
        gone=tuple(each for each in gone.values() if ledger.entity_at(each.id, head) is not None),
    )


def restored(version: int, events: Sequence[Event], ledger: Ledger) -> TakenBack:
    """Return the entities that change when an earlier version is restored.

    Names that redirected then redirect again.
    """
    found = taken_back(events[version + 1 :], ledger, operation="rollback")
    removals = ((each, ledger.removal_of(each.id, version)) for each in found.gone)
    gone = tuple(each if then is None else then[1] for each, then in removals)
    return replace(found, gone=gone)
