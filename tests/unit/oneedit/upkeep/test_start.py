"""The start of a home: whatever was changed by hand is refused in words."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.settings import Settings
from oneedit.upkeep.start import remove_partials
from oneedit.wiring import Application
from tests.support.damage import FAULTS, damage
from tests.support.fakes import FakeEditor, application
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."
COMMANDS = (
    ("tell", "Joe Biden was born in Oakland."),
    ("ask", "Who is Joe Biden's vice president?"),
    ("undo", "1"),
    ("rollback", "0", "--yes"),
    ("history",),
    ("show", "Joe Biden"),
    ("diff", "0", "1"),
    ("blame", "Joe Biden"),
    ("status",),
    ("reviews", "list"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with one edit, which the command line opens with the fake model."""

    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor())

    home = tmp_path / "home"
    monkeypatch.setenv("ONEEDIT_HOME", str(home))
    monkeypatch.setattr(wiring, "build", build)
    oneedit = application(home)
    tell(oneedit, PENCE)
    oneedit.close()
    return home


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def run_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, output = run(*arguments, "--json")
    return code, json.loads(output)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_home_that_was_changed_by_hand_is_refused_in_words(home: Path, fault: str) -> None:
    damage(home / "ledger.sqlite3", FAULTS[fault])
    code, result = run_json("status")
    assert code == result["code"] != 0
    assert "oneedit" in result["error"] or "newer OneEdit" in result["error"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_altered_facts(home: Path, command: tuple[str, ...]) -> None:
    damage(home / "ledger.sqlite3", FAULTS["a fact is altered"])
    code, output = run(*command)
    assert (code, len(output.splitlines())) == (1, 1)
    assert "oneedit doctor" in output


@pytest.mark.parametrize("content", [None, b"", b"this is no database" * 100])
def test_a_home_without_its_ledger_does_not_start_at_version_0(
    home: Path, content: bytes | None
) -> None:
    for path in home.glob("ledger.sqlite3*"):
        path.unlink()
    if content is not None:
        (home / "ledger.sqlite3").write_bytes(content)
    code, result = run_json("status")
    assert code != 0
    assert "oneedit restore FILE" in result["error"] or "not a database" in result["error"]


def test_a_damaged_patch_leaves_all_commands_that_need_no_model(home: Path) -> None:
    remove_patches(home)
    for command in (["history"], ["show", "Joe Biden"], ["diff", "0", "1"], ["blame", "Joe Biden"]):
        assert run(*command)[0] == 0
    code, result = run_json("status")
    assert (code, result["version"]) == (0, 1)
    assert "oneedit rollback 0" in result["problem"]


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "Who is Joe Biden's vice president?"),
        ("tell", "Joe Biden was born in Oakland."),
        ("undo", "1"),
    ],
)
def test_what_needs_the_model_names_the_damaged_patch(home: Path, command: tuple[str, ...]) -> None:
    remove_patches(home)
    code, output = run(*command)
    assert (code, "of version 1 cannot be used" in output) == (1, True)
    assert "oneedit rollback 0" in output


def test_a_roll_back_leaves_a_damaged_patch_behind(home: Path) -> None:
    remove_patches(home)
    code, result = run_json("rollback", "0", "--yes")
    assert (code, result["identical"]) == (0, True)
    assert run_json("status")[1]["problem"] == ""
    assert run_json("ask", "Who is Joe Biden's vice president?")[1]["answer"] == "Kamala Harris"


def test_files_that_dead_processes_left_are_removed_at_the_start(home: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    dead = home / "patches" / f"abc.json.{int(child.stdout)}.0a1b.partial"
    living = home / "patches" / f"abc.json.{os.getpid()}.0a1b.partial"
    for path in (dead, living):
        path.write_bytes(b"half")
    assert run("status")[0] == 0
    assert (dead.exists(), living.exists()) == (False, True)
    os.utime(living, (0, 0))
    assert remove_partials(home) == [living]


def remove_patches(home: Path) -> None:
    for path in (home / "patches").iterdir():
        path.unlink()
