"""What the socket's routes refuse."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from controller.actor import Actor
from oneedit.api.control import UNEXPECTED, control_app
from oneedit.control.wire import PREFIX, USER
from tests.support.fakes import EDITOR, LOCAL, application

PENCE = "Joe Biden's vice president is Mike Pence."


def actor_of(name: str) -> Actor:
    if name == "broken":
        raise RuntimeError("secret")
    return EDITOR if name == "éd" else LOCAL


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    oneedit = application(tmp_path / "home")
    app = control_app(oneedit.queue, oneedit.imports, actor_of, threading.Event())
    yield TestClient(app, base_url=f"http://oneedit{PREFIX}", raise_server_exceptions=False)
    oneedit.close()


def test_who_asks_is_in_a_header(http: TestClient) -> None:
    order = {"kind": "TellOrder", "value": {"text": PENCE}}
    ticket = http.post("/orders", json=order, headers={USER: "%C3%A9d"}).json()["ticket"]
    assert ticket["author"]["name"] == EDITOR.name
    ticket = http.post("/orders", json=order).json()["ticket"]
    assert ticket["author"]["name"] == LOCAL.name


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "TellOrder", "value": {"text": PENCE}},
        {"kind": "nothing", "value": {}},
        {"kind": "ShowQuery", "value": {}},
        {"kind": "ShowQuery", "value": {"entity": 7}},
        {"kind": "ShowQuery"},
    ],
)
def test_what_is_no_query_is_refused(http: TestClient, body: dict[str, object]) -> None:
    assert http.post("/queries", json=body).status_code == 422
    assert http.post("/reviews", json=body).status_code == 422


def test_an_unexpected_error_says_no_more_than_that(http: TestClient) -> None:
    query = {"kind": "StatusQuery", "value": {}}
    answer = http.post("/queries", json=query, headers={USER: "broken"})
    assert (answer.status_code, answer.json()["error"]) == (500, UNEXPECTED)
    assert "secret" not in answer.text
