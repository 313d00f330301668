"""A record of edits in memory, for the tests of the controller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from controller.record import PastEdit
from kg_data.triples import Slot, Triple


@dataclass
class FakeRecord:
    """Implements :class:`controller.record.EditRecord` with what a test gives it."""

    asserted: Collection[Triple] = ()
    ended: Sequence[Triple] = ()
    past_edits: list[PastEdit] = field(default_factory=list)

    def is_asserted(self, fact: Triple) -> bool:
        return fact in self.asserted

    def past(self, slot: Slot) -> Sequence[Triple]:
        return tuple(fact for fact in self.ended if fact.slot == slot)

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:
        return tuple(edit for edit in self.past_edits if edit.at >= since)

    def edits_after(self, version: int) -> Sequence[PastEdit]:
        return tuple(edit for edit in self.past_edits if edit.version > version)
