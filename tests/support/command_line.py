"""Commands run inside the process of the tests."""

import json
from typing import Any

from typer.testing import CliRunner

from oneedit.cli.app import app


def run(*arguments: str) -> tuple[int, str]:
    """Run a command, and return its exit code and what it printed."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def run_json(*arguments: str) -> dict[str, Any]:
    """Run a command with --json, and return its result."""
    code, output = run(*arguments, "--json")
    found: dict[str, Any] = json.loads(output)
    assert found["code"] == code
    return found
