"""``oneedit jobs``: what it prints, its exit codes, and that only ``run`` loads the model."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.ledger.lease import Lease, new_holder
from oneedit.ledger.tickets import WORKER
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application

SOURCE = "subject,relation,object\nAda Quill,place_of_birth,Paris\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with version 0, whose application has a fake model; count its builds."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ONEEDIT_HOME", str(folder))
    application(folder).close()
    monkeypatch.setattr(wiring, "build", _refuse)
    return folder


def _refuse(_settings: Settings) -> Application:
    raise AssertionError("the command loads the model")


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text(SOURCE, encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["jobs", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def values(*arguments: str, code: int = 0) -> dict[str, Any]:
    found_code, output = run(*arguments, "--json")
    assert found_code == code, output
    found: dict[str, Any] = json.loads(output[output.index("{") :])
    return found


def add(source: str, *arguments: str) -> tuple[int, str]:
    options = ["--set", f"source={source}", "--trust", "curator"]
    return run("add", "people", "pull", *options, *arguments)


def test_a_job_is_added_listed_shown_edited_and_removed(source: str) -> None:
    code, output = add(source, "--cron", "30 2 * * 1-5", "--zone", "Europe/Berlin")
    assert (code, output[:14]) == (0, "Added people. ")
    assert "30 2 * * 1-5 Europe/Berlin" in run("list")[1]
    assert run("edit", "people", "--set", "batch=10", "--retries", "1")[0] == 0
    job = values("show", "people")["job"]
    assert (job["settings"], job["retries"]) == ({"source": source, "batch": 10}, 1)
    assert run("edit", "people", "--unset", "batch")[0] == 0
    shown = run("show", "people")[1]
    assert "job:people, trusted as curator" in shown
    assert "batch" not in shown
    assert run("remove", "people") == (0, "Removed people.\n")
    assert "There are no jobs" in run("list")[1]


def test_several_values_of_one_setting_are_given_one_by_one(source: str) -> None:
    add(source, "--set", "maps=P19=place_of_birth", "--set", "maps=P26=spouse")
    settings = values("show", "people")["job"]["settings"]
    assert settings["maps"] == ["P19=place_of_birth", "P26=spouse"]


def test_a_paused_job_has_no_next_slot_until_it_is_resumed(source: str) -> None:
    add(source, "--cron", "@daily")
    assert values("pause", "people")["job"]["next"] == ""
    assert "paused" in run("list")[1]
    assert values("resume", "people")["job"]["next"].endswith("T00:00:00+00:00")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "a", "pull", "--cron", "0 2 * *"], "settings: source: Field required"),
        (["add", "a", "pull", "--set", "source=a.csv", "--cron", "0 2"], "has 2 fields"),
        (["add", "a", "pull", "--set", "source=a", "--cron", "@daily", "--zone", "Berlin"], "zone"),
        (["add", "a", "pul"], "there is no kind 'pul'; there are pull"),
        (["add", "a", "pull", "--set", "source"], "'source' is not NAME=VALUE"),
        (["add", "a", "pull", "--set", "source=a", "--set", "x=1"], "pull has no setting 'x'"),
        (["add", "A b", "pull", "--set", "source=a"], "name: 'A b'"),
        (["show", "a"], "there is no job 'a'"),
        (["run", "a"], "there is no job 'a'"),
        (["logs", "a"], "there is no job 'a'"),
        (["cancel", "9"], "there is no run 9"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], words: str) -> None:
    code, output = run(*arguments)
    assert code == 2
    assert output.startswith("oneedit: ")
    assert words in output
    assert values(*arguments, code=2)["error"] in output


def test_the_kinds_and_their_settings_are_listed() -> None:
    output = run("kinds")[1]
    assert "source (required)  A file, a SPARQL endpoint or a Neo4j server." in output
    assert values("kinds")["kinds"][0]["kind"] == "pull"


def test_without_a_server_a_run_is_carried_out_here(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        wiring, "build", lambda settings: application(settings.home, editor=FakeEditor())
    )
    add(source)
    done = values("run", "people", "--dry-run")["run"]
    assert (done["state"], done["counts"]["added"], done["dry_run"]) == ("done", 1, True)
    code, output = run("run", "people")
    assert code == 0
    assert "run 2 of people is done: 1 of 1 records added" in output
    assert "1 added" in output
    assert "done: 1 of 1 records added" in run("logs", "people")[1]
    found = values("logs", "people", "--run", "1")
    assert [line["state"] for line in found["lines"] if line["state"]] == [
        "queued",
        "running",
        "done",
    ]


def test_a_failed_run_is_exit_code_1(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "build", lambda settings: application(settings.home))
    add(source, "--retries", "0")
    Path(source).unlink()
    code, output = run("run", "people")
    assert code == 1
    assert "is failed" in output


def test_a_run_is_left_to_the_server_where_one_runs(home: Path, source: str) -> None:
    add(source)
    server = application(home)
    lease = Lease.acquire(server.ledger, WORKER, new_holder())
    assert lease is not None
    output = run("run", "people")[1]
    assert "run 1 of people is queued" in output
    assert "oneedit jobs logs people --follow" in output
    assert run("cancel", "1")[0] == 0
    assert "cancelled by" in run("logs", "people", "--follow")[1]
    server.close()
