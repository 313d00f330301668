"""The ledger as the controller reads it: an :class:`controller.record.EditRecord`."""

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from controller.record import PastEdit
from kg_data.triples import Slot, Triple
from oneedit.ledger.events import RECORDED_KINDS, Event
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.timeline import Timeline


class LedgerRecord:
    """Implements :class:`controller.record.EditRecord` over a ledger.

    Every look-up uses an index. What is in force is kept for the head, and brought up to date with
    the events that came since; the first look-up reads the steps of all events, not their facts.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._timeline = Timeline()
        self._lock = threading.Lock()

    def is_asserted(self, fact: Triple) -> bool:
        """Tell whether a fact is active and was asserted, rather than derived from others."""
        return self._ledger.is_asserted(fact)

    def past(self, slot: Slot) -> Sequence[Triple]:
        """Return the facts of a slot that are recorded as ended, with their dates, sorted."""
        return self._ledger.ended_facts(slot)

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:
        """Return the edits, undos and roll backs committed at ``since`` or later, in order.

        The ledger records whole seconds, so that a fraction of ``since`` does not count.
        """
        return self._past_edits(self._ledger.changes_since(since))

    def edits_after(self, version: int) -> Sequence[PastEdit]:
        """Return the edits, undos and roll backs committed after a version, in order."""
        events = self._ledger.events(after=version)
        return self._past_edits(each for each in events if each.kind in RECORDED_KINDS)

    def _past_edits(self, events: Iterable[Event]) -> tuple[PastEdit, ...]:
        with self._lock:
            self._timeline.extend(self._ledger.steps(after=self._timeline.head))
            return tuple(_past_edit(each, self._timeline) for each in events)


def _past_edit(event: Event, timeline: Timeline) -> PastEdit:
    changes = event.content.changes
    return PastEdit(
        version=event.version,
        actor=event.actor,
        at=datetime.fromisoformat(event.created_at).astimezone(UTC),
        added=changes.added,
        retracted=changes.retracted,
        undone=not timeline.holds(event.version),
    )
