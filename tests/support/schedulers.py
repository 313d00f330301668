"""Several processes with a scheduler each, on one home, and what they did."""

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from oneedit.jobs.jobs import Jobs
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.ledger.jobs import JobRecords
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.jobs import ADMIN, Probe

EVERY_SECOND = "* * * * * *"
MOST_RUNS = 10_000


@dataclass
class Schedulers:
    """Two processes that run a job every second.

    Attributes:
        folder: where the home and the file of effects are.
        mode: as ``tests.integration.scheduler_child`` takes it.
        url: of the database, or "" for a file.
    """

    folder: Path
    mode: str
    url: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def open(self) -> Application:
        return application(self.home, database_url=self.url)

    def start(self, count: int = 2) -> None:
        oneedit = self.open()
        settings = {"file": str(self.folder / "effects")}
        job = Job(name="tick", kind="probe", cron=EVERY_SECOND, settings=settings)
        Jobs(JobRecords(oneedit.ledger), Probe().kinds).add(ADMIN, job)
        oneedit.close()
        command = [sys.executable, "-m", "tests.integration.scheduler_child"]
        for _ in range(count):
            self.processes.append(
                subprocess.Popen(
                    [*command, str(self.home), self.mode],
                    stdin=subprocess.PIPE,
                    env={**os.environ, "ONEEDIT_TEST_DATABASE": self.url},
                )
            )

    def effects(self) -> list[list[str]]:
        """Return slot, step and process of what was done, in order."""
        path = self.folder / "effects"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [line.split() for line in text.splitlines()]

    def wait_for(self, effects: int, patience: float = 120.0) -> None:
        """Wait until so much was done."""
        deadline = time.monotonic() + patience
        while len(self.effects()) < effects:
            assert time.monotonic() < deadline, "the schedulers do nothing"
            assert any(process.poll() is None for process in self.processes)
            time.sleep(0.05)

    def kill_the_busy_one(self) -> None:
        """Send SIGKILL to the process that did something last."""
        number = int(self.effects()[-1][2])
        (busy,) = (each for each in self.processes if each.pid == number)
        busy.kill()
        busy.wait()

    def stop(self) -> None:
        """End the processes that live."""
        for process in self.processes:
            if process.stdin:
                process.stdin.close()
        for process in self.processes:
            process.wait(timeout=60)

    def runs(self) -> list[JobRun]:
        oneedit = self.open()
        found = list(oneedit.jobs.runs(LOCAL, "tick", limit=MOST_RUNS))
        oneedit.close()
        return found

    def report(self, runs: list[JobRun]) -> str:
        """Return the figures in a line."""
        slots = sorted(datetime.fromisoformat(run.slot) for run in runs)
        seconds = (slots[-1] - slots[0]) // timedelta(seconds=1) + 1
        most = max(Counter(slots).values())
        by = Counter(number for *_, number in self.effects())
        done = sum(run.state is RunState.DONE for run in runs)
        return (
            f"{self.mode}: {seconds} slots of a second, {len(runs)} runs, {done} done, "
            f"at most {most} of a slot, {len(self.effects())} effects by processes "
            f"{sorted(by.values())}, {seconds - len(set(slots))} slots given to another run"
        )
