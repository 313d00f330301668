"""``oneedit bench graph`` on a small made graph."""

import json
from pathlib import Path

from typer.testing import CliRunner

from oneedit.cli.app import app

SMALL = ["bench", "graph", "--triples", "3000", "--edits", "8"]


def test_every_kind_of_edit_and_look_up_is_measured(tmp_path: Path) -> None:
    out = tmp_path / "graph.json"
    result = CliRunner().invoke(app, [*SMALL, "--store", "networkx", "--json", str(out)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["store"] == "networkx"
    assert figures["triples"] >= 3000
    assert figures["facts_about_hub"] > 300
    assert set(figures["times"]) == {
        "ordinary",
        "beside the hub",
        "fact of the hub",
        "large city moved",
        "questions to keep",
        "path questions",
        "look-up of a name",
        "50 facts about the hub",
    }
    for name, row in figures["times"].items():
        assert row["n"] > 0, name
        assert row["blocked"] < row["n"], name
        assert 0 <= row["cpu_p50_ms"] <= row["cpu_p99_ms"] <= row["cpu_max_ms"], name
        assert name in result.output


def test_without_a_server_neo4j_is_refused_with_the_setting_to_make() -> None:
    result = CliRunner().invoke(app, [*SMALL, "--store", "neo4j"])
    assert result.exit_code == 1
    assert "ONEEDIT_NEO4J_URI" in result.output
