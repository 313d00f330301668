"""The clients that people have, unchanged, against a live server."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import httpx2
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import SecretStr

from controller.actor import Role
from oneedit.ledger.credential import Scope
from oneedit.ledger.ticket import TicketFilter, TicketState
from tests.support.client_requests import HIDDEN
from tests.support.fakes import LOCAL
from tests.support.live import LiveServer, live

QUESTION = "Where was Joe Biden born?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live(tmp_path_factory.mktemp("clients") / "home") as serving:
        yield serving


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.address}/v1", api_key="none") as opened:
        yield opened


# ---------- the openai package ----------


def test_openai_lists_models(client: OpenAI) -> None:
    assert [each.id for each in client.models.list()] == ["oneedit", "oneedit-edit"]
    assert client.models.retrieve("oneedit").owned_by == "oneedit"
    with pytest.raises(openai.NotFoundError, match="there is no model"):
        client.models.retrieve("gpt-4o")


def test_openai_gets_an_answer_with_usage_and_our_result(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        model="oneedit", messages=[{"role": "user", "content": QUESTION}]
    )
    assert answer.choices[0].message.content == "Scranton"
    assert answer.usage is not None
    assert answer.usage.total_tokens == 7
    extra = answer.model_extra
    assert extra is not None
    assert extra["oneedit"]["outcome"]["value"]["expected"] == ["Scranton"]


def test_openai_streams_an_answer(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="oneedit",
            messages=[{"role": "user", "content": [{"type": "text", "text": QUESTION}]}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    *begun, last, used = chunks
    assert "".join(each.choices[0].delta.content or "" for each in begun) == "Scranton"
    assert last.choices[0].finish_reason == "stop"
    assert used.usage is not None
    assert used.usage.completion_tokens == 1


def test_openai_proposes_and_a_reviewer_decides(client: OpenAI, server: LiveServer) -> None:
    answer = client.chat.completions.create(
        model="oneedit-edit",
        messages=[{"role": "user", "content": "Joe Biden's vice president is Mike Pence."}],
    )
    extra = answer.model_extra
    assert extra is not None
    ticket = extra["oneedit"]["ticket"]
    assert ticket["state"] == "needs_review"
    assert server.oneedit.ledger.head() == 0
    server.oneedit.queue.approve(LOCAL, ticket["proposal"], revision=1)
    while server.oneedit.worker.carry_out_next():
        pass
    done = server.oneedit.queue.get(LOCAL, ticket["id"])
    assert (done.state, done.version) == (TicketState.APPLIED, 1)


@pytest.mark.parametrize("name", HIDDEN)
def test_openai_sends_what_chat_clients_want_for_themselves(
    name: str, client: OpenAI, server: LiveServer
) -> None:
    before = server.oneedit.queue.find(LOCAL)
    answer = client.chat.completions.create(
        model="oneedit-edit", messages=cast("list[ChatCompletionMessageParam]", HIDDEN[name])
    )
    assert answer.choices[0].message.content
    assert server.oneedit.queue.find(LOCAL) == before


def test_openai_raises_its_own_errors(client: OpenAI, server: LiveServer) -> None:
    with pytest.raises(openai.BadRequestError, match="only text can be read"):
        client.chat.completions.create(
            model="oneedit",
            messages=[
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "data:,"}}],
                }
            ],
        )
    with pytest.raises(openai.NotFoundError, match="use /v1/chat/completions"):
        client.responses.create(model="oneedit", input=QUESTION)
    unknown = client.with_options(api_key="oneedit_nonsense")
    with pytest.raises(openai.AuthenticationError, match="access token"):
        unknown.models.list()
    viewer = client.with_options(api_key=server.token("vi", Role.VIEWER))
    told: ChatCompletionMessageParam = {"role": "user", "content": "Joe Biden was born in Paris."}
    with pytest.raises(openai.PermissionDeniedError):
        viewer.chat.completions.create(model="oneedit-edit", messages=[told])
    with pytest.raises(openai.APIError, match="needs the role editor"):
        list(viewer.chat.completions.create(model="oneedit-edit", messages=[told], stream=True))


# ---------- the langchain-openai package ----------


def chat(server: LiveServer, model: str = "oneedit", key: str = "none") -> ChatOpenAI:
    return ChatOpenAI(
        model=model, base_url=f"{server.address}/v1", api_key=SecretStr(key), max_retries=0
    )


def test_langchain_openai_asks_and_streams(server: LiveServer) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage(QUESTION)]
    answer = chat(server).invoke(messages)
    assert answer.content == "Scranton"
    assert isinstance(answer, AIMessage)
    assert answer.usage_metadata is not None
    streamed = chat(server).stream(messages)
    assert "".join(str(each.content) for each in streamed) == "Scranton"


def test_langchain_openai_proposes_in_the_name_of_a_token(server: LiveServer) -> None:
    token = server.token("ada", Role.EDITOR, Scope.PROPOSE)
    answer = chat(server, "oneedit-edit", token).invoke("Barack Obama was born in Paris.")
    assert "waits for a reviewer" in str(answer.content)
    (ticket,) = server.oneedit.queue.find(LOCAL, TicketFilter(author="ada"))
    assert ticket.state is TicketState.NEEDS_REVIEW


# ---------- server-sent events ----------


def test_a_reader_of_events_follows_a_ticket_and_resumes(server: LiveServer) -> None:
    ticket = server.oneedit.queue.submit(LOCAL, "Donald Trump was born in Oakland.")
    number = getattr(ticket, "id", 0)
    while server.oneedit.worker.carry_out_next():
        pass
    seen = asyncio.run(events(server, number))
    states = [data["state"] for name, _, data in seen if name == "step"]
    assert states[-1] == "applied"
    assert seen[-1][0] == "end"
    first = next(place for name, place, _ in seen if name == "step")
    rest = asyncio.run(events(server, number, after=first))
    assert [data["state"] for name, _, data in rest if name == "step"] == states[1:]


async def events(
    server: LiveServer, number: int, *, after: str = "0"
) -> list[tuple[str, str, Any]]:
    address = f"{server.address}/api/v1/tickets/{number}/events"
    async with (
        httpx2.AsyncClient() as http,
        http.stream("GET", address, headers={"Last-Event-ID": after}) as response,
    ):
        return [(each.event, each.id, each.json()) async for each in httpx2.EventSource(response)]
