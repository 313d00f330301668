"""The chat model and the tools for langchain, against a live server."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessageChunk, BaseMessageChunk, HumanMessage, SystemMessage
from langchain_core.tools import BaseTool
from pydantic import SecretStr

from controller.actor import Role
from oneedit.errors import ServerRefused
from oneedit.langchain import ChatOneEdit, OneEditTools
from oneedit.ledger.credential import Scope
from tests.support.fakes import LOCAL
from tests.support.live import LiveServer, live
from tests.support.web import PENCE

QUESTION = [SystemMessage("Be brief."), HumanMessage("Where was Joe Biden born?")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("langchain") / "home") as serving:
        yield serving


@pytest.fixture(scope="module")
def viewer(server: LiveServer) -> SecretStr:
    return SecretStr(server.token("vi", Role.VIEWER, Scope.READ))


def use(tools: list[BaseTool], name: str, **arguments: object) -> Any:
    """Return what a tool answers."""
    tool = next(each for each in tools if each.name == name)
    return json.loads(tool.invoke(arguments))


def joined(chunks: list[Any]) -> BaseMessageChunk:
    whole: BaseMessageChunk = AIMessageChunk(content="")
    for each in chunks:
        whole += each
    return whole


def test_the_chat_model_answers_with_the_result_and_its_length(server: LiveServer) -> None:
    answer = ChatOneEdit(base_url=server.address).invoke(QUESTION)
    assert answer.content == "Scranton"
    assert answer.response_metadata["oneedit"]["outcome"]["value"]["agrees"] is True
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 1


def test_the_chat_model_streams(server: LiveServer) -> None:
    model = ChatOneEdit(base_url=server.address, model="oneedit-edit")
    chunks = list(model.stream(PENCE))
    whole = joined(chunks)
    assert len(chunks) > 3
    assert str(whole.content).startswith("Proposal 1 waits for a reviewer.\n- Joe Biden")
    assert whole.response_metadata["oneedit"]["ticket"]["state"] == "needs_review"
    assert server.oneedit.ledger.head() == 0


def test_the_chat_model_answers_and_streams_without_blocking(server: LiveServer) -> None:
    model = ChatOneEdit(base_url=server.address)

    async def both() -> tuple[object, object]:
        answer = await model.ainvoke(QUESTION)
        return answer.content, joined([each async for each in model.astream(QUESTION)]).content

    assert asyncio.run(both()) == ("Scranton", "Scranton")


def test_a_refusal_is_an_error_that_says_why(server: LiveServer, viewer: SecretStr) -> None:
    model = ChatOneEdit(base_url=server.address, model="oneedit-edit", api_key=viewer)
    with pytest.raises(ServerRefused, match="needs the role editor"):
        model.invoke(PENCE)
    with pytest.raises(ServerRefused, match="needs the role editor"):
        list(model.stream(PENCE))
    with pytest.raises(ServerRefused, match="no model 'other'"):
        list(ChatOneEdit(base_url=server.address, model="other").stream(QUESTION))
    with pytest.raises(httpx.TransportError):
        ChatOneEdit(base_url="http://127.0.0.1:9").invoke(QUESTION)


def test_the_tools_work_and_say_what_was_refused(server: LiveServer, viewer: SecretStr) -> None:
    tools = OneEditTools(base_url=server.address).get_tools()
    reading = OneEditTools(base_url=server.address, api_key=viewer).get_tools()
    assert all(each.description for each in tools)
    assert use(tools, "ask", question="Where was Joe Biden born?")["answer"] == "Scranton"
    assert use(tools, "search", text="Joe Bid")["found"][0]["entity"]["id"] == "Joe Biden"
    assert use(tools, "preview_edit", message=PENCE)["verdict"] == "apply"
    (fact,) = use(tools, "get_facts", subject="France")["items"]
    assert fact["fact"]["object"] == "Paris"
    assert use(tools, "history")["items"][-1]["version"] == 0
    told = use(tools, "propose_edit", message="Barack Obama was born in Paris.")
    assert told["state"] == "needs_review"
    assert use(tools, "propose_edit", message="undo 1")["code"] == "not_an_edit"
    assert use(tools, "history", entity="Nobody Atall")["code"] == "unknown_entity"
    assert use(tools, "undo", version=7)["state"] == "refused"
    refused = use(reading, "propose_edit", message=PENCE)
    assert refused["code"] == "not_permitted"
    assert server.oneedit.ledger.head() == 0
    assert {each.author.name for each in server.oneedit.queue.find(LOCAL)} == {"me"}
