"""``oneedit pull``: what it prints, and with which exit code it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application

BORN = "subject=name,relation=birthplace,object=city"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor())

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text("name,city\nAda Quill,Paris\nJoe Biden,Oakland\nBo,\n", encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["pull", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def figures(*arguments: str) -> dict[str, Any]:
    code, output = run(*arguments, "--json")
    assert code == 0, output
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return found


def test_a_table_is_pulled_and_counted(people: str) -> None:
    code, output = run(people, "--map", BORN, "--run", "one")
    assert code == 0
    assert "1 facts added" in output
    assert "1 conflicts for review" in output
    assert "undo all of it: oneedit undo --batch by-hand:one" in output


def test_a_dry_run_says_that_nothing_was_changed(people: str) -> None:
    code, output = run(people, "--map", BORN, "--dry-run")
    assert code == 0
    assert "nothing was changed" in output
    assert figures(people, "--map", BORN)["added"] == 1


def test_an_editor_s_new_names_wait_for_review(people: str) -> None:
    found = figures(people, "--map", BORN, "--trust", "editor")
    assert (found["added"], found["proposed"]) == (0, 2)


def test_a_bad_source_or_mapping_is_one_line_and_exit_code_2(people: str, tmp_path: Path) -> None:
    for arguments in (
        [people],
        [people, "--map", "nonsense"],
        [str(tmp_path / "nowhere.csv")],
        ["facts.xlsx"],
    ):
        code, output = run(*arguments)
        assert code == 2
        assert "oneedit: " in output
        assert "Traceback" not in output
