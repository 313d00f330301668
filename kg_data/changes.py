"""The facts that a version adds and removes, as lists and slot by slot."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class SlotChange:
    """The objects that changes remove from a slot and add to it.

    Attributes:
        slot: the slot.
        old, new: the removed and the added objects; unchanged objects are in neither.
        derived: whether no asserted fact of the slot changed.
    """

    slot: Slot
    old: tuple[str, ...]
    new: tuple[str, ...]
    derived: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """The asserted facts that are added and removed, and the derived facts that follow."""

    added: tuple[Triple, ...] = ()
    retracted: tuple[Triple, ...] = ()
    derived_added: tuple[Triple, ...] = ()
    derived_retracted: tuple[Triple, ...] = ()

    @property
    def asserted(self) -> tuple[Triple, ...]:
        """Return every asserted fact that is added or removed."""
        return self.added + self.retracted

    @property
    def all_added(self) -> tuple[Triple, ...]:
        """Return every fact that is added, asserted ones first."""
        return self.added + self.derived_added

    @property
    def all_retracted(self) -> tuple[Triple, ...]:
        """Return every fact that is removed, asserted ones first."""
        return self.retracted + self.derived_retracted

    @property
    def recorded(self) -> tuple[Triple, ...]:
        """Return the added facts that have ended: they are on record, and not in the graph."""
        return tuple(fact for fact in self.added if fact.ended)

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return every slot whose objects change once, asserted changes first."""
        facts = (*self.added, *self.retracted, *self.derived_added, *self.derived_retracted)
        return tuple(dict.fromkeys(fact.slot for fact in facts if not fact.ended))

    @property
    def by_slot(self) -> tuple[SlotChange, ...]:
        """Return the change of each slot, asserted changes first."""
        asserted = {fact.slot for fact in self.asserted}
        removed, added = _objects(self.all_retracted), _objects(self.all_added)
        return tuple(
            SlotChange(
                slot,
                old=tuple(removed.get(slot, ())),
                new=tuple(added.get(slot, ())),
                derived=slot not in asserted,
            )
            for slot in self.slots
        )

    def inverted(self) -> "Changes":
        """Return the changes that reverse these."""
        return Changes(
            added=self.retracted,
            retracted=self.added,
            derived_added=self.derived_retracted,
            derived_retracted=self.derived_added,
        )

    def mentions(self, entity_id: str) -> bool:
        """Tell whether an entity is subject or object of a changed fact."""
        return self.concern(entity_id, None)

    def concern(self, entity_id: str | None, relation: str | None) -> bool:
        """Tell whether a changed fact is about an entity, of a relation, or in the slot of both."""
        return any(
            (relation in {None, fact.relation})
            and (
                entity_id in {None, fact.subject} or (relation is None and entity_id == fact.object)
            )
            for fact in self.all_added + self.all_retracted
        )


NO_CHANGES = Changes()
"""The changes of a plan that changes no fact."""


def _objects(facts: Iterable[Triple]) -> Mapping[Slot, list[str]]:
    """Return the objects of the facts that have not ended, by slot."""
    found: defaultdict[Slot, list[str]] = defaultdict(list)
    for fact in facts:
        if not fact.ended:
            found[fact.slot].append(fact.object)
    return found
