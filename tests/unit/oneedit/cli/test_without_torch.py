"""Commands that need no model never load torch: with a server, and without one."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from oneedit.results import Proposed
from oneedit.wiring import Application
from tests.support.fakes import LOCAL
from tests.support.serving import serving
from tests.support.stories import tell

ROOT = Path(__file__).parents[4]
PENCE = "Joe Biden's vice president is Mike Pence."
RUN = """
import json, sys
from oneedit.cli.app import app
codes = []
for arguments in json.loads(sys.argv[1]):
    try:
        codes.append(app(arguments, standalone_mode=False) or 0)
    except SystemExit as left:
        codes.append(left.code)
    except Exception as error:
        codes.append(getattr(error, "exit_code", repr(error)))
loaded = sorted({"torch", "transformers"} & set(sys.modules))
print(json.dumps([codes, loaded]), file=sys.stderr)
"""
COMMANDS = (
    ["history"],
    ["history", "Joe Biden"],
    ["show", "Joe Biden"],
    ["show", "Joe Biden", "--as-of", "0"],
    ["diff", "0", "1"],
    ["blame", "Joe Biden"],
    ["status"],
    ["model", "show"],
    ["ask", "Who is Joe Biden's vice president?", "--as-of", "0"],
    ["rollback", "0", "--dry-run"],
    ["tickets", "list", "--all"],
    ["tickets", "show", "1"],
    ["reviews", "list"],
    ["reviews", "show", "1"],
    ["reviews", "comment", "1", "Where is that from?"],
    ["tickets", "cancel", "1"],
    ["users", "list"],
    ["--help"],
)


@pytest.fixture
def home(oneedit: Application) -> Path:
    proposed = oneedit.service.tell(LOCAL, "Joe Biden was born in Oakland.", propose=True)
    assert isinstance(proposed, Proposed)
    tell(oneedit, PENCE)
    oneedit.queue.submit(LOCAL, "Ada Quill was born in Paris.")
    return oneedit.home


def codes_and_modules(home: Path, commands: Sequence[Sequence[str]]) -> tuple[list[int], list[str]]:
    """Return the exit codes of commands in one process, and what it has loaded of torch."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(commands)],
        env={**os.environ, "ONEEDIT_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    codes, modules = json.loads(done.stderr.splitlines()[-1])
    return codes, modules


def test_what_needs_no_model_is_answered_without_torch(home: Path) -> None:
    assert codes_and_modules(home, COMMANDS) == ([0] * len(COMMANDS), [])


def test_with_a_server_nothing_needs_torch(home: Path, oneedit: Application) -> None:
    oneedit.worker.start()
    edits = (
        ["ask", "Who is Joe Biden's vice president?"],
        ["tell", "Donald Trump was born in Lyon.", "--json"],
        ["undo"],
        ["verify"],
        ["check", "1"],
        ["consolidate"],
        ["reviews", "approve", "1"],
        ["tickets", "follow", "2"],
    )
    with serving(oneedit):
        assert codes_and_modules(home, (*COMMANDS, *edits)) == (
            [0] * (len(COMMANDS) + len(edits)),
            [],
        )


def test_loading_the_model_would_be_noticed(tmp_path: Path) -> None:
    ask = ["ask", "Who is Joe Biden's vice president?"]
    _, modules = codes_and_modules(tmp_path / "new", [ask])
    assert "torch" in modules
