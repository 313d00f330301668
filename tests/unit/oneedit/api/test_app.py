"""The web server: health, headers, host names and ports."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from oneedit.api.app import Surroundings, build_app
from oneedit.api.health import health_router
from oneedit.api.server import LOOPBACK, allowed_hosts, for_this_machine, serve
from oneedit.errors import AddressTaken, LedgerUnavailable, NoAccounts
from oneedit.ledger.ledger import Ledger
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.pages import fresh_pages


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(oneedit: Application) -> Iterator[TestClient]:
    with fresh_pages(), TestClient(build_app(oneedit)) as opened:
        yield opened


def test_health_reports_the_versions(client: TestClient, oneedit: Application) -> None:
    oneedit.service.tell(LOCAL, "Joe Biden's vice president is Mike Pence.")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "ledger": 1, "graph": 1}
    assert client.head("/healthz").status_code == 200


def test_a_ledger_that_cannot_be_read_is_unhealthy(oneedit: Application) -> None:
    class LostLedger(Ledger):
        def head(self) -> int:
            raise LedgerUnavailable("disk I/O error")

    lost = LostLedger.open(oneedit.ledger.path, oneedit.book)
    app = FastAPI()
    app.include_router(health_router(replace(oneedit, ledger=lost)))
    answer = TestClient(app).get("/healthz")
    lost.close()
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failed",
        "detail": "the ledger cannot be used: disk I/O error",
    }


def test_the_root_redirects_to_the_pages(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert answer.is_redirect
    assert answer.headers["location"] == "/ui/"
    assert client.get("/ui").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/ui/", "/nowhere"])
def test_every_answer_forbids_framing_and_foreign_content(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/nowhere", "/v2/models", "/docs"])
def test_an_unknown_path_is_a_json_404(client: TestClient, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


def test_the_page_declares_its_language_and_loads_no_foreign_files(
    client: TestClient,
) -> None:
    page = client.get("/ui/").text
    assert '<html lang="en-US"' in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_a_foreign_host_name_is_refused_on_loopback(oneedit: Application) -> None:
    with fresh_pages():
        app = build_app(oneedit, Surroundings(hosts=allowed_hosts(Settings(host="127.0.0.1"))))
        with TestClient(app, base_url="http://evil.example") as client:
            assert client.get("/ui/").status_code == 400
        with TestClient(app, base_url="http://localhost:8080") as client:
            assert client.get("/healthz").status_code == 200


def test_other_host_names_are_allowed_beyond_loopback() -> None:
    everywhere = "0.0.0.0"  # noqa: S104  nothing is bound here
    assert allowed_hosts(Settings(host="localhost")) == LOOPBACK
    assert allowed_hosts(Settings(host=everywhere)) == ("*",)
    named = Settings(host=everywhere, allowed_hosts="localhost, edit.example.org")
    assert allowed_hosts(named) == ("localhost", "edit.example.org")


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0"},  # noqa: S104  nothing is bound here
        {"trusted_proxies": "127.0.0.1"},
        {"public_url": "https://edit.example.org"},
        {"allowed_hosts": "localhost, edit.example.org"},
    ],
)
def test_a_server_that_others_reach_does_not_start_before_somebody_has_a_password(
    tmp_path: Path, given: dict[str, str]
) -> None:
    settings = Settings(home=tmp_path, **given)  # type: ignore[arg-type]
    assert not for_this_machine(settings)
    with pytest.raises(NoAccounts, match="oneedit users add"):
        serve(settings)


@pytest.mark.parametrize(
    "given", [{}, {"host": "::1"}, {"public_url": "http://localhost:9000/facts"}]
)
def test_a_server_of_this_machine_needs_no_account(given: dict[str, str]) -> None:
    assert for_this_machine(Settings(**given))  # type: ignore[arg-type]


def test_a_taken_port_is_reported_before_the_model_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressTaken, match=str(port)):
            serve(Settings(home=tmp_path, port=port))
