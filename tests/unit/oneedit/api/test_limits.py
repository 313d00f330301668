"""How many requests an account and an address may send."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from controller.actor import Role
from oneedit.api.app import Surroundings, guard, programs_app
from oneedit.api.identity import Identity
from oneedit.api.limits import RequestLimits
from oneedit.ledger.credential import Scope
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application

MOST = 3


@pytest.fixture(scope="module")
def oneedit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = application(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


def served(oneedit: Application, most: int) -> FastAPI:
    around = Surroundings(limits=RequestLimits(most))
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, lambda: LOCAL, around.limits)
    app = programs_app(oneedit, identity, around.stopping)
    guard(app, around)
    return app


def statuses(client: TestClient, count: int, path: str = "/api/v1/status") -> list[int]:
    return [client.get(path).status_code for _ in range(count)]


def test_an_account_waits_whatever_interface_it_uses(oneedit: Application) -> None:
    oneedit.people.add(LOCAL, "ada", Role.VIEWER)
    _, secret = oneedit.tokens.make(LOCAL, "laptop", Scope.READ, of="ada")
    client = TestClient(
        served(oneedit, MOST),
        client=("127.0.0.1", 1),
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert statuses(client, MOST) == [200] * MOST
    refused = client.get("/api/v1/status")
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_tries"
    assert 0 < int(refused.headers["retry-after"]) <= 61
    refused = client.get("/v1/models")
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-should-retry"] == "true"


def test_an_address_waits_before_anything_is_looked_at(oneedit: Application) -> None:
    app = served(oneedit, MOST)
    client = TestClient(app, client=("203.0.113.7", 1))
    assert statuses(client, MOST + 1, "/healthz") == [200] * MOST + [429]
    other = TestClient(app, client=("203.0.113.8", 1))
    assert statuses(other, 1, "/healthz") == [200]
    assert client.get("/healthz").headers["x-request-id"]


def test_the_machine_itself_is_not_counted(oneedit: Application) -> None:
    for own in ("127.0.0.1", "::1"):
        client = TestClient(served(oneedit, MOST), client=(own, 1))
        assert statuses(client, MOST + 1) == [200] * (MOST + 1)


def test_without_a_limit_nothing_is_refused(oneedit: Application) -> None:
    client = TestClient(served(oneedit, 0), client=("203.0.113.7", 1))
    assert statuses(client, MOST + 1) == [200] * (MOST + 1)
