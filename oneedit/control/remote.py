"""The adapter that sends everything over the socket to the server that owns the home."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from kg_data.book_changes import BookChange
from oneedit.control import wire
from oneedit.control.client import TicketReport
from oneedit.control.commands import Order, Query, ReviewQuery, ReviewsQuery, dump_command
from oneedit.control.place import listening
from oneedit.control.review_commands import ReviewCommand, dump_step
from oneedit.errors import ServerEnded, ServerRefused, ServerSilent
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.ticket import Ticket, TicketFilter
from oneedit.outcomes import load_result, load_review
from oneedit.ports import Progress
from oneedit.queue.events import TicketNews
from oneedit.results import Result, ReviewOutcome

GREETING_SECONDS = 10.0
"""Seconds within which a server says who it is."""

SILENCE_SECONDS = 60.0
"""Seconds without an event or a heartbeat after which a server is taken for dead."""

_NO_LIMIT = httpx.Timeout(None)


class RemoteClient:
    """Asks the server of a home.

    Args:
        home: the home.
        http: sends requests over its socket.
        process: id of the server's process.
    """

    def __init__(self, home: Path, http: httpx.Client, process: int) -> None:
        self._home, self._http, self.process = home, http, process

    @classmethod
    def connect(cls, home: Path, user: str = "") -> "RemoteClient | None":
        """Return a client of the server that owns a home; None if there is no server.

        Args:
            home: the home.
            user: name of who asks; the local user if empty.

        Raises:
            ServerSilent: a server is there, but does not answer as it should.
        """
        path = listening(home)
        if path is None:
            return None
        http = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(path)),
            base_url=f"http://oneedit{wire.PREFIX}",
            headers={wire.USER: quote(user)} if user else {},
            timeout=_NO_LIMIT,
        )
        try:
            return cls(home, http, _greet(home, http))
        except BaseException:
            http.close()
            raise

    def look_up(self, query: Query) -> Result | ReviewOutcome:
        """Return the answer to a query."""
        answered = self._post("/queries", dump_command(query))["result"]
        review = isinstance(query, ReviewsQuery | ReviewQuery)
        return load_review(answered) if review else load_result(answered)

    def enter(self, order: Order, *, key: str | None = None) -> Ticket | Result:
        """Ask for a change."""
        answered = self._post("/orders", dump_command(order) | {"key": key})
        if answered["ticket"] is not None:
            return wire.load_ticket(answered["ticket"])
        return load_result(answered["result"])

    def redefine(self, change: BookChange) -> Result:
        """Change the relation book."""
        body = wire.CHANGE.dump_python(change, mode="json")
        return load_result(self._post("/relations", body)["result"])

    def review(self, command: ReviewCommand, progress: Progress | None = None) -> ReviewOutcome:
        """Take a step of a review."""
        del progress
        return load_review(self._post("/reviews", dump_step(command))["result"])

    def tickets(self, wanted: TicketFilter) -> list[Ticket]:
        """Return the tickets that are meant, the oldest first."""
        found = self._post("/tickets", wire.FILTER.dump_python(wanted, mode="json"))["tickets"]
        return [wire.load_ticket(each) for each in found]

    def report(self, number: int) -> TicketReport:
        """Return a ticket with its steps and its result."""
        return wire.load_report(self._answer(self._http.build_request("GET", f"/tickets/{number}")))

    def agree(self, number: int) -> Ticket:
        """Agree to what a ticket waits for."""
        return wire.load_ticket(self._post(f"/tickets/{number}/agree", {})["ticket"])

    def cancel(self, number: int) -> Ticket:
        """Cancel a ticket."""
        return wire.load_ticket(self._post(f"/tickets/{number}/cancel", {})["ticket"])

    @contextmanager
    def follow(self, number: int, *, after: int = 0) -> Iterator[Iterator[TicketNews]]:
        """Open what happens to a ticket after a revision, until nothing more can happen."""
        try:
            with self._http.stream(
                "GET",
                f"/tickets/{number}/events",
                headers={"last-event-id": str(after)},
                timeout=httpx.Timeout(None, read=SILENCE_SECONDS),
            ) as response:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                yield self._news(number, response)
        except httpx.ReadTimeout as error:
            raise ServerSilent(self._home, "it has become silent") from error
        except httpx.TransportError as error:
            raise ServerEnded(number) from error

    def begin_import(self, order: ImportOrder) -> ImportReport:
        """Ask for an import; the server carries it out."""
        body = wire.IMPORT_ORDER.dump_python(order, mode="json")
        return wire.load_import(self._post("/imports", body))

    def import_report(self, number: int, *, after: int = 0) -> ImportReport:
        """Return where an import is."""
        asked = self._http.build_request("GET", f"/imports/{number}", params={"after": after})
        return wire.load_import(self._answer(asked))

    def cancel_import(self, number: int) -> ImportReport:
        """End an import."""
        return wire.load_import(self._post(f"/imports/{number}/cancel", {}))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _news(self, number: int, response: httpx.Response) -> Iterator[TicketNews]:
        """Yield news until the server says that it was the last.

        Raises:
            ServerEnded: the stream ended before.
        """
        for event in wire.read_events(response.iter_lines()):
            if event.name == wire.END:
                return
            news = wire.load_news(event.name, event.data)
            if news is not None:
                yield news
        raise ServerEnded(number)

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return self._answer(self._http.build_request("POST", path, json=body))

    def _answer(self, request: httpx.Request) -> dict[str, Any]:
        """Return what the server answers.

        Raises:
            ServerRefused: it refuses the request.
            ServerEnded: it has ended meanwhile.
        """
        try:
            response = self._http.send(request)
        except httpx.TransportError as error:
            raise ServerEnded from error
        if response.is_error:
            raise _refusal(response)
        answered: dict[str, Any] = response.json()
        return answered


def _greet(home: Path, http: httpx.Client) -> int:
    """Check that a server speaks this protocol, and return the id of its process.

    Raises:
        ServerSilent: it does not, or not in time.
    """
    try:
        response = http.get("/greeting", timeout=GREETING_SECONDS)
    except httpx.TimeoutException as error:
        raise ServerSilent(home, f"no answer within {GREETING_SECONDS:.0f} seconds") from error
    except httpx.TransportError as error:
        raise ServerSilent(home, str(error) or type(error).__name__) from error
    try:
        return int(response.raise_for_status().json()["process"])
    except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
        raise ServerSilent(home, "it is another version of OneEdit") from error


def _refusal(response: httpx.Response) -> ServerRefused:
    """Return the error that a server has answered with."""
    try:
        body = response.json()
        message, exit_code = str(body["error"]), int(body["exit_code"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        message, exit_code = f"the server answers {response.status_code}", 1
    return ServerRefused(message, exit_code=exit_code, http_status=response.status_code)
