"""SIGKILL within an import: the same command goes on, and ends as an undisturbed import does."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oneedit.jobs.pull_request import BATCH
from oneedit.ledger.events import EventKind
from oneedit.ledger.job import RunState
from oneedit.wiring import Application
from tests.integration.import_child import imported
from tests.support.fakes import application

RECORDS = 2 * BATCH + 10


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a file of new facts and one conflict, of three batches."""
    rows = [f"Person {index},place_of_birth,Paris" for index in range(RECORDS - 1)]
    lines = ["subject,relation,object", *rows, "Joe Biden,place_of_birth,Oakland"]
    path = tmp_path_factory.mktemp("source") / "people.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def state(oneedit: Application) -> list[object]:
    """Return what two imports must have in common: everything but times."""
    imports = [each for each in oneedit.ledger.events() if each.kind is EventKind.IMPORT]
    return [
        sorted(map(repr, oneedit.ledger.snapshot().facts)),
        [each.content.imported and each.content.imported.rows_sha256 for each in imports],
        len({each.content.batch for each in imports}),
    ]


@pytest.fixture(scope="module")
def undisturbed(source: str, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    home = tmp_path_factory.mktemp("undisturbed")
    report = imported(home, source)
    assert (report.counts["read"], report.counts["versions"]) == (RECORDS, 3)
    oneedit = application(home)
    found = state(oneedit)
    oneedit.close()
    return found


@pytest.mark.parametrize(
    ("label", "nth"),
    [("job.taken", 1), ("ledger.after_commit", 2), ("job.finished", 1)],
)
def test_a_killed_import_goes_on_by_the_same_command(
    tmp_path: Path, source: str, undisturbed: list[object], label: str, nth: int
) -> None:
    command = [sys.executable, "-m", "tests.integration.import_child"]
    arguments = [str(tmp_path), source, label, str(nth)]
    killed = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    over = label == "job.finished"
    report = imported(tmp_path, source)
    assert (report.run.state, report.run.id) == (RunState.DONE, 2 if over else 1)
    oneedit = application(tmp_path)
    assert state(oneedit) == undisturbed
    oneedit.close()
