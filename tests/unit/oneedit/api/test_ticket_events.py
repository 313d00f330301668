"""Server-sent events of tickets over HTTP: every step once, from wherever the follower was."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fastapi.routing
import httpx
import pytest

from oneedit.control.place import socket_of
from oneedit.control.wire import END, PREFIX, SentEvent, read_events
from oneedit.ledger.ticket import Ticket
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor, application
from tests.support.serving import serving

PENCE = "Joe Biden's vice president is Mike Pence."
OAKLAND = "Joe Biden was born in Oakland."
STRANGER = "Ada Quill was born in Paris."
ALL = "/tickets/events"


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def oneedit(tmp_path: Path, editor: FakeEditor) -> Iterator[Application]:
    made = application(tmp_path / "home", editor=editor)
    yield made
    made.close()


@pytest.fixture
def http(oneedit: Application) -> Iterator[httpx.Client]:
    with serving(oneedit), connected(oneedit) as client:
        yield client


def connected(oneedit: Application) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(socket_of(oneedit.home)))
    return httpx.Client(transport=transport, base_url=f"http://oneedit{PREFIX}", timeout=60)


@contextmanager
def stream(http: httpx.Client, path: str, after: int | None = None) -> Iterator[Iterator[str]]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with http.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield response.iter_lines()


def until_the_end(http: httpx.Client, number: int, after: int | None = None) -> list[SentEvent]:
    with stream(http, f"/tickets/{number}/events", after) as lines:
        return list(read_events(lines))


def entered(oneedit: Application, text: str) -> Ticket:
    ticket = oneedit.queue.submit(LOCAL, text)
    assert isinstance(ticket, Ticket)
    return ticket


def ids(events: list[SentEvent]) -> list[int]:
    return [int(each.id) for each in events if each.id]


def test_the_stream_of_a_ticket_has_all_of_its_life_and_ends(
    oneedit: Application, http: httpx.Client
) -> None:
    ticket = entered(oneedit, PENCE)
    oneedit.worker.start()
    events = until_the_end(http, ticket.id)
    assert [each.name for each in events if each.name != "progress"][-1] == END
    states = [json.loads(each.data)["state"] for each in events if each.name == "step"]
    assert states == ["reading", "queued", "solving", "checking", "applied"]
    assert ids(events) == [1, 2, 3, 4, 5]


def test_whoever_comes_back_with_the_last_id_misses_nothing(
    oneedit: Application, http: httpx.Client, editor: FakeEditor
) -> None:
    solved = threading.Event()
    editor.during_solve = lambda: solved.wait(60)
    ticket = entered(oneedit, PENCE)
    oneedit.worker.start()
    seen = []
    with stream(http, f"/tickets/{ticket.id}/events") as lines:  # and the connection is lost
        for event in read_events(lines):
            if event.id:
                seen.append(int(event.id))
            if event.name == "progress":
                break
    solved.set()
    oneedit.queue.wait(LOCAL, ticket.id, 60)
    later = ids(until_the_end(http, ticket.id, after=seen[-1]))
    assert seen + later == [1, 2, 3, 4, 5]


def test_all_tickets_are_one_stream_that_goes_on_where_it_was(
    oneedit: Application, http: httpx.Client
) -> None:
    oneedit.worker.start()
    first, second = entered(oneedit, PENCE), entered(oneedit, OAKLAND)
    oneedit.queue.wait(LOCAL, first.id, 60)
    oneedit.queue.wait(LOCAL, second.id, 60)
    last = oneedit.queue.tickets.last_position()
    whole = read_until(http, last, after=0)
    assert ids(whole) == list(range(1, last + 1))
    for seen in (1, last // 2, last - 1):
        assert ids(read_until(http, last, after=seen)) == list(range(seen + 1, last + 1))
    pairs = [(json.loads(each.data)["ticket"], json.loads(each.data)["revision"]) for each in whole]
    for number in (first.id, second.id):
        revisions = [revision for ticket, revision in pairs if ticket == number]
        assert revisions == list(range(1, len(revisions) + 1))


def read_until(http: httpx.Client, last: int, *, after: int) -> list[SentEvent]:
    """Return the steps of all tickets up to a position."""
    found = []
    with stream(http, ALL, after) as lines:
        for event in read_events(lines):
            if event.name == "step":
                found.append(event)
                if int(event.id) >= last:
                    break
    return found


def test_without_an_id_the_stream_of_all_tickets_begins_now(
    oneedit: Application, http: httpx.Client
) -> None:
    entered(oneedit, PENCE)
    before = oneedit.queue.tickets.last_position()
    with stream(http, ALL) as lines:
        told = threading.Timer(0.0, entered, (oneedit, STRANGER))
        told.start()
        first = next(event for event in read_events(lines) if event.name == "step")
        told.join(60)
    assert int(first.id) > before


def test_a_ticket_that_waits_says_when_its_turn_comes_and_a_quiet_stream_is_kept_alive(
    oneedit: Application, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    first, second = entered(oneedit, PENCE), entered(oneedit, OAKLAND)
    read: list[str] = []
    with stream(http, f"/tickets/{second.id}/events") as lines:
        for line in lines:
            read.append(line)
            if "event: waiting" in read and line.startswith(":"):
                break
    waiting = [event for event in read_events([*read, ""]) if event.name == "waiting"]
    told = json.loads(waiting[0].data)
    assert (told["number"], told["place"], told["worker"]) == (second.id, 0, None)
    assert waiting[0].id == ""
    assert first.id < second.id


def test_streams_end_with_the_server(oneedit: Application) -> None:
    ticket = entered(oneedit, STRANGER)
    with (
        serving(oneedit) as server,
        connected(oneedit) as http,
        stream(http, f"/tickets/{ticket.id}/events") as lines,
    ):
        events = read_events(lines)
        assert next(events).name == "step"
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert END not in [each.name for each in events]
        stopping.join(60)


def test_a_ticket_that_is_not_there_is_404_and_a_bad_id_422(http: httpx.Client) -> None:
    answer = http.get("/tickets/9/events")
    assert (answer.status_code, answer.json()["exit_code"]) == (404, 2)
    assert http.get("/tickets/0/events").status_code == 422
    assert http.get(ALL, headers={"Last-Event-ID": "x"}).status_code == 422
