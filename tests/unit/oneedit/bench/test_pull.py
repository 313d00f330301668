"""``oneedit bench pull`` on a small made source."""

import json
from pathlib import Path

from typer.testing import CliRunner

from oneedit.cli.app import app


def test_a_pull_is_measured_and_a_killed_one_ends_the_same(tmp_path: Path) -> None:
    out = tmp_path / "pull.json"
    command = ["bench", "pull", "--triples", "2000", "--batch", "250", "--json", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["records"] == 2000
    assert figures["killed_by_signal"] == 9
    assert figures["exit_code_resumed"] == 0
    assert figures["same_as_undisturbed"] is True
    counts = figures["result"]
    assert counts["finished"] is True
    assert counts["proposed"] >= 20
    assert counts["added"] > 1000


def test_a_pull_of_a_made_dump_is_measured(tmp_path: Path) -> None:
    out = tmp_path / "dump.json"
    command = ["bench", "pull", "--items", "1500", "--batch", "1000", "--json", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["killed_by_signal"] == 9
    assert figures["exit_code_resumed"] == 0
    assert figures["same_as_undisturbed"] is True
    counts = figures["result"]
    assert (counts["finished"], counts["bad"]) == (True, 0)
    assert counts["added"] + counts["known"] + counts["proposed"] > 2 * 1_200
