"""Log lines: one event is one line, whatever users write."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from oneedit.api.logs import LogForm, written_logs
from oneedit.api.middleware import RequestIds
from oneedit.errors import NoAccounts

FORGED = "Paris\n2026-01-01 ERROR \x1b[31mforged\u2028\u202etxet\x9b"


class Written:
    """What is logged inside a test."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def text() -> Iterator[Written]:
    written = Written()
    with written_logs(LogForm.TEXT, written.stream):
        yield written


@pytest.fixture
def as_json() -> Iterator[Written]:
    written = Written()
    with written_logs(LogForm.JSON, written.stream):
        yield written


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Log the path that was asked for."""
    logging.getLogger("oneedit.test").warning("asked for %s", scope["path"])
    status = 404 if scope["path"] == "/readyz" else 200
    await PlainTextResponse("", status_code=status)(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(RequestIds(answer))


def test_nothing_is_written_once_the_server_has_ended() -> None:
    written = Written()
    before = logging.getLogger().handlers[:]
    with pytest.raises(NoAccounts), written_logs(LogForm.TEXT, written.stream):
        raise NoAccounts("http://127.0.0.1:8080")
    logging.getLogger("oneedit.test").warning("nobody reads this")
    assert written.lines == []
    assert logging.getLogger().handlers == before


def test_what_users_write_breaks_no_line(text: Written, as_json: Written) -> None:
    logging.getLogger("oneedit.test").warning("read %s", FORGED, extra={"fields": {"who": FORGED}})
    (line,) = text.lines
    assert "\x1b" not in line
    assert "\u2028" not in line
    assert "read Paris\\n2026-01-01 ERROR \\x1b[31mforged\\u2028\\u202etxet\\x9b who=Paris" in line
    (line,) = as_json.lines
    assert line.isascii()
    assert json.loads(line)["who"] == FORGED


def test_a_traceback_stays_apart_from_other_lines(text: Written, as_json: Written) -> None:
    try:
        int(FORGED)
    except ValueError:
        logging.getLogger("oneedit.test").exception("it failed")
    first, *trace = text.lines
    assert first.endswith("ERROR oneedit.test it failed")
    assert all(line.startswith("  | ") for line in trace)
    (line,) = as_json.lines
    assert json.loads(line)["trace"].startswith("Traceback")


def test_lines_of_a_request_carry_its_id(client: TestClient, as_json: Written) -> None:
    name = client.get("/a%0Ab").headers["x-request-id"]
    asked, answered = map(json.loads, as_json.lines)
    assert asked["message"] == "asked for /a\nb"
    assert asked["request"] == answered["request"] == name
    assert (answered["method"], answered["path"], answered["status"]) == ("GET", "/a\nb", 200)
    assert answered["milliseconds"] >= 0


def test_the_access_log_is_a_line_for_people_as_well(client: TestClient, text: Written) -> None:
    client.get("/a%0Ab")
    assert "oneedit.access request request=" in text.lines[-1]
    assert "method=GET path=/a\\nb status=200" in text.lines[-1]


def test_monitors_are_logged_only_where_they_fail(client: TestClient, as_json: Written) -> None:
    client.get("/healthz")
    client.get("/readyz")
    paths = [json.loads(line).get("path") for line in as_json.lines]
    assert [path for path in paths if path] == ["/readyz"]


def test_a_line_outside_of_requests_has_no_id(as_json: Written) -> None:
    async def log() -> None:
        logging.getLogger("oneedit.test").info("begun")

    asyncio.run(log())
    (line,) = as_json.lines
    assert json.loads(line).keys() == {"time", "level", "logger", "message"}


def test_libraries_tell_warnings_only(text: Written) -> None:
    logging.getLogger("somelibrary").info("noise")
    logging.getLogger("somelibrary").warning("trouble")
    assert [line.split(" ", 2)[2] for line in text.lines] == ["somelibrary trouble"]
