"""``oneedit model`` around a fake model that does not know everything."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kg_data.triples import Triple
from oneedit import wiring
from oneedit.cli.app import app
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import BOOK, FakeEditor, application

FRANCE = Triple("France", "capital", "Paris")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor([FRANCE]))

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_the_check_is_shown_by_relation_and_kept() -> None:
    assert "was not asked yet" in run("model", "show")[1]
    code, output = run("model", "check", "capital", "spouse")
    assert code == 0
    rows = [line.split() for line in output.splitlines()]
    questions = len(BOOK["capital"].questions.teach + BOOK["capital"].questions.gate)
    capital = next(row for row in rows if "capital" in row)
    assert f"1 of 2 │ 50% │ {questions} of {questions}" in " ".join(capital)
    assert "The base model knows 1 of" in output
    assert run("model", "show") == (0, output)


def test_the_result_as_json_names_facts_and_wordings() -> None:
    code, output = run("model", "check", "capital", "--facts", "5", "--json")
    found: dict[str, Any] = json.loads(output)
    assert (code, found["code"], found["kind"]) == (0, 0, "knowledge")
    (capital,) = found["relations"]
    assert (capital["known"], capital["unknown"]) == (["France"], ["Germany"])
    assert {each["kind"] for each in capital["wordings"]} == {"question", "statement"}


def test_all_relations_of_the_book_are_asked() -> None:
    _, output = run("model", "check", "--json")
    assert [each["relation"] for each in json.loads(output)["relations"]] == sorted(BOOK.relations)


def test_a_relation_that_is_not_in_the_book_is_refused() -> None:
    code, output = run("model", "check", "kapital")
    assert (code, "kapital" in output) == (2, True)
