"""A home that a newer OneEdit has used: every command says so in a line."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from oneedit import wiring
from oneedit.cli.app import app
from oneedit.ledger.location import Location
from oneedit.settings import Settings
from oneedit.wiring import Application
from tests.support.databases import execute
from tests.support.fakes import application

COMMANDS = (
    ("status",),
    ("history",),
    ("show", "Joe Biden"),
    ("blame", "Joe Biden"),
    ("diff", "0", "0"),
    ("ask", "Who is Joe Biden's spouse?"),
    ("tell", "Joe Biden's vice president is Mike Pence."),
    ("forget", "Joe Biden's spouse"),
    ("undo", "1"),
    ("rollback", "0"),
    ("consolidate",),
    ("verify",),
    ("check", "0"),
    ("export", "out"),
    ("users", "list"),
    ("jobs", "list"),
    ("jobs", "show", "x"),
    ("reviews", "list"),
    ("tickets", "list"),
    ("pull", "facts.csv"),
    ("prune", "--before", "1"),
    ("checkpoint",),
    ("backup", "out.tar"),
    ("--as", "ada", "status"),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def build(settings: Settings) -> Application:
        return application(settings.home)

    home = tmp_path / "a home?"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.csv").write_text("subject,relation,object\n", encoding="utf-8")
    monkeypatch.setenv("ONEEDIT_HOME", str(home))
    monkeypatch.setattr(wiring, "build", build)
    application(home).close()
    execute(Location.in_home(home), "UPDATE alembic_version SET version_num = '9999'")
    return home


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_newer_ledger_is_refused_by_name(command: tuple[str, ...], home: Path) -> None:
    before = sorted(path.name for path in home.iterdir())
    result = CliRunner().invoke(app, list(command))
    assert result.exit_code == 2, result.output
    assert "migrated by a newer OneEdit, to revision 9999" in " ".join(result.output.split())
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert {"ledger.sqlite3"} <= set(before) & {path.name for path in home.iterdir()}
    assert not list(home.parent.glob("out*"))
