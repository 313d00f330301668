"""The ledger as the controller reads it: an :class:`controller.record.EditRecord`."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from controller.record import PastEdit
from kg_data.triples import Slot, Triple
from oneedit.ledger.events import JOB_KINDS, RECORDED_KINDS, Event
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.timeline import Timeline

_KINDS_OF_PEOPLE = RECORDED_KINDS - JOB_KINDS


class LedgerRecord:
    """Implements :class:`controller.record.EditRecord` over a ledger.

    Look-ups use indexes. Edits that were read are kept, so that a look-up reads only what was
    committed since the last one; the first reads the steps of all events, but not their facts.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._timeline = Timeline()
        self._edits: list[PastEdit] = []
        self._since: datetime | None = None  # from here on, the edits are kept
        self._lock = threading.Lock()

    def is_asserted(self, fact: Triple) -> bool:
        """Tell whether a fact is active and was asserted, rather than derived from others."""
        return self._ledger.is_asserted(fact)

    def past(self, slot: Slot) -> Sequence[Triple]:
        """Return the facts of a slot that are recorded as ended, with their dates, sorted."""
        return self._ledger.ended_facts(slot)

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:
        """Return the edits, undos and roll backs committed at ``since`` or later, in order.

        What jobs do is left out: the screens look for patterns in what people do. The ledger
        records whole seconds, so that a fraction of ``since`` does not count.
        """
        moment = since.astimezone(UTC).replace(microsecond=0)
        with self._lock:
            self._catch_up(moment)
            return tuple(each for each in self._edits if each.at >= moment)

    def edits_after(self, version: int) -> Sequence[PastEdit]:
        """Return the edits, imports, undos and roll backs committed after a version, in order."""
        events = self._ledger.events(after=version)
        recorded = (each for each in events if each.kind in RECORDED_KINDS)
        return tuple(_past_edit(self._ledger.with_changes(each)) for each in recorded)

    def _catch_up(self, since: datetime) -> None:
        """Read what is not kept yet, and find anew what is in force."""
        head = self._timeline.head
        steps = self._ledger.steps(after=head)
        if self._since is None or since < self._since:
            kept, found = [], self._ledger.changes_since(since)
            self._since = since
        elif steps:
            kept, found = self._edits, self._ledger.events(after=head)
        else:
            return
        self._timeline.extend(steps)
        # an event that was committed between the two queries is read the next time
        new = [each for each in found if each.version <= self._timeline.head]
        edits = [*kept, *(_past_edit(each) for each in new if each.kind in _KINDS_OF_PEOPLE)]
        holds = self._timeline.holds
        self._edits = [replace(each, undone=not holds(each.version)) for each in edits]


def _past_edit(event: Event) -> PastEdit:
    changes = event.content.changes
    return PastEdit(
        version=event.version,
        actor=event.actor,
        at=datetime.fromisoformat(event.created_at).astimezone(UTC),
        added=changes.added,
        retracted=changes.retracted,
    )
