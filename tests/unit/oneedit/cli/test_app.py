"""The command line: what it prints, and with which exit code it ends."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from oneedit import wiring
from oneedit.cli.render import render
from oneedit.errors import HomeBusy
from oneedit.ledger.events import GateSummary
from oneedit.results import ConsolidateResult
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.command_line import run, run_json
from tests.support.fakes import FakeEditor, application

PENCE = "Joe Biden's vice president is Mike Pence."
STRANGER = "Ada Quill was born in Paris."


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor())

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)


def test_telling_shows_the_change_and_the_version() -> None:
    code, output = run("tell", PENCE)
    assert code == 0
    assert "version 1" in output
    assert "Kamala Harris → Mike Pence" in output


def test_every_result_can_be_had_as_json() -> None:
    assert run_json("tell", PENCE)["kind"] == "edit"
    assert run_json("ask", "Who is Joe Biden's vice president?")["answer"] == "Mike Pence"
    assert run_json("history")["entries"][1]["version"] == 1
    assert run_json("show", "Joe Biden")["versions"] == [1]
    assert run_json("status")["version"] == 1
    assert run_json("undo", "1")["identical"] is True


def test_asking_shows_the_hops_beside_the_answer() -> None:
    code, output = run("ask", "Who is the spouse of the vice president of Joe Biden?")
    assert code == 0
    assert output.startswith("Doug Emhoff")
    assert "✓ Joe Biden - vice president - Kamala Harris" in output


def test_what_cannot_be_checked_ends_with_2_and_names_the_way_to_the_models_answer() -> None:
    code, output = run("ask", "How tall is Joe Biden?")
    assert code == 2
    assert "I can't check that" in output
    assert "--free" in output
    code, output = run("ask", "How tall is Joe Biden?", "--free")
    assert code == 0
    assert output.startswith("I don't know.")
    assert run_json("ask", "How tall is Joe Biden?")["asked"] is False


def test_forgetting_undoing_and_looking_end_with_0() -> None:
    assert run("forget", "Joe Biden's vice president")[0] == 0
    assert run("undo")[0] == 0
    for command in (["history"], ["history", "Joe Biden"], ["show", "Joe Biden"], ["status"]):
        assert run(*command)[0] == 0


def test_history_and_undo_take_conditions() -> None:
    assert run("tell", PENCE)[0] == 0
    code, output = run("history", "Joe Biden", "--relation", "vice_president")
    assert code == 0
    assert "History of Joe Biden: vice president" in output
    assert "Kamala Harris → Mike Pence" in output
    since = ("--since", "2999-01-01")
    assert "There is no such version." in run("history", *since)[1]
    code, output = run("history", "--actor", "eve")
    assert code == 2
    assert '"eve" is the name of nobody who has made an edit.' in output
    slot = ("--entity", "Joe Biden", "--relation", "vice_president", "--last")
    assert run_json("undo", *slot)["targets"] == [1]


def test_what_is_refused_ends_with_2() -> None:
    code, output = run("tell", "The capital of France is Lyon.", "--yes")
    assert code == 2
    assert "Refused" in output
    assert run("undo")[0] == 2
    assert run("undo", "7")[0] == 2


def test_what_needs_an_agreement_ends_with_2_until_it_is_given() -> None:
    assert run_json("tell", STRANGER)["kind"] == "needsconfirmation"
    code, output = run("tell", STRANGER)
    assert code == 2
    assert "--yes" in output
    assert run("tell", STRANGER, "--yes")[0] == 0


def test_what_is_unclear_ends_with_2() -> None:
    assert run("tell", "blah blah")[0] == 2
    assert run("ask", "")[0] == 2
    assert run("show", "Nobody Atall")[0] == 2


def test_wrong_usage_ends_with_2() -> None:
    assert run("undo", "one")[0] == 2
    assert run("frobnicate")[0] == 2
    assert run("serve", "--port", "0")[0] == 2


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEEDIT_PORT", "eighty")
    code, output = run("status")
    assert code == 2
    assert "ONEEDIT_PORT" in output


def test_what_fails_ends_with_1_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(settings: Settings) -> Application:
        raise HomeBusy(settings.home, 1.0)

    monkeypatch.setattr(wiring, "build", busy)
    code, output = run("status")
    assert code == 1
    assert output.startswith("oneedit: another edit has held")
    assert run_json("status")["error"].startswith("another edit has held")


def test_a_missing_model_is_named_with_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ONEEDIT_MODEL", str(tmp_path / "nowhere"))
    code, output = run("status")
    assert code == 2
    assert "ONEEDIT_MODEL" in output


def test_the_edited_model_is_exported_and_consolidated(tmp_path: Path) -> None:
    assert run("consolidate")[0] == 0
    assert "No edit waits" in run("consolidate")[1]
    run("tell", "Joe Biden was born in Oakland.", "--yes")
    code, output = run("consolidate")
    assert (code, "instead of 1 patch" in output) == (0, True)
    found = run_json("export", str(tmp_path / "edited"), "--format", "lora", "--rank", "4")
    assert (found["kind"], found["rank"], found["version"]) == ("export", 4, 2)
    assert "CONSOLIDATE up to 1" in run("history")[1]


@pytest.mark.parametrize("shortfalls", [(), ("gate: 9 of 10 right, 95% needed",)])
def test_a_consolidation_names_the_bars_that_it_missed(shortfalls: tuple[str, ...]) -> None:
    outcome = GateSummary(shortfalls=shortfalls)
    result = ConsolidateResult(version=3, covered=2, edits=2, replaced=2, outcome=outcome)
    console = Console(file=StringIO(), width=200, record=True)
    render(result, console)
    shown = console.export_text()
    assert all(text in shown for text in shortfalls)
    assert ("Below its bars" in shown) is bool(shortfalls)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, output = run("export", str(tmp_path / "file" / "edited"))
    assert (code, "name another place" in output) == (2, True)


def test_names_with_brackets_are_shown_as_they_are() -> None:
    _, output = run("show", "[red]Nobody[/]")
    assert "[red]Nobody[/]" in output


def test_every_command_explains_itself() -> None:
    code, output = run("--help")
    assert code == 0
    for command in (
        "demo",
        "tell",
        "ask",
        "forget",
        "undo",
        "rollback",
        "diff",
        "blame",
        "history",
        "show",
        "status",
        "serve",
        "consolidate",
        "export",
        "check",
    ):
        assert command in output


def test_an_edit_says_what_was_asked_besides_and_check_asks_it_again() -> None:
    _, output = run("tell", "Joe Biden's vice president is Mike Pence.", "--yes")
    assert "Asked besides: " in output
    code, output = run("check", "1")
    assert (code, "The questions of version 1, asked at version 1." in output) == (0, True)
    assert "Step by step: " in output
    assert run_json("check", "1")["portability"]


def test_a_check_of_a_version_that_does_not_exist_says_so() -> None:
    code, output = run("check", "7")
    assert (code, "There is no version 7" in output) == (2, True)


def test_a_check_without_stored_questions_says_that_nothing_was_asked() -> None:
    _, output = run("check", "0")
    assert "Nothing was asked." in output


def test_verify_says_what_was_checked() -> None:
    code, output = run("verify")
    assert (code, "1 version verified" in output) == (0, True)
    assert run_json("verify")["versions"] == 1


def test_a_roll_back_is_shown_before_it_is_done_and_asks() -> None:
    run("tell", PENCE)
    run("tell", "Joe Biden was born in Oakland.")
    code, output = run("rollback", "1", "--dry-run")
    assert (code, "Not in force any more: version 2" in output) == (0, True)
    assert run("rollback", "1")[0] == 2
    code, output = run("rollback", "1", "--yes")
    assert (code, "Version 3 restores version 1" in output) == (0, True)
    assert "ROLLBACK to 1" in run("history")[1]
    assert run_json("status")["version"] == 3
    assert run_json("rollback", "2", "--dry-run")["kind"] == "preview"
    assert run("rollback", "9", "--yes")[0] == 2
    assert run("rollback", "3", "--yes")[0] == 0


def test_several_edits_are_undone_by_what_the_options_say() -> None:
    for text in (PENCE, "Joe Biden was born in Oakland.", "Donald Trump was born in Lyon."):
        run("tell", text)
    assert run_json("undo", "1", "2", "--dry-run")["identical"] is False
    assert run_json("undo", "1", "2", "--yes")["targets"] == [1, 2]
    assert run("undo", "--actor", "nobody", "--yes")[0] == 2
    assert run("undo", "--source", "cli", "--until", "2001-01-01", "--yes")[0] == 2
    code, output = run("undo", "--source", "cli", "--since", "2001-01-01T10:00", "--yes")
    assert (code, "Version 5 takes version 3 back" in output) == (0, True)


def test_two_ways_to_treat_successors_exclude_each_other() -> None:
    assert run("undo", "1", "--with-successors", "--skip-superseded")[0] == 2


def test_earlier_versions_are_shown_asked_and_compared() -> None:
    run("tell", PENCE)
    code, output = run("ask", "Who is Joe Biden's vice president?", "--as-of", "0")
    assert (code, "The graph of version 0 holds: Kamala Harris" in output) == (0, True)
    assert "The model is at version 1 and was not asked." in output
    code, output = run("show", "Joe Biden", "--as-of", "0")
    assert (code, "Kamala Harris" in output, "as of version 0" in output) == (0, True, True)
    code, output = run("diff", "0", "1")
    assert (code, "Kamala Harris → Mike Pence" in output) == (0, True)
    assert run_json("diff", "1", "0", "Joe Biden")["same_weights"] is False
    assert run("diff", "0", "9")[0] == 2


def test_blame_names_version_words_and_what_was_before() -> None:
    run("tell", PENCE)
    code, output = run("blame", "Joe Biden")
    assert code == 0
    assert f"from cli: {PENCE}" in output
    assert "before: Kamala Harris (from version 0 to version 1)" in output
    assert run_json("blame", "Joe Biden")["entity"] == "Joe Biden"
    assert run("blame", "Nobody Atall")[0] == 2
