"""What clients ask for themselves is never read; what people write always is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from interpreter.dialogue import EMPTY_DIALOGUE, Dialogue
from interpreter.intents import Intent
from interpreter.interpreter import Interpreter
from oneedit.api.completions.app import completions_app
from oneedit.api.completions.hidden_requests import (
    MARK,
    NOT_READ,
    HiddenTask,
    hidden_answer,
    hidden_task,
)
from oneedit.api.identity import Identity
from oneedit.wiring import Application
from tests.support.client_requests import HIDDEN, TOLD
from tests.support.fakes import LOCAL, application


class MustNotRead(Interpreter):
    """An interpreter that nothing may reach."""

    def __init__(self) -> None:
        pass

    def read(self, text: str, dialogue: Dialogue = EMPTY_DIALOGUE) -> Intent:
        raise AssertionError(f"read {text!r} after {dialogue}")


@pytest.fixture(scope="module")
def oneedit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = application(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(oneedit: Application) -> Iterator[TestClient]:
    service = replace(oneedit.service, interpreter=MustNotRead())
    deaf = replace(oneedit, queue=replace(oneedit.queue, service=service))
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, lambda: LOCAL)
    with TestClient(completions_app(deaf, identity)) as opened:
        yield opened


def ask(client: TestClient, messages: list[dict[str, str]], **headers: str) -> str:
    body: dict[str, Any] = {"model": "oneedit-edit", "messages": messages}
    answer = client.post("/chat/completions", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["oneedit"] is None
    return str(answer.json()["choices"][0]["message"]["content"])


@pytest.mark.parametrize("name", HIDDEN)
def test_a_request_of_a_client_itself_is_answered_without_being_read(
    name: str, client: TestClient, oneedit: Application
) -> None:
    assert len(ask(client, HIDDEN[name])) < 200
    assert oneedit.queue.find(LOCAL) == []
    assert oneedit.service.reviews.list(LOCAL).proposals == ()
    assert oneedit.ledger.head() == 0


@pytest.mark.parametrize(
    "mark", ["title_generation", "tags_generation", "follow_up_generation", "something_new"]
)
def test_a_marked_request_is_not_read_whatever_it_says(mark: str, client: TestClient) -> None:
    ask(client, [{"role": "user", "content": TOLD}], **{MARK: mark})


def test_titles_tags_and_follow_ups_have_the_form_that_open_webui_reads(client: TestClient) -> None:
    title = json.loads(ask(client, HIDDEN["Open WebUI, title"]))
    assert title == {"title": "Joe Biden's vice president is Mike"}
    assert json.loads(ask(client, HIDDEN["Open WebUI, tags"])) == {"tags": ["General"]}
    assert json.loads(ask(client, HIDDEN["Open WebUI, follow-ups"])) == {"follow_ups": []}
    assert json.loads(ask(client, HIDDEN["Open WebUI, searches"])) == {"queries": []}


def test_a_title_for_librechat_is_plain_text(client: TestClient) -> None:
    title = "Joe Biden's vice president is Mike"
    assert ask(client, HIDDEN["LibreChat, title as a completion"]) == title
    assert ask(client, HIDDEN["LibreChat, title"]) == title


def test_what_is_not_recognised_as_a_task_says_that_it_was_not_read(client: TestClient) -> None:
    assert ask(client, HIDDEN["any client that quotes"]) == NOT_READ


@pytest.mark.parametrize(
    "text",
    [
        TOLD,
        "Where was Joe Biden born?",
        "Generate a title for Joe Biden.",
        "User: where was Joe Biden born?",
        "Who is the assistant of Joe Biden?",
        "What can you tell me about the conversation between Joe Biden and Barack Obama?",
        "Is the title of Joe Biden's spouse first lady?",
    ],
)
def test_what_a_person_writes_is_no_hidden_request(text: str) -> None:
    assert hidden_task(text) is None


def test_instructions_of_an_administrator_may_quote_a_conversation() -> None:
    told = ["### Task: be brief.\nUser: Where was Joe Biden born?\nAssistant: Scranton"]
    assert hidden_task("Where was Joe Biden born?", told) is None
    assert hidden_task("", told) is HiddenTask.OTHER


def test_a_conversation_without_words_has_a_title_all_the_same() -> None:
    assert hidden_answer(HiddenTask.TITLE, "5-word-or-less title") == "Conversation"
