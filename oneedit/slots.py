"""Changes of facts, seen slot by slot."""

from dataclasses import dataclass

from kg_data.triples import Slot
from oneedit.ledger.events import Changes


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What a slot held before a version, and what it holds since.

    Attributes:
        slot: the slot.
        old, new: the objects that went and those that came; the others stayed.
        derived: whether the change follows from others.
    """

    slot: Slot
    old: tuple[str, ...]
    new: tuple[str, ...]
    derived: bool


def slot_changes(changes: Changes) -> tuple[SlotChange, ...]:
    """Return what each slot held and holds, asserted changes first."""
    told = {fact.slot for fact in changes.added + changes.retracted}
    return tuple(
        SlotChange(
            slot,
            old=tuple(fact.object for fact in changes.goes if fact.slot == slot),
            new=tuple(fact.object for fact in changes.comes if fact.slot == slot),
            derived=slot not in told,
        )
        for slot in changes.slots
    )
