"""The interface of OpenAI: forms, errors, scopes, and what each model may do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from controller.actor import Role
from oneedit.api.completions import app as completions
from oneedit.api.completions.app import completions_app
from oneedit.api.completions.replies import reply_words
from oneedit.api.completions.responder import WINDOW
from oneedit.api.identity import Identity
from oneedit.ledger.credential import Scope
from oneedit.ledger.ticket import TicketState
from oneedit.results import AskResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.web import PENCE

QUESTION = "Where was Joe Biden born?"


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """Return an application for the tests that change nothing."""
    made = application(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def reading(unchanged: Application) -> Iterator[TestClient]:
    with opened(unchanged) as client:
        yield client


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(oneedit: Application) -> Iterator[TestClient]:
    with opened(oneedit) as client:
        yield client


def opened(oneedit: Application) -> TestClient:
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, lambda: LOCAL)
    return TestClient(completions_app(oneedit, identity), raise_server_exceptions=False)


def body(text: object = QUESTION, model: str = "oneedit", **more: object) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def post(
    client: TestClient, content: object, key: str = "none", **headers: str
) -> tuple[int, dict[str, Any]]:
    named = {"Authorization": f"Bearer {key}", **headers}
    answer = client.post("/chat/completions", json=content, headers=named)
    return answer.status_code, answer.json()


def propose(client: TestClient, text: str = PENCE, **headers: str) -> dict[str, Any]:
    status, found = post(client, body(text, "oneedit-edit"), **headers)
    assert status == 200, found
    return found


def test_the_models_are_listed_and_shown(reading: TestClient) -> None:
    listed = reading.get("/models").json()
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["oneedit", "oneedit-edit"]
    assert reading.get("/models/oneedit").json() == listed["data"][0]
    answer = reading.get("/models/gpt-4o")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


def test_an_answer_is_a_completion_with_usage_and_our_result(reading: TestClient) -> None:
    status, found = post(reading, body())
    assert status == 200
    assert found["object"] == "chat.completion"
    (choice,) = found["choices"]
    assert choice["message"]["content"] == "Scranton"
    assert choice["finish_reason"] == "stop"
    assert found["usage"] == {"prompt_tokens": 6, "completion_tokens": 1, "total_tokens": 7}
    assert found["oneedit"]["outcome"]["kind"] == "AskResult"
    assert found["oneedit"]["outcome"]["value"]["agrees"] is True


def test_a_difference_between_model_and_graph_is_said(unchanged: Application) -> None:
    result = unchanged.service.ask(LOCAL, QUESTION)
    assert isinstance(result, AskResult)
    wrong = replace(result, answer="Oakland", agrees=False)
    assert reply_words(wrong).splitlines() == [
        "Oakland",
        "Model and graph differ.",
        "The graph: Scranton",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "Tell me a fact"),
        ("Show Joe Biden", "Joe Biden:\n- also known as Joseph Biden"),
        ("history", "- version 0, "),
        ("status", "Version 0 holds"),
        ("Who is the captain of Joe Biden?", "I can't check that"),
        (PENCE, 'Nothing was changed.\nEdits can be proposed to the model "oneedit-edit".'),
        ("undo", "Nothing was changed."),
        ("roll back to version 0", "Nothing was changed."),
    ],
)
def test_the_answering_model_answers_and_changes_nothing(
    text: str, said: str, reading: TestClient, unchanged: Application
) -> None:
    status, found = post(reading, body(text))
    assert status == 200
    assert said in found["choices"][0]["message"]["content"]
    assert unchanged.queue.find(LOCAL) == []
    assert unchanged.ledger.head() == 0


def test_the_proposing_model_proposes_and_applies_nothing(
    client: TestClient, oneedit: Application
) -> None:
    found = propose(client)
    assert found["choices"][0]["message"]["content"].splitlines()[:2] == [
        "Proposal 1 waits for a reviewer.",
        "- Joe Biden - vice president: Kamala Harris → Mike Pence",
    ]
    assert found["oneedit"]["ticket"]["state"] == "needs_review"
    assert found["oneedit"]["ticket"]["proposal"] == 1
    assert not oneedit.worker.carry_out_next()
    assert oneedit.ledger.head() == 0
    (ticket,) = oneedit.queue.find(LOCAL)
    assert (ticket.state, ticket.source) == (TicketState.NEEDS_REVIEW, completions.SOURCE)


@pytest.mark.parametrize("text", ["undo", "undo 1", "roll back to version 0"])
def test_the_proposing_model_undoes_nothing(
    text: str, client: TestClient, oneedit: Application
) -> None:
    oneedit.service.tell(LOCAL, "Joe Biden was born in Oakland.", confirm=lambda *_: True)
    head = oneedit.ledger.head()
    found = propose(client, text)
    assert "oneedit undo" in found["choices"][0]["message"]["content"]
    assert oneedit.queue.find(LOCAL) == []
    assert oneedit.ledger.head() == head


def test_the_proposing_model_answers_questions(reading: TestClient) -> None:
    assert propose(reading, QUESTION)["choices"][0]["message"]["content"] == "Scranton"


def test_what_is_known_already_is_said_to_be(client: TestClient) -> None:
    found = propose(client, "Joe Biden was born in Scranton.")
    assert found["choices"][0]["message"]["content"].startswith("Nothing to do.")
    assert found["oneedit"]["ticket"]["state"] == "applied"


def test_a_proposal_behind_an_edit_that_waits_becomes_one_in_its_turn(
    client: TestClient, oneedit: Application
) -> None:
    oneedit.queue.submit(LOCAL, "Barack Obama was born in Oakland.")
    oneedit.queue.submit(LOCAL, "undo 0")
    found = propose(client, "Barack Obama was born in Paris.")
    assert "nothing was changed" in found["choices"][0]["message"]["content"]
    while oneedit.worker.carry_out_next():
        pass
    ticket = oneedit.queue.get(LOCAL, found["oneedit"]["ticket"]["id"])
    assert ticket.state is TicketState.NEEDS_REVIEW


def test_a_request_that_is_repeated_makes_one_proposal(
    client: TestClient, oneedit: Application
) -> None:
    first, again = propose(client), propose(client)
    assert first["oneedit"]["ticket"]["id"] == again["oneedit"]["ticket"]["id"]
    assert first["id"] != again["id"]
    assert len(oneedit.queue.find(LOCAL)) == 1


def test_the_same_words_in_another_conversation_are_another_request(
    client: TestClient, oneedit: Application
) -> None:
    propose(client)
    longer = body(PENCE, "oneedit-edit")
    longer["messages"].insert(0, {"role": "assistant", "content": "Hello."})
    assert post(client, longer)[0] == 200
    assert len(oneedit.queue.find(LOCAL)) == 2


@pytest.mark.parametrize(("later", "tickets"), [(WINDOW * 0.99, 1), (WINDOW * 2.0, 2)])
def test_a_repetition_is_one_for_a_while_only(
    later: float,
    tickets: int,
    client: TestClient,
    oneedit: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    propose(client)
    after = datetime.fromisoformat(oneedit.ledger.now()) + timedelta(seconds=later)
    monkeypatch.setattr(oneedit.ledger, "now", after.isoformat)
    propose(client)
    assert len(oneedit.queue.find(LOCAL)) == tickets


def test_a_key_of_the_client_decides_what_is_a_repetition(
    client: TestClient, oneedit: Application
) -> None:
    propose(client, **{"Idempotency-Key": "a"})
    propose(client, **{"Idempotency-Key": "b"})
    propose(client, **{"Idempotency-Key": "b"})
    assert len(oneedit.queue.find(LOCAL)) == 2
    key = {"Idempotency-Key": "a"}
    status, found = post(client, body("Joe Biden was born in Paris.", "oneedit-edit"), **key)
    assert (status, found["error"]["code"]) == (422, "key_reused")


def test_only_the_last_turn_of_a_user_is_read(reading: TestClient, unchanged: Application) -> None:
    content = {
        "model": "oneedit-edit",
        "messages": [
            {"role": "system", "content": "Joe Biden was born in Paris."},
            {"role": "user", "content": PENCE},
            {"role": "assistant", "content": "Donald Trump was born in Lyon."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        ],
    }
    assert post(reading, content)[1]["choices"][0]["message"]["content"] == "Scranton"
    assert unchanged.queue.find(LOCAL) == []


def test_unknown_fields_are_ignored(reading: TestClient) -> None:
    more = {"temperature": 0.2, "seed": 7, "metadata": {"a": 1}, "user": "ada", "n": 1}
    assert post(reading, body() | more)[0] == 200


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (body([{"type": "image_url", "image_url": {"url": "data:,"}}]), "messages.0.content.0"),
        (body(""), "messages"),
        ({"model": "oneedit", "messages": [{"role": "system", "content": "Hi."}]}, "messages"),
        ({"model": "oneedit", "messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": QUESTION}]}, "model"),
        (body(n=2), "n"),
        (body(7), "messages.0.content.str"),
        ([], None),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(
    content: object, param: str | None, reading: TestClient
) -> None:
    status, found = post(reading, content)
    assert status == 400
    assert found["error"]["type"] == "invalid_request_error"
    assert found["error"]["param"] == param


def test_an_image_that_another_model_was_shown_before_does_not_matter(reading: TestClient) -> None:
    content = body()
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}
    content["messages"].insert(0, image)
    assert post(reading, content)[0] == 200


@pytest.mark.parametrize("path", ["/responses", "/embeddings", "/chat"])
def test_what_is_not_served_is_an_error_in_the_same_form(path: str, reading: TestClient) -> None:
    answer = reading.post(path, json={})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert path in error["message"]
    assert reading.get("/chat/completions").json()["error"]["code"] == "method_not_allowed"


def test_an_unexpected_error_tells_nothing_and_asks_for_no_repetition(
    unchanged: Application,
) -> None:
    def lost() -> Any:
        raise RuntimeError("secret")

    identity = Identity(unchanged.doorkeeper, unchanged.tokens, lost)
    client = TestClient(completions_app(unchanged, identity), raise_server_exceptions=False)
    answer = client.get("/models")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "server_error"
    assert "secret" not in answer.text
    assert answer.headers["x-should-retry"] == "false"


def test_where_others_can_connect_a_token_is_needed(oneedit: Application) -> None:
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, None)
    client = TestClient(completions_app(oneedit, identity))
    for key in ("none", "oneedit_nonsense"):
        status, found = post(client, body(), key)
        assert (status, found["error"]["type"]) == (401, "authentication_error")
    oneedit.people.add(LOCAL, "ada", Role.EDITOR)
    _, token = oneedit.tokens.make(LOCAL, "laptop", Scope.READ, of="ada")
    assert post(client, body(), token)[0] == 200


@pytest.mark.parametrize(
    ("scope", "status"), [(Scope.READ, 403), (Scope.PROPOSE, 200), (Scope.EDIT, 200)]
)
def test_a_token_proposes_within_its_scope(
    scope: Scope, status: int, client: TestClient, oneedit: Application
) -> None:
    oneedit.people.add(LOCAL, "ada", Role.EDITOR)
    _, token = oneedit.tokens.make(LOCAL, "laptop", scope, of="ada")
    found, content = post(client, body(PENCE, "oneedit-edit"), token)
    assert found == status, content
    if status == 200:
        assert content["oneedit"]["ticket"]["author"] == "ada"
    else:
        assert content["error"]["type"] == "permission_error"


def events(client: TestClient, content: dict[str, Any]) -> list[Any]:
    answer = client.post("/chat/completions", json=content)
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    return [each if each == "[DONE]" else json.loads(each) for each in lines if each[0] != ":"]


def test_a_stream_begins_with_the_role_and_ends_with_its_usage(client: TestClient) -> None:
    options = {"include_usage": True}
    first, *words, last, used, done = events(
        client, body(PENCE, "oneedit-edit", stream=True, stream_options=options)
    )
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    text = "".join(each["choices"][0]["delta"]["content"] for each in words)
    assert text.startswith("Proposal 1 waits for a reviewer.\n- Joe Biden")
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["oneedit"]["ticket"]["proposal"] == 1
    assert used["choices"] == []
    assert used["usage"]["total_tokens"] > 10
    assert done == "[DONE]"
    assert all(each["usage"] is None for each in (first, *words, last))


def test_a_stream_ends_with_the_error_that_came_up(
    client: TestClient, oneedit: Application
) -> None:
    oneedit.people.add(LOCAL, "vi", Role.VIEWER)
    _, token = oneedit.tokens.make(LOCAL, "laptop", Scope.ADMIN, of="vi")
    client.headers["Authorization"] = f"Bearer {token}"
    *_, last = events(client, body(PENCE, "oneedit-edit", stream=True))
    assert last["error"]["code"] == "not_permitted"


def test_a_stream_says_that_it_waits(reading: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions, "WAITING", 0.0)
    answer = reading.post("/chat/completions", json=body(stream=True))
    assert ": still waiting\n\n" in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")
