"""The port: what the command line may ask, whoever owns the home."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from kg_data.book_changes import BookChange
from oneedit.control.commands import Order, Query
from oneedit.control.review_commands import ReviewCommand
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.ticket import Ticket, TicketFilter, TicketStep
from oneedit.ports import Progress
from oneedit.queue.events import TicketNews
from oneedit.results import Result, ReviewOutcome


@dataclass(frozen=True, slots=True)
class TicketReport:
    """A ticket with all that is known of it.

    Attributes:
        ticket: the ticket.
        steps: every step of its life.
        result: what came of it; None while it waits, and if it was cancelled or has failed.
    """

    ticket: Ticket
    steps: tuple[TicketStep, ...]
    result: Result | None


class Client(Protocol):
    """Asks in one person's name. Every method may raise an ``ExpectedError``.

    ``UnknownTicket``, ``NotPermitted`` and other errors of the owner come as they are, or as a
    ``ServerRefused`` with the same words and exit code.
    """

    @property
    def process(self) -> int:
        """Return the id of the process that answers."""
        ...

    def look_up(self, query: Query) -> Result | ReviewOutcome:
        """Return the answer to a query."""
        ...

    def enter(self, order: Order, *, key: str | None = None) -> Ticket | Result:
        """Ask for a change; return its ticket, or the answer if there is nothing to change.

        The same key with the same order makes one ticket.
        """
        ...

    def redefine(self, change: BookChange) -> Result:
        """Change the relation book; it needs no model, and does not wait in the queue."""
        ...

    def review(self, command: ReviewCommand, progress: Progress | None = None) -> ReviewOutcome:
        """Take a step of a review; ``progress`` is called where this process carries it out."""
        ...

    def tickets(self, wanted: TicketFilter) -> list[Ticket]:
        """Return the tickets that are meant, the oldest first."""
        ...

    def report(self, number: int) -> TicketReport:
        """Return a ticket with its steps and its result."""
        ...

    def agree(self, number: int) -> Ticket:
        """Agree to what a ticket waits for."""
        ...

    def cancel(self, number: int) -> Ticket:
        """Cancel a ticket."""
        ...

    def follow(
        self, number: int, *, after: int = 0
    ) -> AbstractContextManager[Iterator[TicketNews]]:
        """Open what happens to a ticket after a revision, until nothing more can happen.

        Raises:
            ServerEnded: the server ended; the ticket is kept.
        """
        ...

    def begin_import(self, order: ImportOrder) -> ImportReport:
        """Ask for an import, or for the same one that is not over; the owner carries it out."""
        ...

    def import_report(self, number: int, *, after: int = 0) -> ImportReport:
        """Return where an import is, with the lines of its log after one."""
        ...

    def cancel_import(self, number: int) -> ImportReport:
        """End an import; what it has added stays."""
        ...

    def close(self) -> None:
        """Give back what was opened."""
        ...
