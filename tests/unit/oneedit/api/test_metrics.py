"""The figures for Prometheus, read as Prometheus reads them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from controller.actor import Actor, Role
from oneedit.api.identity import Identity
from oneedit.api.metrics import Metrics, metrics_router
from oneedit.errors import LedgerUnavailable
from oneedit.ledger.credential import Scope
from oneedit.ledger.ledger import Ledger
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.web import PENCE, carry_out


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(oneedit: Application) -> TestClient:
    return served(oneedit)


def served(oneedit: Application, *, local: bool = True) -> TestClient:
    identity = Identity(oneedit.doorkeeper, oneedit.tokens, (lambda: LOCAL) if local else None)
    app = FastAPI()
    app.include_router(metrics_router(Metrics(oneedit), identity))
    return TestClient(app)


def figures(client: TestClient) -> dict[str, float]:
    """Return each sample by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        " ".join((sample.name, *map(str, sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_queue_is_counted_and_its_oldest_ticket_ages(
    client: TestClient, oneedit: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = figures(client)
    assert empty["oneedit_queue_length"] == 0
    assert empty["oneedit_queue_oldest_seconds"] == 0
    assert empty["oneedit_tickets queued"] == 0
    oneedit.queue.submit(LOCAL, "Barack Obama was born in Oakland.")
    monkeypatch.setattr(oneedit.ledger, "now", lambda: "2100-01-01T00:00:00+00:00")
    waiting = figures(client)
    assert waiting["oneedit_queue_length"] == 1
    assert waiting["oneedit_queue_oldest_seconds"] > 1e9
    assert waiting["oneedit_tickets queued"] == 1


def test_edits_are_counted_by_verdict_and_timed_by_state(
    client: TestClient, oneedit: Application
) -> None:
    oneedit.queue.submit(LOCAL, "Barack Obama was born in Oakland.")
    oneedit.queue.submit(LOCAL, "Joe Biden was born in Scranton.")
    oneedit.queue.submit(LOCAL, "undo 0")
    figures(client)  # what is counted twice shows now
    carry_out(oneedit)
    found = figures(client)
    assert found["oneedit_edits_total apply"] == 1
    assert found["oneedit_edits_total nothing"] == 1
    assert found["oneedit_ticket_steps_total applied"] == 2
    assert found["oneedit_ticket_state_seconds_count reading"] >= 2
    assert found["oneedit_ticket_state_seconds_count queued"] == 1
    assert found["oneedit_ticket_state_seconds_count solving"] == 1
    assert found["oneedit_ticket_state_seconds_sum solving"] >= 0
    assert found["oneedit_tickets applied"] == 2


def test_counters_begin_with_the_process_and_know_what_began_before(oneedit: Application) -> None:
    oneedit.queue.submit(LOCAL, "Barack Obama was born in Oakland.")
    client = served(oneedit)  # a server that starts now
    assert "oneedit_edits_total apply" not in figures(client)
    carry_out(oneedit)
    found = figures(client)
    assert found["oneedit_ticket_state_seconds_count queued"] == 1
    assert found["oneedit_ticket_steps_total applied"] == 1


def test_proposals_are_counted(client: TestClient, oneedit: Application) -> None:
    oneedit.queue.propose(Actor("ada", Role.EDITOR), PENCE)
    found = figures(client)
    assert found["oneedit_proposals open"] == 1
    assert found["oneedit_tickets needs_review"] == 1
    assert found["oneedit_ticket_steps_total needs_review"] == 1


def test_the_lag_of_graph_and_model_is_shown(
    client: TestClient, oneedit: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = figures(client)
    assert found["oneedit_version"] == 0
    assert found["oneedit_graph_lag_versions"] == found["oneedit_model_lag_versions"] == 0
    monkeypatch.setattr(oneedit.ledger, "head", lambda: 3)  # of another process
    behind = figures(client)
    assert behind["oneedit_graph_lag_versions"] == behind["oneedit_model_lag_versions"] == 3


def test_memory_and_the_worker_are_shown(client: TestClient) -> None:
    found = figures(client)
    assert found["oneedit_worker"] == 0  # nothing was carried out here
    assert found["process_resident_memory_bytes"] > 1e6


def test_where_others_can_connect_a_token_is_needed(oneedit: Application) -> None:
    client = served(oneedit, local=False)
    assert client.get("/metrics").status_code == 401
    oneedit.people.add(LOCAL, "prometheus", Role.VIEWER)
    _, token = oneedit.tokens.make(LOCAL, "scrape", Scope.READ, of="prometheus")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_ledger_that_cannot_be_read_is_a_problem(oneedit: Application) -> None:
    class LostLedger(Ledger):
        def head(self) -> int:
            raise LedgerUnavailable("disk I/O error")

    lost = LostLedger.open(oneedit.ledger.path, oneedit.book)
    client = served(replace(oneedit, ledger=lost))
    answer = client.get("/metrics")
    lost.close()
    assert answer.status_code == 503
    assert answer.json()["code"] == "ledger_unavailable"
