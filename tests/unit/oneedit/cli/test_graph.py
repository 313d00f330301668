"""``oneedit graph`` without a server; with one: tests/integration/test_neo4j.py."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oneedit.cli.app import app


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ONEEDIT_NEO4J_URI", raising=False)


def test_a_graph_in_memory_needs_no_rebuilding() -> None:
    result = CliRunner().invoke(app, ["graph", "rebuild"])
    assert result.exit_code == 2
    assert "ONEEDIT_NEO4J_URI" in result.output


def test_a_home_without_a_ledger_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEEDIT_NEO4J_URI", "bolt://localhost:7687")
    result = CliRunner().invoke(app, ["graph", "rebuild", "--json"])
    assert result.exit_code == 2
    assert "oneedit status" in json.loads(result.output)["error"]
    assert not (tmp_path / "home").exists()


def test_an_address_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEEDIT_NEO4J_URI", "localhost:7687")
    result = CliRunner().invoke(app, ["graph", "rebuild"])
    assert result.exit_code == 2
    assert "ONEEDIT_NEO4J_URI" in result.output
