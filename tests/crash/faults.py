"""Mistakes that the crash tests must catch, planted on purpose.

Tests that find nothing prove something only if they would find these. Each is what somebody could
write: two transactions where there must be one, or a start that forgets what was under way.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from sqlmodel import Session

from oneedit.edits.consolidate import Consolidator
from oneedit.ledger import fact_rows, lease
from oneedit.ledger.events import Event, EventDraft
from oneedit.ledger.ledger import CommitGuard, Ledger
from oneedit.ledger.tables import HeadRow
from oneedit.ledger.ticket import Ticket
from oneedit.ledger.tickets import TicketCommit, Tickets
from oneedit.queue.planning import TicketPlanner
from oneedit.queue.queue import EditQueue
from tests.support.fakes import FakePatch, FakePatches

_commit_together, _commit = Ledger.commit_together, Ledger._commit
_add_facts, _save, _draft = fact_rows.add_facts, FakePatches.save, EditQueue._draft
_consolidate = Consolidator.consolidate

Drafts = Sequence[EventDraft]
Guard = CommitGuard | None


@dataclass(frozen=True)
class Fault:
    """A planted mistake.

    Attributes:
        label: the labelled point at which a kill shows it.
        changes: what is replaced: the owner, the name, and what takes its place.
    """

    label: str
    changes: tuple[tuple[Any, str, Callable[..., Any]], ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Make the mistake inside a ``with`` block."""
        with ExitStack() as planted:
            for owner, name, instead in self.changes:
                planted.enter_context(patch.object(owner, name, instead))
            yield


@dataclass(frozen=True)
class _Unmarking:
    """A guard that checks, and marks nothing."""

    guard: CommitGuard

    def check(self, session: Session) -> None:
        self.guard.check(session)

    def committed(self, session: Session, events: Sequence[Event]) -> None:
        pass


def _mark_after(ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
    events = _commit_together(ledger, drafts, guard and _Unmarking(guard))
    if guard:
        with ledger.writing() as session:
            guard.committed(session, events)
    return events


def _one_by_one(ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
    if not isinstance(guard, TicketCommit):
        return _commit_together(ledger, drafts, guard)
    return tuple(
        _commit_together(ledger, [draft], replace(guard, numbers=(number,)))[0]
        for draft, number in zip(drafts, guard.numbers, strict=True)
    )


def _head_before(ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
    with ledger.writing() as session:
        session.get_one(HeadRow, 1).version += len(drafts)
    with patch.object(Ledger, "_commit", _commit_at_its_base):
        return _commit_together(ledger, drafts, guard)


def _commit_at_its_base(
    ledger: Ledger, session: Session, head: HeadRow, draft: EventDraft
) -> Event:
    head.version = draft.base_version
    return _commit(ledger, session, head, draft)


def _facts_after(ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
    later: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def note(_session: Session, *arguments: Any, **options: Any) -> None:
        later.append((arguments, options))

    with patch.object(fact_rows, "add_facts", note):
        events = _commit_together(ledger, drafts, guard)
    with ledger.writing() as session:
        for arguments, options in later:
            _add_facts(session, *arguments, **options)
    return events


class _SaveAfter:
    """Saves patches once their version is committed."""

    def __init__(self) -> None:
        self._unsaved: list[tuple[FakePatches, FakePatch]] = []

    def save(self, patches: FakePatches, fresh: FakePatch) -> str:
        self._unsaved.append((patches, fresh))
        return fresh.sha256

    def commit(self, ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
        events = _commit_together(ledger, drafts, guard)
        while self._unsaved:
            _save(*self._unsaved.pop())
        return events


_SAVE_AFTER = _SaveAfter()


def _save_later(patches: FakePatches, fresh: FakePatch) -> str:
    return _SAVE_AFTER.save(patches, fresh)


def _commit_first(ledger: Ledger, drafts: Drafts, guard: Guard = None) -> tuple[Event, ...]:
    return _SAVE_AFTER.commit(ledger, drafts, guard)


def _draft_without_key(queue: EditQueue, *arguments: Any) -> Ticket:
    return replace(_draft(queue, *arguments), idem=None)


def _consolidate_unguarded(consolidator: Consolidator, *arguments: Any, **_: Any) -> Any:
    return _consolidate(consolidator, *arguments)


FAULTS = {
    "tickets are marked after the commit": Fault(
        "ledger.after_commit", ((Ledger, "commit_together", _mark_after),)
    ),
    "a group is committed one by one": Fault(
        "ledger.before_commit", ((Ledger, "commit_together", _one_by_one),)
    ),
    "the head moves before the event is there": Fault(
        "ledger.before_commit", ((Ledger, "commit_together", _head_before),)
    ),
    "the facts follow their event": Fault(
        "ledger.after_commit", ((Ledger, "commit_together", _facts_after),)
    ),
    "a patch is saved after the commit": Fault(
        "ledger.after_commit",
        (
            (FakePatches, "save", _save_later),
            (Ledger, "commit_together", _commit_first),
        ),
    ),
    "what a dead worker had taken stays taken": Fault(
        "ticket.taken", ((Tickets, "put_back", lambda _tickets, _lease: []),)
    ),
    "the lease of a dead worker does not end": Fault(
        "ticket.taken", ((lease, "_is_over", lambda _row, _now: False),)
    ),
    "what was not planned yet is forgotten": Fault(
        "ticket.added", ((TicketPlanner, "unplanned", lambda _planner: []),)
    ),
    "a message that is sent again is a second ticket": Fault(
        "ledger.after_commit", ((EditQueue, "_draft", _draft_without_key),)
    ),
    "a consolidation does not mark its ticket": Fault(
        "ledger.after_commit", ((Consolidator, "consolidate", _consolidate_unguarded),)
    ),
}
"""The mistakes, by what is wrong."""
