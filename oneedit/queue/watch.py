"""What is new about a ticket, for whoever follows it: on the command line, over HTTP, anywhere.

The steps come from the ledger, so that none is missed and a follower may go on where it was; how
far a ticket is, and when its turn comes, is said as long as it holds.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field

from controller.actor import Actor
from oneedit.ledger.lease import Lease
from oneedit.ledger.ticket import FINAL, RUNNING, Ticket, TicketState
from oneedit.ledger.tickets import WORKER
from oneedit.queue.events import QueueEvent, TicketNews, TicketProgress, TicketWaits
from oneedit.queue.queue import EditQueue

ESTIMATE_PERIOD = 2.0
"""Seconds between two estimates of when a ticket's turn comes."""

LATE = 30.0
"""Seconds to wait for the result of a ticket that is applied; its process may have ended."""


@dataclass
class TicketWatch:
    """Watches one ticket.

    Attributes:
        queue: where the ticket is.
        actor: who follows it.
        number: number of the ticket.
        after: the last revision that the follower knows.
    """

    queue: EditQueue
    actor: Actor
    number: int
    after: int = 0
    _: KW_ONLY
    _estimated: float = field(default=0.0, init=False)
    _applied: float = field(default=0.0, init=False)
    _progress: TicketProgress | None = field(default=None, init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to the ticket, and its result can be read."""
        return self._ended

    def news(self, events: Iterable[QueueEvent] = ()) -> Iterator[TicketNews]:
        """Yield what is new since the last call.

        Args:
            events: what was published since; without it only the ledger is read.

        Raises:
            UnknownTicket: there is none of this number.
            NotPermitted: it is somebody else's.
        """
        ticket = self.queue.get(self.actor, self.number)
        for step in self.queue.tickets.steps(self.number, after=self.after):
            self.after = step.revision
            yield step
        if ticket.state in RUNNING:
            yield from self._running(events)
        elif ticket.state is TicketState.QUEUED:
            yield from self._waiting(ticket)
        self._ended = ticket.state in FINAL and self._has_result(ticket)

    def _running(self, events: Iterable[QueueEvent]) -> Iterator[TicketProgress]:
        known = self.queue.events.progress(self.number)
        found = [each for each in events if isinstance(each, TicketProgress)]
        mine = [each for each in found if each.number == self.number]
        latest = mine[-1] if mine else known
        if latest is not None and latest != self._progress:
            self._progress = latest
            yield latest

    def _waiting(self, ticket: Ticket) -> Iterator[TicketWaits]:
        now = time.monotonic()
        if self._estimated and now - self._estimated < ESTIMATE_PERIOD:
            return
        self._estimated = now
        estimate = self.queue.estimate(self.actor, ticket)
        worker = Lease.process_with(self.queue.tickets.ledger, WORKER)
        yield TicketWaits(self.number, estimate.place, estimate.seconds, worker)

    def _has_result(self, ticket: Ticket) -> bool:
        if ticket.version is None or ticket.outcome:
            return True
        self._applied = self._applied or time.monotonic()
        return time.monotonic() - self._applied > LATE
