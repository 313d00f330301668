"""The tickets of a ledger; every change of a state is an appended row."""

import json
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from oneedit.errors import FactRefused, KeyReused, TicketChanged, UnknownTicket
from oneedit.ledger.account import stored_actor
from oneedit.ledger.events import Event
from oneedit.ledger.lease import Lease
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.proposal import PLAN
from oneedit.ledger.tables import TicketRow, TicketStepRow
from oneedit.ledger.ticket import (
    FINAL,
    RUNNING,
    TRANSITIONS,
    Agreement,
    Ticket,
    TicketFilter,
    TicketState,
    TicketStep,
)

WORKER = "worker"
"""Name of the lease of the process that carries tickets out."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets and the steps of each; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    # ---------- reading ----------

    def get(self, number: int) -> Ticket:
        """Return a ticket.

        Raises:
            UnknownTicket: there is none of this number.
        """
        with self.ledger.reading() as session:
            return _to_ticket(_row(session, number))

    def find(self, wanted: TicketFilter | None = None) -> list[Ticket]:
        """Return the tickets that are meant, the oldest first."""
        wanted = wanted or TicketFilter()
        query = select(TicketRow).order_by(col(TicketRow.id).desc()).limit(wanted.limit)
        if wanted.states:
            query = query.where(col(TicketRow.state).in_([*wanted.states]))
        if wanted.author:
            query = query.where(TicketRow.author == wanted.author)
        if wanted.conversation:
            query = query.where(TicketRow.conversation == wanted.conversation)
        if wanted.proposal is not None:
            query = query.where(TicketRow.proposal == wanted.proposal)
        if wanted.before is not None:
            query = query.where(col(TicketRow.id) < wanted.before)
        with self.ledger.reading() as session:
            return [_to_ticket(row) for row in session.exec(query)][::-1]

    def counts(self) -> dict[TicketState, int]:
        """Return how many tickets are in each state that any is in."""
        query = select(TicketRow.state, func.count()).group_by(TicketRow.state)
        with self.ledger.reading() as session:
            return {TicketState(state): count for state, count in session.exec(query)}

    def queued(self) -> list[Ticket]:
        """Return the tickets that wait for the worker, in the order of their turns."""
        found = self.find(TicketFilter(states={TicketState.QUEUED}))
        return sorted(found, key=lambda each: (each.queued_at, each.id))

    def steps(self, number: int, *, after: int = 0) -> tuple[TicketStep, ...]:
        """Return the steps of a ticket after a revision, in order."""
        query = select(TicketStepRow).where(
            TicketStepRow.ticket == number, col(TicketStepRow.revision) > after
        )
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(TicketStepRow.revision)))
            return tuple(map(_to_step, found))

    def steps_after(
        self, position: int, *, author: str = "", limit: int | None = None
    ) -> tuple[TicketStep, ...]:
        """Return the steps of all tickets after a position, in the order of their commits.

        Args:
            position: the last one that is known.
            author: only of tickets of this person, if given.
            limit: the first so many.
        """
        query = select(TicketStepRow).where(col(TicketStepRow.position) > position)
        if author:
            mine = select(TicketRow.id).where(TicketRow.author == author)
            query = query.where(col(TicketStepRow.ticket).in_(mine))
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(TicketStepRow.position)).limit(limit))
            return tuple(map(_to_step, found))

    def last_position(self) -> int:
        """Return the position of the last step of all tickets; 0 if there is none."""
        with self.ledger.reading() as session:
            return session.exec(select(func.max(TicketStepRow.position))).one() or 0

    def find_idempotent(self, author: str, idem: str, request_sha: str) -> Ticket | None:
        """Return the ticket that was made with an author's idempotency key, if any.

        Raises:
            KeyReused: that ticket belongs to another request.
        """
        query = select(TicketRow).where(TicketRow.author == author, TicketRow.idem == idem)
        with self.ledger.reading() as session:
            row = session.exec(query).first()
        if row is None:
            return None
        ticket = _to_ticket(row)
        if ticket.request_sha != request_sha:
            raise KeyReused(idem, ticket.id, of="ticket")
        return ticket

    def seconds(self, *, last: int = 20) -> list[float]:
        """Return how long the last applied tickets took from their start, in seconds."""
        found = self.find(TicketFilter(states={TicketState.APPLIED}, limit=last))
        return [
            _seconds_between(each.started_at, each.finished_at)
            for each in found
            if each.started_at and each.finished_at
        ]

    # ---------- writing ----------

    def add(self, ticket: Ticket) -> tuple[Ticket, bool]:
        """Record a new ticket and return it with its id, and whether it is new.

        A ticket of the same author with the same idempotency key is returned as it is.

        Raises:
            KeyReused: that ticket belongs to another request.
        """
        try:
            added = self._insert(ticket)
        except FactRefused:
            if ticket.idem is None:
                raise
            stored = self.find_idempotent(ticket.author.name, ticket.idem, ticket.request_sha)
            if stored is None:
                raise
            return stored, False
        self.ledger.checkpoint("ticket.added")
        return added, True

    def record(self, before: Ticket, after: Ticket) -> Ticket:
        """Record a change of a ticket's state.

        Args:
            before: the ticket as the caller has seen it.
            after: the same after the step; its revision and times are assigned here.

        Raises:
            TicketChanged: it has another state by now, or none that leads to the new one.
        """
        with self.ledger.writing() as session:
            row = _row(session, before.id)
            if row.revision != before.revision or after.state not in TRANSITIONS[before.state]:
                raise TicketChanged(before.id, row.state, _ACTIONS.get(after.state, "change"))
            recorded = _write(session, row, after, self.ledger.now())
        self.ledger.checkpoint("ticket.recorded")
        return recorded

    def describe(self, number: int, outcome: str) -> Ticket:
        """Store the result of a ticket whose state is recorded already."""
        self.ledger.checkpoint("ticket.applied")
        with self.ledger.writing() as session:
            row = _row(session, number)
            row.outcome = outcome
            return _to_ticket(row)

    def start(self, numbers: Sequence[int], lease: Lease) -> list[Ticket]:
        """Take queued tickets, and return those that are still queued.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            taken = []
            for number in numbers:
                row = _row(session, number)
                if row.state == TicketState.QUEUED:
                    started = replace(_to_ticket(row), state=TicketState.SOLVING)
                    taken.append(_write(session, row, started, self.ledger.now()))
        self.ledger.checkpoint("ticket.taken")
        return taken

    def put_back(self, lease: Lease) -> list[Ticket]:
        """Queue again what the process that held the lease before had taken, in its old turn.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        query = select(TicketRow).where(col(TicketRow.state).in_([*RUNNING]))
        with self.ledger.writing() as session:
            lease.check(session)
            return [
                _write(
                    session,
                    row,
                    replace(_to_ticket(row), state=TicketState.QUEUED, note="taken up again"),
                    self.ledger.now(),
                )
                for row in session.exec(query.order_by(col(TicketRow.id))).all()
            ]

    def _insert(self, ticket: Ticket) -> Ticket:
        with self.ledger.writing() as session:
            now = self.ledger.now()
            row = _to_row(replace(ticket, revision=1, created_at=now))
            session.add(row)
            session.flush()
            added = _to_ticket(row)
            session.add(_step_row(session, added, now))
            return added


@dataclass(frozen=True, slots=True)
class TicketCommit:
    """Marks tickets as applied in the transaction of the versions that they become.

    Attributes:
        numbers: the tickets, in the order of the versions.
        lease: what the worker holds.
        now: returns the time as ISO 8601 in UTC.
    """

    _: KW_ONLY
    numbers: tuple[int, ...]
    lease: Lease
    now: Callable[[], str]

    def check(self, session: Session) -> None:
        """Check that the worker is the only one, and that nobody has cancelled a ticket.

        Raises:
            LeaseLost: another process has become the worker.
            TicketChanged: a ticket is not being carried out any more.
        """
        self.lease.check(session)
        for number in self.numbers:
            row = _row(session, number)
            if row.state not in RUNNING:
                raise TicketChanged(number, row.state, "commit")

    def committed(self, session: Session, events: Sequence[Event]) -> None:
        """Mark each ticket as applied."""
        session.flush()
        for number, event in zip(self.numbers, events, strict=True):
            row = _row(session, number)
            done = replace(_to_ticket(row), state=TicketState.APPLIED, version=event.version)
            _write(session, row, done, self.now())


_ACTIONS = {
    TicketState.CANCELLED: "cancel",
    TicketState.QUEUED: "queue",
    TicketState.SOLVING: "start",
    TicketState.APPLIED: "apply",
}


def _seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _row(session: Session, number: int) -> TicketRow:
    row = session.get(TicketRow, number)
    if row is None:
        raise UnknownTicket(number)
    return row


def _write(session: Session, row: TicketRow, after: Ticket, now: str) -> Ticket:
    """Write a ticket's next revision and its step."""
    ticket = replace(after, revision=row.revision + 1)
    if ticket.state is TicketState.QUEUED:
        # what was interrupted keeps its turn
        ticket = replace(ticket, queued_at=ticket.queued_at or now)
    elif ticket.state is TicketState.SOLVING:
        ticket = replace(ticket, started_at=ticket.started_at or now)
    elif ticket.state in FINAL or ticket.state in {TicketState.HELD, TicketState.FAILED}:
        ticket = replace(ticket, finished_at=now)
    for name, value in _to_row(ticket).model_dump(exclude={"id"}).items():
        setattr(row, name, value)
    session.add(_step_row(session, ticket, now))
    return ticket


