"""Two processes with a scheduler each, a job every second: one run of each slot, and no more."""

import os
from collections import Counter
from pathlib import Path

import pytest

from oneedit.ledger.job import JobRun, RunState
from tests.support.schedulers import Schedulers

SECONDS = int(os.environ.get("ONEEDIT_SECONDS", "120"))


def check_once_each(schedulers: Schedulers, runs: list[JobRun], *, killed: int = 0) -> None:
    """Check that no slot has two runs, and that every run that is done had one effect."""
    assert max(Counter(run.slot for run in runs).values()) == 1
    effects = Counter(slot for slot, *_ in schedulers.effects())
    assert sum(count - 1 for count in effects.values()) <= killed  # done, but not saved yet
    assert effects.keys() == {run.slot for run in runs if run.state is RunState.DONE} | {
        run.slot for run in runs if run.state is RunState.QUEUED and run.cursor
    }


@pytest.mark.parametrize("mode", ["lease", "always"])
def test_two_schedulers_run_each_slot_once(tmp_path: Path, mode: str) -> None:
    schedulers = Schedulers(tmp_path, mode)
    schedulers.start()
    schedulers.wait_for(effects=4)
    schedulers.stop()
    check_once_each(schedulers, schedulers.runs())


def test_the_other_scheduler_goes_on_after_a_kill(tmp_path: Path) -> None:
    schedulers = Schedulers(tmp_path, "lease")
    schedulers.start()
    schedulers.wait_for(effects=2)
    schedulers.kill_the_busy_one()
    schedulers.wait_for(effects=len(schedulers.effects()) + 2)
    schedulers.stop()
    check_once_each(schedulers, schedulers.runs(), killed=1)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["lease", "always"])
def test_two_schedulers_run_each_slot_of_two_minutes_once(
    tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    schedulers = Schedulers(tmp_path, mode)
    schedulers.start()
    schedulers.wait_for(effects=SECONDS, patience=10 * SECONDS)
    schedulers.stop()
    runs = schedulers.runs()
    check_once_each(schedulers, runs)
    with capsys.disabled():
        print(schedulers.report(runs))  # noqa: T201  the figures
