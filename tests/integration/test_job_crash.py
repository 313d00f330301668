"""SIGKILL at every labelled point of a job: the next process ends the run as if undisturbed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from controller.actor import Tier
from oneedit.ledger.job import Job, RunState
from oneedit.wiring import Application
from tests.integration.job_child import DUE
from tests.support.fakes import LOCAL, application

LABELS = ["job.taken", "job.saved", "ledger.before_commit", "ledger.after_commit", "job.finished"]
RECORDS, BATCH = 22, 5


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with a pull that waits to be carried out."""
    rows = [("subject", "relation", "object")]
    rows += [(f"Person {number}", "place_of_birth", "Paris") for number in range(RECORDS)]
    source = tmp_path / "people.csv"
    source.write_text("\n".join(map(",".join, rows)), encoding="utf-8")
    oneedit = application(tmp_path / "home")
    settings = {"source": str(source), "batch": BATCH}
    oneedit.jobs.add(LOCAL, Job(name="people", kind="pull", settings=settings, trust=Tier.CURATOR))
    oneedit.jobs.run(LOCAL, "people")
    oneedit.jobs.add(LOCAL, Job(name="due", kind="audit", cron="@daily"))
    oneedit.close()
    return tmp_path / "home"


def killed_at(home: Path, label: str, nth: int = 1) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.integration.job_child", str(home), label, str(nth)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_slot_that_was_claimed_before_a_kill_has_one_run(home: Path) -> None:
    killed = killed_at(home, "job.claimed")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    oneedit = application(home)
    assert oneedit.jobs.records.claim("due", DUE) is None
    (run,) = oneedit.jobs.runs(LOCAL, "due")
    done = oneedit.runner.carry_out(run.id)
    assert done is not None
    assert (done.slot, done.state) == (DUE, RunState.DONE)
    oneedit.close()


def state(oneedit: Application) -> tuple[list[str], list[str]]:
    """Return what every run must leave: the facts, and the keys of its versions."""
    slot = oneedit.jobs.get_run(LOCAL, 1).slot
    keys = [(each.idem or "").replace(slot, "SLOT") for each in oneedit.ledger.events()]
    return sorted(map(repr, oneedit.ledger.snapshot().facts)), keys


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("nth", [1, 3])
def test_a_killed_run_is_resumed_from_its_cursor(home: Path, label: str, nth: int) -> None:
    killed = killed_at(home, label, nth)
    once = label in {"job.taken", "job.finished"} and nth > 2  # there is another run as well
    assert killed.returncode == (0 if once else -signal.SIGKILL), killed.stderr
    oneedit = application(home)
    oneedit.service.verify(LOCAL)
    before = oneedit.jobs.get_run(LOCAL, 1)
    over = before.state is RunState.DONE
    assert over == (label == "job.finished" or once)
    done = before if over else oneedit.runner.carry_out(1)
    assert done is not None
    assert (done.state, done.attempt) == (RunState.DONE, 1)
    facts, keys = state(oneedit)
    assert sum("Person" in fact for fact in facts) >= RECORDS
    assert keys == ["", *(f"people:SLOT:{number}" for number in range(1, 6))]
    resumed = [line.text for line in oneedit.jobs.lines(LOCAL, 1) if "goes on" in line.text]
    assert bool(resumed) == (not over)
    oneedit.close()
