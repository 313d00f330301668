"""The command line in a terminal that is not UTF-8."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(home: Path, encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {
        **os.environ,
        "ONEEDIT_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "tests.integration.cli_child", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_the_terminal_cannot_show_is_a_question_mark(encoding: str, tmp_path: Path) -> None:
    home = tmp_path / "häuschen 100% sicher?"
    told = run(home, encoding, "tell", "Joe Biden's vice president is Mike Pence.")
    assert told.returncode == 0, told.stderr
    assert b"Kamala Harris ? Mike Pence" in told.stdout
    unknown = run(home, encoding, "show", "Łódź")
    assert unknown.returncode == 2, unknown.stderr
    assert b"send it as UTF-8" in unknown.stderr
    assert b"Traceback" not in unknown.stdout + unknown.stderr
    state = run(home, encoding, "status")
    assert state.returncode == 0, state.stderr
    assert b"uschen 100% sicher?" in state.stdout
