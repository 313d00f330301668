"""What happens to tickets and in conversations, for whoever follows: pages, programs, commands."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from oneedit.ledger.ticket import RUNNING, WAITING, Ticket, TicketState, TicketStep

MOST_WAITING = 1_000
"""Events that wait for one follower; older ones are dropped, for the ledger has every step."""


@dataclass(frozen=True, slots=True)
class TicketChange:
    """A ticket has another state."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class TicketProgress:
    """A ticket is at a stage.

    Attributes:
        number: number of the ticket.
        stage: the stage.
        share: the share of it that is done, 0 to 1.
    """

    number: int
    stage: str
    share: float


@dataclass(frozen=True, slots=True)
class TicketWaits:
    """A ticket waits for its turn.

    Attributes:
        number: number of the ticket.
        place: how many turns come before it.
        seconds: until it is done, from the time that the last tickets took.
        worker: id of the process that carries tickets out now; None if none does.
    """

    number: int
    place: int
    seconds: float
    worker: int | None = None


TicketNews: TypeAlias = TicketStep | TicketProgress | TicketWaits


@dataclass(frozen=True, slots=True)
class ConversationChange:
    """A conversation has another message, title or member, or was deleted.

    Attributes:
        conversation: its id.
    """

    conversation: str


TicketEvent: TypeAlias = TicketChange | TicketProgress
QueueEvent: TypeAlias = TicketEvent | ConversationChange


def number_of(event: QueueEvent) -> int | None:
    """Return the number of the ticket that an event is about; None if it is about none."""
    match event:
        case TicketChange(ticket):
            return ticket.id
        case TicketProgress(number=number):
            return number
        case ConversationChange():
            return None


class Subscription:
    """The events of one follower, in order."""

    def __init__(self) -> None:
        self._waiting: deque[QueueEvent] = deque(maxlen=MOST_WAITING)
        self._arrived = threading.Condition()

    def put(self, event: QueueEvent) -> None:
        """Add an event."""
        with self._arrived:
            self._waiting.append(event)
            self._arrived.notify_all()

    def get(self, timeout: float) -> QueueEvent | None:
        """Return the next event, or None if none comes within so many seconds."""
        with self._arrived:
            if not self._waiting:
                self._arrived.wait(timeout)
            return self._waiting.popleft() if self._waiting else None

    def take_all(self) -> list[QueueEvent]:
        """Return the events that wait, without waiting for others."""
        with self._arrived:
            found = list(self._waiting)
            self._waiting.clear()
            return found


class TicketEvents(Protocol):
    """Passes events on to everybody who follows."""

    def publish(self, event: QueueEvent) -> None:
        """Pass an event on."""
        ...

    def subscription(self) -> AbstractContextManager[Subscription]:
        """Open a subscription for a ``with`` block."""
        ...

    def progress(self, number: int) -> TicketProgress | None:
        """Return how far a ticket is; None if nothing is known of it."""
        ...


class Broadcast:
    """Passes events on inside one process; from any thread to any thread."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._progress: dict[int, TicketProgress] = {}
        self._lock = threading.Lock()

    def publish(self, event: QueueEvent) -> None:
        """Pass an event on."""
        with self._lock:
            if isinstance(event, TicketProgress):
                self._progress[event.number] = event
            elif isinstance(event, TicketChange) and event.ticket.state not in RUNNING:
                self._progress.pop(event.ticket.id, None)
            followers = tuple(self._subscriptions)
        for each in followers:
            each.put(event)

    def progress(self, number: int) -> TicketProgress | None:
        """Return how far a ticket is; None if nothing is known of it."""
        with self._lock:
            return self._progress.get(number)

    @contextmanager
    def subscription(self) -> Iterator[Subscription]:
        """Open a subscription for a ``with`` block."""
        subscription = Subscription()
        with self._lock:
            self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)


def rests(state: TicketState) -> bool:
    """Tell whether a state lasts until a person does something, or for ever."""
    return state not in WAITING
