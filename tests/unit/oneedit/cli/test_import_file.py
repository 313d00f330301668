"""``oneedit import``: what it prints, with which exit code it ends, and that it goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.ledger.events import EventKind
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import application
from tests.support.serving import serving

BORN = "subject=name,relation=birthplace,object=city"
PEOPLE = "name,city\nAda Quill,Paris\nJoe Biden,Oakland\nBo,\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def build(settings: Settings) -> Application:
        return application(settings.home)

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)
    return tmp_path / "home"


@pytest.fixture
def served(home: Path) -> Iterator[Application]:
    """Serve the home as ``oneedit serve`` does."""
    oneedit = application(home)
    oneedit.worker.start()
    oneedit.scheduler.start()
    with serving(oneedit):
        yield oneedit
    oneedit.close()


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["import", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def figures(*arguments: str) -> dict[str, Any]:
    code, output = run(*arguments, "--json")
    assert code == 0, output
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return found


def test_a_table_is_imported_and_its_conflicts_are_named(people: str) -> None:
    code, output = run(people, "--map", BORN)
    assert code == 0, output
    assert "people.csv:3: Joe Biden - place_of_birth - Oakland waits for review" in output
    assert "1 facts added" in output
    assert "1 conflicts for review" in output
    assert "undo all of it: oneedit undo --batch import:people.csv:" in output


def test_all_of_an_import_is_undone_by_its_batch(people: str) -> None:
    found = figures(people, "--map", BORN)
    arguments = ["undo", "--batch", found["batch"], "--yes", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    shown = CliRunner().invoke(app, ["show", "Ada Quill", "--json"])
    assert "place_of_birth" not in shown.output


def test_a_dry_run_names_conflicts_and_changes_nothing(people: str) -> None:
    code, output = run(people, "--map", BORN, "--dry-run")
    assert code == 0, output
    assert "nothing was changed" in output
    assert "Joe Biden - place_of_birth - Oakland would wait for review" in output
    assert figures(people, "--map", BORN)["added"] == 1


def test_a_second_import_of_a_file_finds_everything_known(people: str) -> None:
    figures(people, "--map", BORN)
    again = figures(people, "--map", BORN)
    assert (again["added"], again["known"], again["waiting"]) == (0, 1, 1)


def test_a_table_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("name,city\nAda Quíll,Paris\n".encode("latin-1"))
    assert figures(str(path), "--map", BORN, "--encoding", "latin-1")["added"] == 1
    shown = CliRunner().invoke(app, ["show", "Ada Quíll"])
    assert "Paris" in shown.output


def test_a_bad_file_or_mapping_is_one_line_and_exit_code_2(people: str, tmp_path: Path) -> None:
    for arguments in (
        [people],
        [people, "--map", "nonsense"],
        [str(tmp_path / "nowhere.csv")],
        ["facts.xlsx"],
        ["https://example.org/facts.csv"],
    ):
        code, output = run(*arguments)
        assert code == 2, output
        assert "oneedit: " in output
        assert "Traceback" not in output


def test_a_file_that_turns_out_bad_ends_with_what_was_added(tmp_path: Path) -> None:
    path = tmp_path / "people.nt"
    path.write_text("<a:b> <a:place_of_birth> <a:Paris> .\nno fact\n" * 1_001, encoding="utf-8")
    code, output = run(str(path))
    assert code == 1
    assert "the import is failed: people.nt:" in output
    assert "1001 bad records so far" in output


def test_properties_without_a_relation_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "people.nt"
    lines = (f"<a:b> <a:p{number % 12}> <a:Paris> .\n" for number in range(24))
    path.write_text("".join(lines), encoding="utf-8")
    code, output = run(str(path))
    assert code == 0
    assert output.count("no relation is named for <a:p1>; name one with --map") == 1
    assert output.count("no relation is named for") == 10
    assert "further properties without a relation are not named" in output
    assert "24 of properties without a relation" in output


def test_a_server_imports_for_the_command_line(served: Application, people: str) -> None:
    found = figures(people, "--map", BORN)
    assert (found["added"], found["proposed"]) == (1, 1)
    event = served.ledger.event(served.ledger.head())
    assert (event.kind, event.content.source) == (EventKind.IMPORT, "import:people.csv")


def test_an_import_that_was_interrupted_goes_on_where_it_was(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    rows = "".join(f"Person {number},Paris\n" for number in range(3_000))
    path.write_text(f"name,city\n{rows}", encoding="utf-8")
    monkeypatch.setattr("oneedit.cli.import_file.time.sleep", _interrupt)
    code, output = run(str(path), "--map", BORN)
    assert code == 130
    assert "The same command goes on with it" in output
    monkeypatch.undo()
    monkeypatch.setenv("ONEEDIT_HOME", str(home))
    monkeypatch.setattr(wiring, "build", lambda settings: application(settings.home))
    found = figures(str(path), "--map", BORN)
    assert (found["run"], found["added"], found["versions"]) == (1, 3_000, 3)


def _interrupt(_seconds: float) -> None:
    raise KeyboardInterrupt
