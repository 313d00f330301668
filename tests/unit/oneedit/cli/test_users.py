"""``oneedit users`` and ``--as``: who acts, and what they are told."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application

PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def build(settings: Settings) -> Application:
        return application(settings.home, editor=FakeEditor())

    monkeypatch.setenv("ONEEDIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(wiring, "build", build)
    return tmp_path / "home"


def run(*arguments: str, user: str = "") -> tuple[int, str]:
    environment = {"COLUMNS": "200", "ONEEDIT_USER": user}
    result = CliRunner().invoke(app, list(arguments), env=environment)
    return result.exit_code, result.output


def run_json(*arguments: str, user: str = "") -> dict[str, Any]:
    code, output = run(*arguments, "--json", user=user)
    found: dict[str, Any] = json.loads(output)
    assert found["code"] == code
    return found


def test_a_fresh_home_says_that_its_user_may_do_everything() -> None:
    code, output = run("users", "list")
    assert code == 0
    assert "There are no accounts" in output
    assert run_json("users", "list") == {"code": 0, "users": []}


def test_accounts_are_made_changed_and_listed() -> None:
    assert run("users", "add", "ada", "--role", "editor") == (0, "ada: editor, person\n")
    added = run("users", "add", "feed", "--role", "editor", "--service", "--trust", "curator")
    assert added == (0, "feed: editor, service, trusted as curator\n")
    assert run("users", "role", "ada", "reviewer") == (0, "ada: reviewer, person\n")
    assert run("users", "trust", "ada", "new") == (0, "ada: reviewer, person, trusted as new\n")
    assert run("users", "trust", "ada", "role") == (0, "ada: reviewer, person\n")
    assert run("users", "disable", "ada") == (0, "ada: reviewer, person, disabled\n")
    users = run_json("users", "list")["users"]
    assert [(each["name"], each["trust"], each["disabled"]) for each in users] == [
        ("ada", None, True),
        ("feed", "curator", False),
    ]
    code, output = run("users", "list")
    assert (code, "disabled" in output, "trusted as curator" in output) == (0, True, True)
    assert run("users", "enable", "ada") == (0, "ada: reviewer, person\n")
    steps = run_json("users", "log", "ada")["steps"]
    assert [each["action"] for each in steps] == [
        "add",
        "role",
        "trust",
        "trust",
        "disable",
        "enable",
    ]
    assert "trusted as new" in run("users", "log", "ada")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("role", "nobody", "admin"), "there is no account 'nobody'"),
        (("add", "rob", "--role", "editor"), "there is an account 'rob' already"),
        (("add", "a/b", "--role", "editor"), "cannot be the name of an account"),
        (("disable", "rob"), "rob is the last administrator"),
        (("role", "rob", "viewer"), "rob is the last administrator"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: tuple[str, ...], words: str) -> None:
    run("users", "add", "rob", "--role", "admin")
    code, output = run("users", *arguments)
    assert code == 2
    assert words in output
    assert words in run_json("users", *arguments)["error"]


def test_no_account_is_given_the_role_of_the_machines_user() -> None:
    assert run("users", "add", "ada", "--role", "local")[0] == 2


def test_somebody_acts_as_an_account_by_option_or_setting() -> None:
    run("users", "add", "ada", "--role", "editor")
    run("users", "add", "vic", "--role", "viewer")
    assert run("--as", "ada", "tell", PENCE)[0] == 0
    assert run_json("history", user="ada")["entries"][-1]["actor"] == "ada"
    code, output = run("tell", PENCE, user="vic")
    assert code == 2
    assert "vic may not tell or forget facts: this needs the role editor" in output
    assert run("--as", "vic", "ask", "Who is Joe Biden's vice president?", user="ada")[0] == 0


def test_the_choice_of_one_command_is_not_that_of_the_next() -> None:
    run("users", "add", "vic", "--role", "viewer")
    assert run("--as", "vic", "tell", PENCE)[0] == 2
    assert run("tell", PENCE)[0] == 0


@pytest.mark.parametrize("command", [("tell", PENCE), ("status",), ("users", "list")])
def test_who_is_unknown_or_disabled_is_refused(command: tuple[str, ...]) -> None:
    code, output = run("--as", "zoe", *command)
    assert code == 2
    assert "there is no account 'zoe'; list them: oneedit users list" in output
    run("users", "add", "ada", "--role", "admin")
    run("users", "add", "rob", "--role", "admin")
    run("users", "disable", "ada")
    code, output = run(*command, user="ada")
    assert code == 2
    assert "the account ada is disabled" in output


def test_only_administrators_manage_people_and_prune() -> None:
    run("users", "add", "rae", "--role", "reviewer")
    run("status")
    for command in (
        ("users", "list"),
        ("users", "add", "eve", "--role", "admin"),
        ("prune", "--before", "1"),
        ("consolidate",),
        ("export", "out"),
    ):
        code, output = run(*command, user="rae")
        assert (code, "this needs the role admin" in output) == (2, True), command


def test_a_reviewer_decides_on_the_command_line() -> None:
    run("users", "add", "ada", "--role", "editor")
    run("users", "add", "rae", "--role", "reviewer")
    assert run("tell", PENCE, "--propose", user="ada")[0] == 0
    assert run("reviews", "approve", "1", user="ada")[0] == 2
    assert run("reviews", "approve", "1", user="rae")[0] == 0
    assert run_json("history")["entries"][-1]["actor"] == "ada"


def test_people_are_managed_without_the_model(home: Path) -> None:
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from oneedit.cli.app import app\n"
        "result = CliRunner().invoke(app, ['users', 'add', 'ada', '--role', 'admin'])\n"
        "assert result.exit_code == 0, result.output\n"
        "assert CliRunner().invoke(app, ['--as', 'ada', 'users', 'list']).exit_code == 0\n"
        "sys.exit('torch' in sys.modules)\n"
    )
    environment = {"ONEEDIT_HOME": str(home), "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == 0


def test_an_invitation_is_a_link_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    run("users", "add", "ada", "--role", "admin")
    code, output = run("users", "invite", "ada")
    assert code == 0
    assert "http://127.0.0.1:8080/join/" in output
    monkeypatch.setenv("ONEEDIT_PUBLIC_URL", "https://facts.example.org/oneedit/")
    assert run_json("users", "invite", "ada")["link"].startswith(
        "https://facts.example.org/oneedit/join/"
    )
    assert run("users", "invite", "ada", user="ada")[0] == 0
    assert run("users", "invite", "nobody")[0] == 2


def test_tokens_are_made_listed_and_revoked() -> None:
    run("users", "add", "feed", "--role", "editor", "--service")
    made = run_json("tokens", "add", "nightly", "--scope", "edit", "--of", "feed")
    assert made["token"].startswith("oneedit_")
    assert made["scope"] == "edit"
    code, output = run("tokens", "list", "--of", "feed")
    assert code == 0
    assert "nightly" in output
    assert "for ever" in output
    assert made["token"] not in output
    assert run("tokens", "revoke", "1", "--of", "feed") == (0, "Token 1 cannot be used any more.\n")
    assert run_json("tokens", "list", "--of", "feed")["tokens"][0]["revoked_at"]
    assert run("tokens", "revoke", "2", "--of", "feed")[0] == 2
