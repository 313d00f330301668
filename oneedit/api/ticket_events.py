"""What happens to tickets as server-sent events, for whatever application mounts the routes.

The id of an event of one ticket is the revision of the ticket; that of an event of all tickets is
the position of the step. Whoever sends the last id that they have seen as ``Last-Event-ID`` misses
no step. Progress and estimates have no id: they hold until the next one. Comments keep idle
connections open.
"""

import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, sleep, to_thread
from fastapi import APIRouter, Depends, Header, Path
from fastapi.sse import EventSourceResponse, ServerSentEvent

from controller.actor import Actor
from oneedit.control.wire import END, dump_news
from oneedit.ledger.ticket import TicketStep
from oneedit.queue.events import TicketChange, TicketEvent, TicketNews, TicketProgress, number_of
from oneedit.queue.queue import POLL, EditQueue
from oneedit.queue.watch import TicketWatch

PERIOD = 0.1
"""Seconds between two looks at what was published."""

MOST_STEPS = 500
"""Steps of all tickets that are read at once."""

THREADS = 8
"""Threads that read the ledger for all streams together."""

MOST_NUMBER = 2**31 - 1
"""The largest number that every database keeps."""

LastEventId = Annotated[int, Header(ge=0, le=MOST_NUMBER)]
Read = TypeVar("Read")


def ticket_events(
    queue: EditQueue, stopping: threading.Event, who: Callable[..., Actor]
) -> APIRouter:
    """Return the routes ``/tickets/events`` and ``/tickets/{number}/events``.

    The stream of one ticket ends with an event "end" when nothing more can happen to it; all end
    when ``stopping`` is set. The application that includes the routes turns expected errors, such
    as ``UnknownTicket`` and ``NotPermitted``, into answers.

    Args:
        queue: where the tickets are.
        stopping: is set when the server ends.
        who: the dependency that finds out who asks.
    """
    router = APIRouter(tags=["tickets"])
    streams = TicketStreams(queue, stopping)

    async def watched(
        number: Annotated[int, Path(ge=1, le=MOST_NUMBER)],
        actor: Annotated[Actor, Depends(who)],
        last_event_id: LastEventId = 0,
    ) -> TicketWatch:
        await streams.read(partial(queue.get, actor, number))
        return TicketWatch(queue, actor, number, last_event_id)

    @router.get("/tickets/events", response_class=EventSourceResponse)
    async def events_of_all(
        actor: Annotated[Actor, Depends(who)], last_event_id: LastEventId = -1
    ) -> AsyncIterator[ServerSentEvent]:
        """Follow the steps of all tickets that one may see, by default those from now on."""
        async for event in streams.of_all(actor, last_event_id):
            yield event

    @router.get("/tickets/{number}/events", response_class=EventSourceResponse)
    async def events_of_one(
        watch: Annotated[TicketWatch, Depends(watched)],
    ) -> AsyncIterator[ServerSentEvent]:
        """Follow a ticket: by default all of its life."""
        async for event in streams.of_one(watch):
            yield event

    return router


@dataclass
class TicketStreams:
    """Reads the ledger and what is published for every stream of a server.

    Attributes:
        queue: where the tickets are.
        stopping: is set when the server ends.
    """

    queue: EditQueue
    stopping: threading.Event

    def __post_init__(self) -> None:
        self._limiter = CapacityLimiter(THREADS)

    async def read(self, look: Callable[[], Read]) -> Read:
        """Read the ledger in a thread."""
        return await to_thread.run_sync(look, limiter=self._limiter)

    async def of_one(self, watch: TicketWatch) -> AsyncIterator[ServerSentEvent]:
        """Yield what a watch finds, until nothing more can happen to its ticket."""
        async for events in self._published(watch.number):
            for news in await self.read(partial(_news, watch, events)):
                yield _sent(news, news.revision if isinstance(news, TicketStep) else None)
            if watch.ended:
                yield ServerSentEvent(event=END, data={"ticket": watch.number})
                return

    async def of_all(self, actor: Actor, after: int) -> AsyncIterator[ServerSentEvent]:
        """Yield the steps after a position of what an actor may see, and how far each is."""
        tickets, author = self.queue.tickets, "" if actor.reviews else actor.name
        seen: set[int] = set()
        last = await self.read(self.queue.tickets.last_position) if after < 0 else after
        async for events in self._published(None):
            look = partial(tickets.steps_after, last, author=author, limit=MOST_STEPS)
            for step in await self.read(look):
                last = step.position
                seen.add(step.ticket)
                yield _sent(step, step.position)
            for event in events:
                if isinstance(event, TicketProgress) and (not author or event.number in seen):
                    yield _sent(event, None)

    async def _published(self, number: int | None) -> AsyncIterator[list[TicketEvent]]:
        """Yield what is published, of one ticket or of all; at times nothing, to read the ledger.

        Changes that another process makes are found in the ledger only.
        """
        with self.queue.events.subscription() as subscription:
            looked = 0.0
            while not self.stopping.is_set():
                found = subscription.take_all()
                of_tickets = [e for e in found if isinstance(e, TicketChange | TicketProgress)]
                mine = [each for each in of_tickets if number in {None, number_of(each)}]
                now = time.monotonic()
                if mine or now - looked >= POLL:
                    looked = now
                    yield mine
                await sleep(PERIOD)


def _news(watch: TicketWatch, events: list[TicketEvent]) -> list[TicketNews]:
    return list(watch.news(events))


def _sent(news: TicketNews, place: int | None) -> ServerSentEvent:
    name, data = dump_news(news)
    return ServerSentEvent(event=name, data=data, id=None if place is None else str(place))
