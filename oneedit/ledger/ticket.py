"""Tickets: requests for changes, from the message to the version, as plain values."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from controller.actor import Actor
from controller.plan import EditPlan

NEW = 0
"""Placeholder for the id and the revision that the ledger will assign."""

TICKET_KEY_PREFIX = "ticket:"
"""Beginning of the idempotency key of a ticket's event if its author gave none."""


class TicketState(StrEnum):
    """Where a ticket stands."""

    READING = "reading"  # its message is read and planned
    NEEDS_ANSWER = "needs_answer"  # its author has to agree to what was found
    NEEDS_REVIEW = "needs_review"  # somebody else has to agree
    QUEUED = "queued"
    SOLVING = "solving"
    CHECKING = "checking"
    APPLIED = "applied"  # what it asks for holds
    HELD = "held"  # the model did not learn it well enough
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"  # an error that is none of its author


TRANSITIONS: Mapping[TicketState, frozenset[TicketState]] = {
    TicketState.READING: frozenset(
        {
            TicketState.NEEDS_ANSWER,
            TicketState.NEEDS_REVIEW,
            TicketState.QUEUED,
            TicketState.APPLIED,
            TicketState.REFUSED,
            TicketState.CANCELLED,
            TicketState.FAILED,
        }
    ),
    TicketState.NEEDS_ANSWER: frozenset(
        {TicketState.QUEUED, TicketState.NEEDS_REVIEW, TicketState.REFUSED, TicketState.CANCELLED}
    ),
    TicketState.NEEDS_REVIEW: frozenset(
        {
            TicketState.QUEUED,
            TicketState.APPLIED,  # its proposal was carried out
            TicketState.REFUSED,
            TicketState.CANCELLED,
        }
    ),
    TicketState.QUEUED: frozenset({TicketState.SOLVING, TicketState.CANCELLED}),
    TicketState.SOLVING: frozenset(
        {
            TicketState.CHECKING,
            TicketState.QUEUED,  # its process ended
            TicketState.NEEDS_ANSWER,
            TicketState.NEEDS_REVIEW,
            TicketState.APPLIED,
            TicketState.HELD,
            TicketState.REFUSED,
            TicketState.CANCELLED,
            TicketState.FAILED,
        }
    ),
    TicketState.CHECKING: frozenset(
        {
            TicketState.SOLVING,  # once more, alone or with another method
            TicketState.QUEUED,
            TicketState.APPLIED,
            TicketState.HELD,
            TicketState.REFUSED,
            TicketState.CANCELLED,
            TicketState.FAILED,
        }
    ),
    TicketState.HELD: frozenset({TicketState.QUEUED, TicketState.CANCELLED}),
    TicketState.FAILED: frozenset({TicketState.QUEUED, TicketState.CANCELLED}),
    TicketState.APPLIED: frozenset(),
    TicketState.REFUSED: frozenset(),
    TicketState.CANCELLED: frozenset(),
}
"""The states that may follow each state; what is missing is refused."""

RUNNING = frozenset({TicketState.SOLVING, TicketState.CHECKING})
"""States in which the worker has the ticket."""

WAITING = frozenset({TicketState.READING, TicketState.QUEUED, *RUNNING})
"""States that end by themselves."""

FINAL = frozenset({TicketState.APPLIED, TicketState.REFUSED, TicketState.CANCELLED})
"""States that nothing follows."""


class Agreement(StrEnum):
    """What somebody has agreed to."""

    NONE = ""
    PLAN = "plan"  # the plan that was shown
    GATE = "gate"  # the same, even below the gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A request for a change, and what has become of it.

    Attributes:
        id: number of the ticket; ``NEW`` before the ledger has assigned one.
        revision: number of its last step; every step adds one.
        state: where it stands.
        author: who wants the change.
        operation: name of the service's operation, such as "submit" or "undo".
        text: the author's words.
        request: what was read from them, as JSON.
        plan: what the author was shown, without the questions to the model; None for other
            changes than edits, and before it was planned.
        keys: names of the slots and facts that it changes; empty if it may change anything.
        conversation: id of the conversation that it belongs to, or "".
        idem, request_sha: idempotency key of the request, if any, and hash of the request.
        source, batch: where the request came from, and the batch that it belongs to, or "".
        base_version: the version of the graph that its author has seen.
        propose: whether its author leaves the decision to a reviewer.
        agreed: what was agreed to, by its author or by ``agreed_by``.
        agreed_by: name of who agreed.
        proposal: number of the proposal that it waits for, or carries out.
        version: the version that it became.
        outcome: the result as JSON, or "".
        note: why it failed, or what it waits for.
        created_at, queued_at, started_at, finished_at: ISO 8601 in UTC, or "".
    """

    id: int = NEW
    revision: int = NEW
    state: TicketState = TicketState.READING
    author: Actor
    operation: str
    text: str
    request: str
    plan: EditPlan | None = None
    keys: frozenset[str] = frozenset()
    conversation: str = ""
    idem: str | None = None
    request_sha: str = ""
    source: str = ""
    batch: str = ""
    base_version: int = -1
    propose: bool = False
    agreed: Agreement = Agreement.NONE
    agreed_by: str = ""
    proposal: int | None = None
    version: int | None = None
    outcome: str = ""
    note: str = ""
    created_at: str = ""
    queued_at: str = ""
    started_at: str = ""
    finished_at: str = ""

    @property
    def key(self) -> str:
        """Return the idempotency key of the event that the ticket becomes."""
        return self.idem or f"{TICKET_KEY_PREFIX}{self.id}"


@dataclass(frozen=True, slots=True)
class TicketStep:
    """One change of a ticket's state.

    Attributes:
        ticket: number of the ticket.
        revision: number of the step, counted from 1 in each ticket.
        state: the state after it.
        note: why it failed, or what it waits for.
        created_at: ISO 8601 in UTC.
        position: number of the step among the steps of all tickets, in the order of their commits.
    """

    ticket: int
    revision: int
    state: TicketState
    note: str
    created_at: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets are meant; a field that is empty leaves all.

    Attributes:
        states: in one of these states.
        author: of this person.
        conversation: of this conversation.
        proposal: that wait for this proposal, or carry it out.
        before: with a smaller number than this.
        limit: the last so many.
    """

    states: Sequence[TicketState] | Set[TicketState] = field(default=())
    author: str = ""
    conversation: str = ""
    proposal: int | None = None
    before: int | None = None
    limit: int | None = None
