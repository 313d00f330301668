"""The pages on which people sign in: who is let in, where they are sent, what a cookie says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from controller.actor import Role
from oneedit.api.app import Surroundings, build_app
from oneedit.api.identity import COOKIE
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.pages import fresh_pages

PASSWORD = "a quiet green door"


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    made.people.add(LOCAL, "ada", Role.EDITOR)
    yield made
    made.close()


def opened(oneedit: Application, around: Surroundings | None = None) -> Iterator[TestClient]:
    with (
        fresh_pages(),
        TestClient(build_app(oneedit, around), follow_redirects=False) as client,
    ):
        yield client


@pytest.fixture
def client(oneedit: Application) -> Iterator[TestClient]:
    yield from opened(oneedit)


@pytest.fixture
def remote(oneedit: Application) -> Iterator[TestClient]:
    """Return a client of a server that others can reach, over HTTPS."""
    yield from opened(oneedit, Surroundings(local=False, secure=True))


@pytest.fixture
def joined(oneedit: Application, client: TestClient) -> TestClient:
    secret = oneedit.doorkeeper.invite(LOCAL, "ada")
    oneedit.doorkeeper.accept(secret, PASSWORD)
    return client


def test_a_link_sets_a_password_and_lets_its_owner_in(
    oneedit: Application, client: TestClient
) -> None:
    path = f"/join/{oneedit.doorkeeper.invite(LOCAL, 'ada')}"
    form = client.get(path)
    assert form.status_code == 200
    assert "Welcome, ada" in form.text
    differ = client.post(path, data={"password": PASSWORD, "again": "something else"})
    assert differ.status_code == 422
    assert "differ" in differ.text
    easy = client.post(path, data={"password": "short", "again": "short"})
    assert "Choose another password" in easy.text
    done = client.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/ui/")
    assert client.get("/api/v1/me").json()["name"] == "ada"
    assert client.get(path).status_code == 410


def test_a_page_asks_to_sign_in_and_leads_back(joined: TestClient) -> None:
    asked = joined.get("/ui/")
    assert asked.headers["location"] == "/sign-in?to=%2Fui%2F"
    done = joined.post("/sign-in", data={"name": "ada", "password": PASSWORD, "to": "/ui/"})
    assert done.headers["location"] == "/ui/"
    page = joined.get("/ui/")
    assert page.status_code == 200
    assert "Sign out" in page.text


def test_a_page_to_sign_in_brings_its_icon(joined: TestClient) -> None:
    assert '<link rel="icon" href="data:image/svg+xml,%3Csvg' in joined.get("/sign-in").text


def test_a_wrong_password_shows_the_form_again_with_the_name(joined: TestClient) -> None:
    again = joined.post("/sign-in", data={"name": "<ada>", "password": "wrong"})
    assert again.status_code == 401
    assert "&lt;ada&gt;" in again.text
    assert "The name or the password is wrong" in again.text
    assert COOKIE not in again.cookies


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_nobody_is_sent_to_another_site(joined: TestClient, to: str) -> None:
    done = joined.post("/sign-in", data={"name": "ada", "password": PASSWORD, "to": to})
    assert done.headers["location"] == "/ui/"


def test_the_cookie_is_new_with_every_sign_in_and_out_of_reach_of_scripts(
    joined: TestClient,
) -> None:
    first = joined.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    second = joined.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    cookies = [each.headers["set-cookie"] for each in (first, second)]
    assert cookies[0] != cookies[1]
    assert "HttpOnly" in cookies[0]
    assert "SameSite=lax" in cookies[0]
    assert "Secure" not in cookies[0]
    joined.cookies.clear()
    joined.cookies.set(COOKIE, first.cookies[COOKIE])
    assert joined.get("/api/v1/me").status_code == 401  # the first ended with the second


def test_signing_out_ends_the_sign_in_at_once(joined: TestClient) -> None:
    secret = joined.post("/sign-in", data={"name": "ada", "password": PASSWORD}).cookies[COOKIE]
    assert joined.get("/api/v1/me").status_code == 200
    assert joined.post("/sign-out").headers["location"] == "/sign-in"
    joined.cookies.clear()
    joined.cookies.set(COOKIE, secret)
    assert joined.get("/api/v1/me").status_code == 401


def test_a_server_that_others_reach_lets_nobody_in_without_an_account(
    remote: TestClient, oneedit: Application
) -> None:
    assert remote.get("/ui/").headers["location"].startswith("/sign-in")
    assert remote.get("/api/v1/status").status_code == 401
    path = f"/join/{oneedit.doorkeeper.invite(LOCAL, 'ada')}"
    done = remote.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert "Secure" in done.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_does_nothing_with_a_visitors_cookie(
    joined: TestClient, headers: dict[str, str]
) -> None:
    joined.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    refused = joined.post("/api/v1/edits", json={"message": "x"}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    assert joined.post("/sign-in", data={"name": "ada"}, headers=headers).status_code == 403
    polled = joined.get("/ui/_nicegui_ws/socket.io/?EIO=4&transport=polling", headers=headers)
    assert polled.status_code == 403


def test_the_same_site_and_programs_are_let_through(joined: TestClient) -> None:
    joined.post("/sign-in", data={"name": "ada", "password": PASSWORD})
    for headers in ({}, {"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}):
        answer = joined.post(
            "/api/v1/ask", json={"question": "Who is Joe Biden's spouse?"}, headers=headers
        )
        assert answer.status_code == 200


def test_a_foreign_page_opens_no_socket(joined: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with (
        pytest.raises(WebSocketDisconnect),
        joined.websocket_connect(
            "/ui/_nicegui_ws/socket.io/?EIO=4&transport=websocket",
            headers={"Origin": "https://evil.example"},
        ),
    ):
        pass


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/edits", content=b"x", headers={"Content-Length": str(200 * 2**20)}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    pieces = (b"x" * 2**18 for _ in range(8))
    assert client.post("/api/v1/edits", content=pieces).status_code == 413


def test_forwarded_headers_of_strangers_are_left_out(client: TestClient) -> None:
    page = client.get("/ui/", headers={"X-Forwarded-Prefix": "//evil.example"})
    assert "evil.example" not in page.text


def test_what_a_known_proxy_says_is_believed(oneedit: Application) -> None:
    asked = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    path = f"/join/{oneedit.doorkeeper.invite(LOCAL, 'ada')}"
    with fresh_pages():
        app = build_app(oneedit, Surroundings(proxies=("10.0.0.1",)))
        with TestClient(app, client=("10.0.0.1", 1), base_url="https://testserver") as proxy:
            form = {"password": PASSWORD, "again": PASSWORD}
            done = proxy.post(path, data=form, headers=asked, follow_redirects=False)
            assert "Secure" in done.headers["set-cookie"]
            page = proxy.get("/ui/", headers={**asked, "X-Forwarded-Prefix": "/facts"})
            assert "/facts/ui/" in page.text
    addresses = [each.address for each in oneedit.doorkeeper.sign_ins(LOCAL, "ada")]
    assert addresses == ["192.0.2.7"]


def test_every_answer_has_an_id(client: TestClient) -> None:
    ids = {client.get("/healthz").headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert client.get("/nowhere").headers["x-request-id"]


def test_the_server_is_ready_when_graph_and_model_are(client: TestClient) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ok",
        "ledger": 0,
        "behind": 0,
        "database": "ok",
        "graph": "ok",
        "model": "ok",
    }