def _step_row(session: Session, ticket: Ticket, now: str) -> TicketStepRow:
    session.flush()
    last = session.exec(select(func.max(TicketStepRow.position))).one()
    return TicketStepRow(
        position=(last or 0) + 1,
        ticket=ticket.id,
        revision=ticket.revision,
        state=ticket.state,
        note=ticket.note,
        created_at=now,
    )


def _to_row(ticket: Ticket) -> TicketRow:
    return TicketRow(
        id=ticket.id or None,
        revision=ticket.revision,
        state=ticket.state,
        author=ticket.author.name,
        author_role=ticket.author.role,
        author_trust=None if ticket.author.trust is None else int(ticket.author.trust),
        author_service=int(ticket.author.service),
        operation=ticket.operation,
        text=ticket.text,
        request=ticket.request,
        plan=None if ticket.plan is None else PLAN.dump_json(ticket.plan).decode(),
        keys=json.dumps(sorted(ticket.keys), ensure_ascii=False),
        conversation=ticket.conversation,
        idem=ticket.idem,
        request_sha=ticket.request_sha,
        source=ticket.source,
        batch=ticket.batch,
        base_version=ticket.base_version,
        propose=int(ticket.propose),
        agreed=ticket.agreed,
        agreed_by=ticket.agreed_by,
        proposal=ticket.proposal,
        version=ticket.version,
        outcome=ticket.outcome,
        note=ticket.note,
        created_at=ticket.created_at,
        queued_at=ticket.queued_at,
        started_at=ticket.started_at,
        finished_at=ticket.finished_at,
    )


def _to_ticket(row: TicketRow) -> Ticket:
    return Ticket(
        id=row.id or 0,
        revision=row.revision,
        state=TicketState(row.state),
        author=stored_actor(row.author, row.author_role, row.author_trust, row.author_service),
        operation=row.operation,
        text=row.text,
        request=row.request,
        plan=None if row.plan is None else PLAN.validate_json(row.plan),
        keys=frozenset(json.loads(row.keys)),
        conversation=row.conversation,
        idem=row.idem,
        request_sha=row.request_sha,
        source=row.source,
        batch=row.batch,
        base_version=row.base_version,
        propose=bool(row.propose),
        agreed=Agreement(row.agreed),
        agreed_by=row.agreed_by,
        proposal=row.proposal,
        version=row.version,
        outcome=row.outcome,
        note=row.note,
        created_at=row.created_at,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _to_step(row: TicketStepRow) -> TicketStep:
    return TicketStep(
        row.ticket, row.revision, TicketState(row.state), row.note, row.created_at, row.position
    )
