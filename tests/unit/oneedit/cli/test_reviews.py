"""``oneedit reviews``: what it prints, and with which exit code it ends."""

from pathlib import Path

import pytest

from controller.actor import Actor, Role, Tier
from oneedit import wiring
from oneedit.results import Proposed
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.command_line import run, run_json
from tests.support.fakes import FakeEditor, application

STRANGER = "Ada Quill was born in Paris."
PENCE = "Joe Biden's vice president is Mike Pence."
JOB = Actor("import", Role.EDITOR, Tier.NEW)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor())

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)
    return tmp_path / "home"


def propose_as(actor: Actor, text: str, home: Path) -> int:
    oneedit = application(home)
    result = oneedit.service.submit(actor, text)
    oneedit.close()
    assert isinstance(result, Proposed)
    return result.proposal_id


def test_telling_with_propose_leaves_an_edit_to_a_reviewer() -> None:
    code, output = run("tell", PENCE, "--propose")
    assert code == 0
    assert "Proposal 1 waits for a reviewer" in output
    assert "Kamala Harris → Mike Pence" in output
    assert run_json("status")["version"] == 0
    assert run_json("forget", "the spouse of Mike Pence", "--propose")["proposal_id"] == 2


def test_the_list_shows_what_is_undecided() -> None:
    run("tell", PENCE, "--propose")
    code, output = run("reviews", "list")
    assert code == 0
    assert "Kamala Harris → Mike Pence" in output
    run("reviews", "reject", "1", "--reason", "No source.")
    assert run_json("reviews", "list")["proposals"] == []
    assert run_json("reviews", "list", "--state", "rejected")["proposals"][0]["id"] == 1
    assert len(run_json("reviews", "list", "--all")["proposals"]) == 1
    assert run_json("reviews", "list", "--all", "--author", "nobody")["proposals"] == []


def test_showing_gives_changes_reasons_old_answer_and_consequences() -> None:
    run("tell", PENCE, "--propose")
    code, output = run("reviews", "show", "1")
    assert code == 0
    assert "Joe Biden - vice president: Kamala Harris → Mike Pence" in output
    assert "Kamala Harris (sure to 75 %)" in output
    assert "chains of relations would change with it, such as: " in output
    assert "Approved by 0 of 1 person." in output
    found = run_json("reviews", "show", "1")
    assert found["proposal"]["plan"]["added"][0]["object"] == "Mike Pence"
    assert found["proposal"]["plan"]["reasons"][0]["code"] == "coverage"
    assert found["proposal"]["answers"][0]["confidence"] == 0.75
    assert found["events"][0]["action"] == "propose"
    assert "targets" not in found["proposal"]["plan"]


def test_the_local_user_approves_what_a_job_proposed(home: Path) -> None:
    number = str(propose_as(JOB, STRANGER, home))
    code, output = run("reviews", "approve", number, "--comment", "checked")
    assert code == 0
    assert "Applied as version 1" in output
    found = run_json("reviews", "show", number)
    assert found["proposal"]["state"] == "applied"
    assert found["events"][1]["comment"] == "checked"
    assert run_json("history")["entries"][1]["actor"] == "import"


def test_a_decision_on_an_old_revision_ends_with_2() -> None:
    run("tell", STRANGER, "--propose")
    run("reviews", "comment", "1", "Where is that from?")
    code, output = run("reviews", "approve", "1", "--revision", "1")
    assert code == 2
    assert "Where is that from?" in output
    assert run("reviews", "approve", "1", "--revision", "2")[0] == 0


def test_a_changed_meaning_is_shown_and_ends_with_2() -> None:
    run("tell", PENCE, "--propose")
    run("tell", "Joe Biden's vice president is Donald Trump.")
    code, output = run("reviews", "approve", "1")
    assert code == 2
    assert "The graph has changed since" in output
    assert "Kamala Harris → Mike Pence" in output
    assert "Donald Trump → Mike Pence" in output
    found = run_json("reviews", "show", "1")
    assert found["events"][-1]["earlier"]["retracted"][0]["object"] == "Kamala Harris"
    assert run("reviews", "approve", "1")[0] == 0


def test_talking_amending_and_reopening_end_with_0() -> None:
    run("tell", STRANGER, "--propose")
    for command in (
        ["ask", "1", "Which Paris?"],
        ["answer", "1", "The one in France."],
        ["assign", "1", "rae"],
        ["assign", "1"],
        ["amend", "1", "Ada Quill was born in Lyon."],
        ["reject", "1", "--reason", "No source."],
        ["reopen", "1", "--comment", "Here it is."],
        ["approve", "1"],
        ["undo", "1", "--comment", "Wrong."],
    ):
        assert run("reviews", *command)[0] == 0, command
    code, output = run("reviews", "show", "1")
    assert code == 0
    for words in ("Which Paris?", "amended it", "reopened it: Here it is.", "undid it: Wrong."):
        assert words in output
    run("tell", STRANGER, "--propose")
    assert run("reviews", "withdraw", "2")[0] == 0


def test_many_are_decided_by_a_filter_with_a_line_for_each(home: Path) -> None:
    first = propose_as(JOB, STRANGER, home)
    twin = propose_as(JOB, STRANGER, home)
    found = run_json("reviews", "approve", "--author", "import", "--relation", "place_of_birth")
    assert [(each["proposal"]["id"], each["done"]) for each in found["decided"]] == [
        (first, True),
        (twin, False),
    ]
    assert found["code"] == 2
    propose_as(JOB, "Bea Quill was born in Lyon.", home)
    code, output = run("reviews", "reject", "--all", "--reason", "Spam.")
    assert code == 0
    assert "Proposal 3, rejected" in output


def test_what_cannot_be_done_ends_with_2() -> None:
    run("tell", STRANGER, "--propose")
    assert run("reviews", "show", "9")[0] == 2
    assert run("reviews", "undo", "1")[0] == 2
    assert run("reviews", "amend", "1", "blah blah")[0] == 2
    assert run("reviews", "reject", "1", "--reason", " ")[0] == 2
    assert run("reviews", "approve")[0] == 2
    assert run("reviews", "approve", "1", "--all")[0] == 2
    assert run_json("reviews", "show", "9")["error"].startswith("there is no proposal 9")
