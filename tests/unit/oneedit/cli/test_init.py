"""``oneedit init``, with a tiny random model."""

import json
from pathlib import Path
from typing import Any

import pytest

from oneedit.settings import SETTINGS_FILE, Settings
from tests.support.command_line import run, run_json
from tests.support.replicas import tiny_settings

FACTS = "subject,relation,object\nFrance,capital,Paris\nFrance,currency,Euro\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ONEEDIT_MODEL", raising=False)
    return tmp_path / "home"


@pytest.fixture
def model(tmp_path: Path) -> str:
    return tiny_settings(tmp_path).model


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("home")
def test_a_home_is_made_over_a_file_and_keeps_its_model(model: str, tmp_path: Path) -> None:
    file = write(tmp_path / "facts.csv", FACTS)
    made = init("--facts", file, "--model", model)
    assert (made["facts"], made["entities"], made["left_out"]) == (2, 3, 0)
    assert Settings().model == model  # without a variable
    shown = run_json("show", "France")
    assert {(row["relation"], row["object"]) for row in shown["facts"]} >= {("capital", "Paris")}
    assert run_json("history")["entries"][0]["text"] == "the facts of facts.csv"


def init(*arguments: str) -> dict[str, Any]:
    """Run the command, and return its result; what it says meanwhile stands before."""
    _, output = run("init", *arguments, "--json")
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return found


def test_a_home_that_is_there_is_refused_by_name(home: Path, model: str, tmp_path: Path) -> None:
    file = write(tmp_path / "facts.csv", FACTS)
    init("--facts", file, "--model", model)
    error = init("--facts", file)["error"]
    assert f"{home} is a home already, at version 0; nothing was changed" in error


def test_bad_facts_leave_no_home(home: Path, model: str, tmp_path: Path) -> None:
    file = write(tmp_path / "facts.csv", f"{FACTS}France,capital,Lyon\n")
    assert "facts.csv:4" in init("--facts", file, "--model", model)["error"]
    assert not home.exists()
    assert init("--facts", file, "--model", model, "--skip-bad")["left_out"] == 1


def test_a_model_that_is_refused_leaves_no_home(home: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "facts.csv", FACTS)
    code, _ = run("init", "--facts", file, "--model", str(tmp_path / "nothing"))
    assert code == 2
    assert not home.exists()


def test_only_some_settings_may_be_kept(home: Path) -> None:
    home.mkdir()
    write(home / SETTINGS_FILE, "port = 80\n")
    assert "port cannot be kept here" in json.dumps(run_json("status"))
