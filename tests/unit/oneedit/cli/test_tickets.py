"""``oneedit tickets``: what it prints, and with which exit code it ends."""

from pathlib import Path

import pytest

from oneedit import wiring
from oneedit.control.local import LocalClient
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.command_line import run, run_json
from tests.support.fakes import FakeEditor, application

PENCE = "Joe Biden's vice president is Mike Pence."
STRANGER = "Ada Quill was born in Paris."


@pytest.fixture(autouse=True)
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEditor:
    made = FakeEditor()

    def build(settings: Settings) -> Application:
        return application(settings.home, editor=made)

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)
    return made


def test_a_ticket_is_listed_and_shown_with_its_steps() -> None:
    run("tell", PENCE)
    code, output = run("tickets", "show", "1")
    assert code == 0
    assert "Ticket 1, applied, by " in output
    assert "Kamala Harris → Mike Pence" in output
    assert "2. queued" in output
    assert "Applied as version 1." in output
    assert run_json("tickets", "list")["tickets"] == []
    found = run_json("tickets", "list", "--all")["tickets"]
    assert [(each["id"], each["state"], each["version"]) for each in found] == [(1, "applied", 1)]
    assert run_json("tickets", "list", "--state", "applied")["tickets"] == found
    assert "request" not in found[0]
    shown = run_json("tickets", "show", "1")
    assert (shown["kind"], shown["result"]["version"]) == ("ticket", 1)
    assert [each["state"] for each in shown["steps"]][0::4] == ["reading", "applied"]


def test_what_nobody_agreed_to_is_cancelled() -> None:
    run("tell", STRANGER)
    assert run_json("tickets", "list")["tickets"] == []
    assert run_json("tickets", "show", "1")["ticket"]["state"] == "cancelled"
    assert run("tickets", "cancel", "1")[0] == 2


def test_an_edit_below_the_gate_stays_until_somebody_agrees(editor: FakeEditor) -> None:
    editor.failing = editor.methods
    code, output = run("tell", PENCE)
    assert (code, "Held; nothing was changed" in output) == (2, True)
    assert run_json("tickets", "list")["tickets"][0]["state"] == "held"
    code, output = run("tickets", "agree", "1")
    assert (code, "Below the gate" in output) == (0, True)


def test_what_failed_says_why_and_is_tried_again(editor: FakeEditor) -> None:
    def fail() -> None:
        raise OSError("no space")

    editor.during_solve = fail
    code, output = run("tell", PENCE)
    assert code == 1
    assert "ticket 1 is failed" in output
    assert "oneedit tickets agree 1" in output
    editor.during_solve = lambda: None
    assert run_json("tickets", "agree", "1")["version"] == 1


def test_a_ticket_that_is_not_there_ends_with_2() -> None:
    run("status")
    for command in ("show", "cancel", "agree", "follow"):
        code, output = run("tickets", command, "9")
        assert (code, "there is no ticket 9" in output) == (2, True), command
    assert run("tickets", "show", "0")[0] == 2


def test_who_interrupts_without_a_terminal_leaves_the_ticket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LocalClient, "follow", interrupted)
        code, output = run("tell", PENCE)
    assert (code, "oneedit tickets show 1" in output) == (130, True)
    assert run_json("tickets", "follow", "1")["kind"] == "edit"
