"""The command line loads its parts when they are used."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from oneedit.cli.app import app
from oneedit.cli.parts import COMMANDS, GROUPS

HEAVY = ("alembic", "apscheduler", "rdflib", "sqlalchemy", "sqlmodel", "torch", "transformers")


def test_what_asks_a_server_loads_no_database_and_no_model() -> None:
    loaded = f"set({HEAVY}) & sys.modules.keys()"
    code = f"import sys, oneedit.cli.app, oneedit.control.remote; print({loaded})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_help_names_every_command_and_part() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    for name in ("ask", "tell", *COMMANDS, *GROUPS):
        assert f"│ {name} " in shown


@pytest.mark.parametrize("name", sorted({*COMMANDS, *GROUPS}))
def test_every_part_shows_its_help(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert f"{name} [OPTIONS]" in shown.output


def test_a_misspelt_part_is_named() -> None:
    shown = CliRunner().invoke(app, ["revews"])
    assert shown.exit_code == 2
    assert "reviews" in shown.output
