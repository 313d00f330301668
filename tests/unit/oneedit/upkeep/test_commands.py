"""``oneedit backup``, ``restore``, ``prune`` and ``checkpoint`` on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit.cli.app import app
from oneedit.results import Refused
from tests.support.damage import FAULTS, damage
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."
OAKLAND = "Joe Biden was born in Oakland."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with an edit that was rolled back, and another one."""
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    oneedit = application(tmp_path / "home")
    tell(oneedit, PENCE)
    oneedit.service.roll_back(LOCAL, 0, confirm=lambda _plan, _report: True)
    tell(oneedit, OAKLAND)
    oneedit.close()
    return tmp_path / "home"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def run_json(*arguments: str) -> dict[str, Any]:
    code, output = run(*arguments, "--json")
    found: dict[str, Any] = json.loads(output)
    assert found["code"] == code
    return found


def test_pruning_first_says_what_it_would_remove(home: Path) -> None:
    before = sorted((home / "patches").iterdir())
    found = run_json("prune", "--before", "2")
    assert (len(found["patches"]), len(found["files"]), found["done"]) == (1, 1, False)
    assert found["bytes"] > 0
    assert "add --yes" in run("prune", "--before", "2")[1]
    assert sorted((home / "patches").iterdir()) == before


def test_after_pruning_a_roll_back_to_an_old_version_is_refused_with_the_reason(home: Path) -> None:
    assert run_json("prune", "--before", "2", "--yes")["done"] is True
    oneedit = application(home)
    refused = oneedit.service.roll_back(LOCAL, 1, confirm=lambda _plan, _report: True)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "pruned"
    assert "prune --before 2" in refused.reasons[0].text
    assert oneedit.service.verify(LOCAL).versions == 4
    oneedit.close()
    assert run_json("prune", "--before", "2", "--yes")["files"] == []
    assert run_json("backup", str(home.parent / "backup.tar"))["missing"] == []
    checkup = run_json("doctor")
    assert "pruned" in {each["code"] for each in checkup["findings"]}
    assert {each["code"] for each in checkup["findings"] if each["level"] != "note"} == set()


@pytest.mark.parametrize("before", ["0", "4"])
def test_patches_in_use_are_never_removed(home: Path, before: str) -> None:
    assert "from 1 to 3" in run_json("prune", "--before", before, "--yes")["error"]
    run("prune", "--before", "3", "--yes")
    oneedit = application(home)
    assert oneedit.service.status(LOCAL).problem == ""
    oneedit.close()


def test_a_backup_is_restored_into_a_named_folder(home: Path, tmp_path: Path) -> None:
    archive, new = str(tmp_path / "backup.tar"), str(tmp_path / "new")
    assert run_json("backup", archive)["version"] == 3
    assert run_json("restore", archive, "--home", new)["version"] == 3
    assert "is not empty" in run_json("restore", archive)["error"]
    code, output = run("restore", archive, "--force")
    assert (code, "What was there is in" in output) == (0, True)
    assert home.exists()
    assert run("backup", archive, "--patches-only")[0] == 0


def test_a_checkpoint_agrees_with_the_ledger_later_too(home: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "signed.json")
    assert run("checkpoint", "--out", out)[0] == 0
    assert (home / "checkpoint.key").stat().st_mode & 0o777 == 0o600
    oneedit = application(home)
    tell(oneedit, PENCE)
    oneedit.close()
    code, output = run("checkpoint", "--verify", out)
    assert (code, "Version 3 is the one that was signed" in output) == (0, True)


def test_a_checkpoint_finds_what_was_rewritten_forged_or_lost(home: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "signed.json", tmp_path / "other.key"
    signed = json.loads(run("checkpoint")[1])
    verify = ("checkpoint", "--verify", str(out))
    for change, words in (
        ({"hash": "0" * 64}, "signed with another key"),
        ({"version": 2}, "signed with another key"),
    ):
        out.write_text(json.dumps(signed | change), encoding="utf-8")
        assert words in run_json(*verify)["error"]
    out.write_text("no checkpoint", encoding="utf-8")
    assert "is no checkpoint" in run_json(*verify)["error"]
    out.write_text(json.dumps(signed), encoding="utf-8")
    assert "cannot be read" in run_json(*verify, "--key", str(other))["error"]
    other.write_text("x" * 64, encoding="ascii")
    assert "another key" in run_json(*verify, "--key", str(other))["error"]
    damage(
        home / "ledger.sqlite3",
        "DELETE FROM fact WHERE added = 3; DELETE FROM artifact WHERE version = 3; "
        "UPDATE fact SET removed = NULL WHERE removed = 3; DELETE FROM event WHERE version = 3; "
        "UPDATE head SET version = 2, hash = (SELECT hash FROM event WHERE version = 2)",
    )
    assert "ends at version 2" in run_json(*verify)["error"]


@pytest.mark.parametrize(
    "command", [("prune", "--before", "1"), ("checkpoint",), ("backup", "x.tar")]
)
def test_a_home_without_a_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "nowhere"))
    assert "has no version yet" in run_json(*command)["error"]


def test_what_was_changed_by_hand_is_neither_pruned_nor_signed(home: Path) -> None:
    damage(home / "ledger.sqlite3", FAULTS["an actor is altered"])
    assert "oneedit doctor" in run_json("prune", "--before", "2")["error"]
    assert "oneedit doctor" in run_json("checkpoint")["error"]
