"""A kind of job for tests, a clock that is set by hand, and jobs of a ledger without a model."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from controller.actor import Actor, Role
from oneedit.errors import BadRecords
from oneedit.jobs.jobs import Jobs
from oneedit.jobs.kinds import JobKind, JobKinds, JobRequest, JobResult, JobSettings
from oneedit.jobs.run_context import RunContext
from oneedit.jobs.runner import JobRunner
from oneedit.jobs.scheduler import JobScheduler
from oneedit.ledger.accounts import Accounts
from oneedit.ledger.job import Job
from oneedit.ledger.jobs import JobRecords
from oneedit.ledger.ledger import Ledger
from oneedit.people.people import People
from oneedit.people.permissions import Operation
from oneedit.service import EditService

ADMIN = Actor("ana", Role.ADMIN)
OTHER = Actor("otto", Role.ADMIN)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    time: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **by: float) -> None:
        self.time += timedelta(**by)


class ProbeSettings(JobSettings):
    """What a probe is told."""

    steps: int = 1
    """Steps it takes."""
    file: str = ""
    """File to which each step appends its slot and its number."""


@dataclass
class Probe:
    """The function of a job that counts its steps, saves each, and does what a test wants.

    Attributes:
        taken: (slot, step) in order.
        before_step: called before each step.
    """

    taken: list[tuple[str, int]] = field(default_factory=list)
    before_step: Callable[[int], object] = lambda _step: None

    def run(
        self,
        request: JobRequest[ProbeSettings],
        service: EditService,
        actor: Actor,
        context: RunContext,
    ) -> JobResult:
        del service
        start = int((context.load_cursor() or {}).get("step", 0))
        for step in range(start, request.settings.steps):
            context.check()
            self.before_step(step)
            self.taken.append((request.slot, step))
            if request.settings.file:
                append(Path(request.settings.file), f"{request.slot} {step} {os.getpid()}")
            context.save_cursor({"step": step + 1})
            context.progress((step + 1) / request.settings.steps)
        context.log(f"{actor.name} is done")
        return JobResult(counts={"steps": request.settings.steps}, text="all steps taken")

    @property
    def kinds(self) -> JobKinds:
        kind = JobKind(
            name="probe",
            about="counts",
            settings=ProbeSettings,
            operation=Operation.READ,
            run=self.run,
        )
        return JobKinds((kind,))


def append(path: Path, text: str) -> None:
    """Append a line to a file in one write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, f"{text}\n".encode())
    finally:
        os.close(descriptor)


def fail(_step: int) -> None:
    raise BadRecords("line 3: it is no fact", 1)


@dataclass
class Office:
    """Jobs of a ledger whose kind is the probe.

    Attributes:
        ledger: the ledger.
        clock: its clock.
        probe: what the jobs do.
    """

    ledger: Ledger
    clock: Clock
    probe: Probe = field(default_factory=Probe)
    schedulers: list[JobScheduler] = field(default_factory=list)

    @property
    def records(self) -> JobRecords:
        return JobRecords(self.ledger)

    @property
    def jobs(self) -> Jobs:
        return Jobs(self.records, self.probe.kinds)

    def runner(self) -> JobRunner:
        service = cast("EditService", EmptyService())
        return JobRunner(self.records, self.probe.kinds, service, People(Accounts(self.ledger)))

    def scheduler(self, *, owns: bool = True) -> JobScheduler:
        """Return a scheduler; without being started it makes runs and begins none."""
        return JobScheduler(self.runner(), lambda: owns)

    def add(self, name: str = "nightly", *, cron: str = "0 2 * * *", **fields: object) -> Job:
        settings = {key: fields.pop(key) for key in ("steps", "file") if key in fields}
        job = Job(name=name, kind="probe", cron=cron, settings=settings, **fields)  # type: ignore[arg-type]
        return self.jobs.add(ADMIN, job)


@dataclass(frozen=True)
class EmptyService:
    """A service of which jobs only set where requests come from."""

    source: str = ""
    batch: str = ""
