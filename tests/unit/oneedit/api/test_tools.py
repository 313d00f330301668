"""The tools for language models, called by the official client against a live server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent, Tool

from controller.actor import Role
from oneedit.ledger.credential import Scope
from oneedit.ledger.ticket import TicketFilter, TicketState
from tests.support.fakes import LOCAL
from tests.support.live import LiveServer, live
from tests.support.stories import tell
from tests.support.web import PENCE

READING = {"ask", "preview_edit", "history", "search", "get_facts"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("tools") / "home") as serving:
        tell(serving.oneedit, "Barack Obama was born in Oakland.")
        yield serving


async def _tools(server: LiveServer, mode: Any) -> list[Tool]:
    async with Client(f"{server.address}/mcp", mode=mode) as client:
        return (await client.list_tools()).tools


async def _call(
    server: LiveServer, token: str, name: str, arguments: dict[str, Any]
) -> CallToolResult:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(f"{server.address}/mcp", http_client=http)) as client,
    ):
        return await client.call_tool(name, arguments)


def call(server: LiveServer, name: str, token: str = "", **arguments: object) -> tuple[bool, str]:
    """Return whether a call worked, and its words."""
    result = asyncio.run(_call(server, token, name, arguments))
    if not result.is_error:
        assert result.structured_content is not None
        return True, str(result.structured_content["text"])
    (part,) = result.content
    assert isinstance(part, TextContent)
    return False, part.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_say_which_of_them_change_something(server: LiveServer, mode: str) -> None:
    found = {each.name: each for each in asyncio.run(_tools(server, mode))}
    assert found.keys() == READING | {"propose_edit", "undo"}
    hints = {name: each.annotations for name, each in found.items()}
    assert {name for name, each in hints.items() if each and each.read_only_hint} == READING
    assert {name for name, each in hints.items() if each and each.destructive_hint} == {"undo"}
    assert all(each.description for each in found.values())
    assert "calling" not in str(found["ask"].input_schema)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {"question": "Where was Joe Biden born?"}, "Scranton"),
        ("preview_edit", {"message": PENCE}, "This would be applied:\n- Joe Biden"),
        ("history", {}, "version 1, add, by me: Barack Obama was born in Oakland."),
        ("history", {"entity": "Barack Obama"}, "History of Barack Obama"),
        ("search", {"text": "Bide"}, "Joe Biden (person)"),
        ("search", {"text": "zzzzzz"}, "No name fits."),
        ("get_facts", {"subject": "France"}, "France - capital - Paris"),
        ("get_facts", {"subject": "Barack Obama", "relation": "place_of_birth", "as_of": 0}, "no"),
        ("get_facts", {"limit": 1}, "There are more."),
    ],
)
def test_tools_that_read(
    name: str, arguments: dict[str, Any], said: str, server: LiveServer
) -> None:
    worked, text = call(server, name, **arguments)
    assert worked
    assert said in text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {"question": PENCE}, "I expected a question"),
        ("preview_edit", {"message": "Where was Joe Biden born?"}, "I expected an edit"),
        ("propose_edit", {"message": "Where was Joe Biden born?"}, "This proposes no edit."),
        ("propose_edit", {"message": "undo 1"}, "This proposes no edit."),
        ("history", {"entity": "Nobody Atall"}, "Nobody Atall"),
        ("get_facts", {"as_of": 99}, "99"),
        ("get_facts", {"limit": 0}, "limit"),
        ("ask", {}, "question"),
    ],
)
def test_what_a_tool_cannot_do_is_said_to_the_model(
    name: str, arguments: dict[str, Any], said: str, server: LiveServer
) -> None:
    worked, text = call(server, name, **arguments)
    assert not worked
    assert said in text
    assert server.oneedit.ledger.head() == 1


def test_what_a_model_tells_becomes_a_proposal_of_its_account(server: LiveServer) -> None:
    token = server.token("ada", Role.EDITOR, Scope.PROPOSE)
    worked, text = call(server, "propose_edit", token, message=PENCE)
    assert worked
    assert text.splitlines()[1] == "- Joe Biden - vice president: Kamala Harris → Mike Pence"
    (ticket,) = server.oneedit.queue.find(LOCAL, TicketFilter(author="ada"))
    assert (ticket.state, ticket.source) == (TicketState.NEEDS_REVIEW, "mcp")
    worked, text = call(server, "undo", token, version=1)
    assert worked
    assert "needs review" in text  # the edit is somebody else's


def test_a_token_is_limited_to_its_scope(server: LiveServer) -> None:
    token = server.token("rae", Role.ADMIN, Scope.READ)
    assert call(server, "ask", token, question="Where was Joe Biden born?") == (True, "Scranton")
    for name, arguments in (("propose_edit", {"message": PENCE}), ("undo", {"version": 1})):
        worked, text = call(server, name, token, **arguments)
        assert not worked
        assert "needs the role editor" in text


def test_an_unknown_token_is_refused_before_any_tool(server: LiveServer) -> None:
    answer = httpx.post(f"{server.address}/mcp", headers={"Authorization": "Bearer oneedit_x"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not_signed_in"


def test_there_are_no_sessions_to_get_or_delete(server: LiveServer) -> None:
    assert httpx.get(f"{server.address}/mcp").status_code == 405
    assert httpx.delete(f"{server.address}/mcp").status_code == 405
