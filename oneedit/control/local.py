"""The adapter in this process, which owns the home itself: without the model as long as it can."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from controller.actor import Actor
from kg_data.book_changes import BookChange
from oneedit.control.client import TicketReport
from oneedit.control.commands import Order, Query, answer, enter, needs_model
from oneedit.control.local_imports import ImportThread
from oneedit.control.review_commands import ReviewCommand, take_step
from oneedit.errors import ModelNeeded
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.jobs.imports import Imports
from oneedit.jobs.runner import JobRunner
from oneedit.ledger.ticket import WAITING, Ticket, TicketFilter
from oneedit.ports import Progress
from oneedit.queue.events import TicketNews
from oneedit.queue.queue import POLL, EditQueue
from oneedit.queue.watch import TicketWatch
from oneedit.queue.worker import Worker
from oneedit.results import Result, ReviewOutcome

SOURCE = "cli"
"""Where the requests come from, as the ledger records it."""

Answered = TypeVar("Answered")


class Wired(Protocol):
    """An application that was wired around a model, or without one."""

    @property
    def queue(self) -> EditQueue:
        """Return the queue."""
        ...

    @property
    def worker(self) -> Worker:
        """Return what carries tickets out."""
        ...

    @property
    def imports(self) -> Imports:
        """Return the imports of the home."""
        ...

    @property
    def runner(self) -> JobRunner:
        """Return what carries runs out."""
        ...

    def close(self) -> None:
        """Close everything."""
        ...


class LocalClient:
    """Asks the application in this process; opens it when something is asked for.

    Args:
        open_reader: opens it without the model; returns None if there is no version yet.
        open_whole: opens it with the model.
        actor: in whose name everything is asked.
    """

    def __init__(
        self,
        open_reader: Callable[[], Wired | None],
        open_whole: Callable[[], Wired],
        actor: Actor,
    ) -> None:
        self._open_reader, self._open_whole, self._actor = open_reader, open_whole, actor
        self._reader: Wired | None = None
        self._application: Wired | None = None
        self._works = False
        self._import_thread: ImportThread | None = None

    @property
    def process(self) -> int:
        """Return the id of this process."""
        return os.getpid()

    def look_up(self, query: Query) -> Result | ReviewOutcome:
        """Return the answer to a query."""
        if needs_model(query):
            self._whole()
        return self._try(partial(_answer, self._actor, query))

    def enter(self, order: Order, *, key: str | None = None) -> Ticket | Result:
        """Ask for a change."""
        taken = enter(self._whole(), self._actor, order, key=key)
        if isinstance(taken, Ticket):
            self._work()
        return taken

    def redefine(self, change: BookChange) -> Result:
        """Change the relation book."""
        return self._try(partial(_redefined, self._actor, change))

    def review(self, command: ReviewCommand, progress: Progress | None = None) -> ReviewOutcome:
        """Take a step of a review."""
        if command.needs_model:
            self._whole()
        return self._try(partial(_step, self._actor, command, progress))

    def tickets(self, wanted: TicketFilter) -> list[Ticket]:
        """Return the tickets that are meant, the oldest first."""
        return self._try(partial(_found, self._actor, wanted))

    def report(self, number: int) -> TicketReport:
        """Return a ticket with its steps and its result."""
        return self._try(partial(report_of, self._actor, number))

    def agree(self, number: int) -> Ticket:
        """Agree to what a ticket waits for."""
        self.report(number)  # an unknown one is no reason to load the model
        agreed = self._whole().agree(self._actor, number)
        self._work()
        return agreed

    def cancel(self, number: int) -> Ticket:
        """Cancel a ticket."""
        return self._try(partial(_cancelled, self._actor, number))

    @contextmanager
    def follow(self, number: int, *, after: int = 0) -> Iterator[Iterator[TicketNews]]:
        """Open what happens to a ticket after a revision; this process carries it out."""
        waits = self.report(number).ticket.state in WAITING
        queue = self._whole() if waits else self._opened()
        if waits:
            self._work()
        yield self._news(queue, TicketWatch(queue, self._actor, number, after))

    def begin_import(self, order: ImportOrder) -> ImportReport:
        """Ask for an import; this process carries it out, with all that screens names."""
        application = self._wired()
        report = application.imports.begin(self._actor, order)
        if self._import_thread is None:
            self._import_thread = ImportThread(application.runner)
        self._import_thread.start(report.run.id)
        return report

    def import_report(self, number: int, *, after: int = 0) -> ImportReport:
        """Return where an import is."""
        if self._import_thread is not None:
            self._import_thread.check(number)
        return self._reads_imports().report(self._actor, number, after=after)

    def cancel_import(self, number: int) -> ImportReport:
        """End an import."""
        return self._reads_imports().cancel(self._actor, number)

    def close(self) -> None:
        """Close what was opened; what is being carried out is queued again."""
        if self._import_thread is not None:
            self._import_thread.close()
        for opened in (self._reader, self._application):
            if opened is not None:
                opened.close()
        self._reader = self._application = None

    def _news(self, queue: EditQueue, watch: TicketWatch) -> Iterator[TicketNews]:
        with queue.events.subscription() as subscription:
            yield from watch.news()
            while not watch.ended:
                event = subscription.get(POLL)
                events = [] if event is None else [event, *subscription.take_all()]
                yield from watch.news(events)

    def _try(self, ask: Callable[[EditQueue], Answered]) -> Answered:
        """Ask without the model; with it if it turns out to be needed."""
        try:
            return ask(self._opened())
        except ModelNeeded:
            return ask(self._whole())

    def _opened(self) -> EditQueue:
        """Return the queue of what is open, or of an application without the model."""
        if self._application is None and self._reader is None:
            self._reader = self._open_reader()
        if self._application is None and self._reader is not None:
            return replace(self._reader.queue, source=SOURCE)
        return self._whole()

    def _whole(self) -> EditQueue:
        return replace(self._wired().queue, source=SOURCE)

    def _wired(self) -> Wired:
        """Return the application with the model."""
        if self._application is None:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            self._application = self._open_whole()
        return self._application

    def _reads_imports(self) -> Imports:
        """Return the imports of what is open, or of an application without the model."""
        self._opened()
        found = self._application or self._reader or self._wired()
        return found.imports

    def _work(self) -> None:
        """Let a thread of this process carry out what is queued."""
        if not self._works and self._application is not None:
            self._application.worker.start()
            self._works = True


def report_of(actor: Actor, number: int, queue: EditQueue) -> TicketReport:
    """Return a ticket with its steps and its result.

    Raises:
        UnknownTicket: there is none of this number.
        NotPermitted: it is somebody else's.
    """
    ticket = queue.get(actor, number)
    return TicketReport(ticket, queue.tickets.steps(number), queue.result(actor, ticket))


def _answer(actor: Actor, query: Query, queue: EditQueue) -> Result | ReviewOutcome:
    return answer(queue.service, actor, query)


def _step(
    actor: Actor, command: ReviewCommand, progress: Progress | None, queue: EditQueue
) -> ReviewOutcome:
    reviews = replace(queue.service, source=SOURCE).reviews
    return take_step(reviews, actor, command, progress)


def _redefined(actor: Actor, change: BookChange, queue: EditQueue) -> Result:
    return replace(queue.service, source=SOURCE).redefine(actor, change)


def _found(actor: Actor, wanted: TicketFilter, queue: EditQueue) -> list[Ticket]:
    return queue.find(actor, wanted)


def _cancelled(actor: Actor, number: int, queue: EditQueue) -> Ticket:
    return queue.cancel(actor, number)
