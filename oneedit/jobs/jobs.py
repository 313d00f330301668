"""What people may do with jobs, from the command line or over the web."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from controller.actor import Actor, Tier
from oneedit.errors import BadJob
from oneedit.jobs.kinds import JobKinds
from oneedit.jobs.schedule import Schedule, slot_name
from oneedit.ledger.job import OPEN_RUNS, Job, JobChange, JobRun, RunFilter, RunLine
from oneedit.ledger.jobs import JobRecords
from oneedit.people.permissions import Operation, require

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MOST_RETRIES, LONGEST_BACKOFF = 20, 24 * 3600


@dataclass(frozen=True)
class Jobs:
    """The jobs of a home; what is asked of it takes effect wherever the server runs.

    Every method raises ``NotPermitted`` unless the actor may manage jobs.

    Attributes:
        records: the jobs and runs.
        kinds: the kinds of jobs.
    """

    records: JobRecords
    kinds: JobKinds

    def list(self, actor: Actor) -> Sequence[Job]:
        """Return the jobs, by name."""
        _require(actor)
        return self.records.jobs()

    def show(self, actor: Actor, name: str) -> Job:
        """Return a job.

        Raises:
            UnknownJob: there is none of this name.
        """
        _require(actor)
        return self.records.job(name)

    def changes(self, actor: Actor, name: str) -> Sequence[JobChange]:
        """Return who has changed a job, when and how."""
        _require(actor)
        return self.records.changes(name)

    def next_slot(self, job: Job) -> str:
        """Return the next time at which a job is due, in UTC; "" if there is none."""
        if not job.cron or job.paused:
            return ""
        now = datetime.fromisoformat(self.records.ledger.now())
        slot = Schedule(job.cron, job.zone).next(now)
        return slot_name(slot) if slot else ""

    def add(self, actor: Actor, job: Job) -> Job:
        """Add a job; its slots begin now.

        Raises:
            BadJob: its name, kind, settings, schedule or trust cannot be used.
            JobExists: there is one of this name.
        """
        _require(actor)
        if not NAME.fullmatch(job.name):
            raise BadJob("name", f"{job.name!r} is not of a-z, 0-9, - and _, or is too long")
        return self.records.add(replace(self._checked(actor, job), made_by=actor.name))

    def edit(self, actor: Actor, name: str, **changes: Any) -> Job:  # noqa: ANN401  fields of Job
        """Change a job; of ``settings`` only those that are named, a None takes one back.

        Raises:
            BadJob, UnknownJob, JobChanged: as in :meth:`add`, and if somebody was faster.
        """
        _require(actor)
        before = self.records.job(name)
        given: Mapping[str, Any] = changes.pop("settings", {})
        merged = {**before.settings, **given}
        settings = {key: value for key, value in merged.items() if value is not None}
        after = replace(before, settings=settings, **changes)
        after = self._checked(actor, after, trusted=before.trust)
        return self.records.change(before, after, by=actor.name, action="edit")

    def pause(self, actor: Actor, name: str) -> Job:
        """Let a job's schedule not count until it is resumed; runs that have begun go on.

        Raises:
            UnknownJob, JobChanged: as in :meth:`edit`.
        """
        return self._marked(actor, name, "pause", paused=True)

    def resume(self, actor: Actor, name: str) -> Job:
        """Let a job's schedule count again; what was due meanwhile is not made up for.

        Raises:
            UnknownJob, JobChanged: as in :meth:`edit`.
        """
        return self._marked(actor, name, "resume", paused=False)

    def remove(self, actor: Actor, name: str) -> Job:
        """Remove a job and cancel its runs; its history stays.

        Raises:
            UnknownJob, JobChanged: as in :meth:`edit`.
        """
        gone = self._marked(actor, name, "remove", removed=True, paused=True)
        for run in self.records.runs(RunFilter(job=name, states=OPEN_RUNS)):
            self.records.cancel(run.id, by=actor.name)
        return gone

    def run(self, actor: Actor, name: str, *, dry_run: bool = False) -> JobRun:
        """Ask for a run now, of a paused job as well; the server begins it within seconds.

        Raises:
            UnknownJob: there is none of this name.
        """
        _require(actor)
        return self.records.ask(name, by=actor.name, dry_run=dry_run)

    def cancel(self, actor: Actor, number: int) -> JobRun:
        """Cancel a run that waits, or ask one that runs to end at its next step.

        Raises:
            UnknownRun, RunEnded: there is none of this number, or it is over.
        """
        _require(actor)
        return self.records.cancel(number, by=actor.name)

    def runs(self, actor: Actor, name: str = "", *, limit: int = 20) -> Sequence[JobRun]:
        """Return the last runs of a job, or of all; the oldest first."""
        _require(actor)
        return self.records.runs(RunFilter(job=name, limit=limit))

    def get_run(self, actor: Actor, number: int) -> JobRun:
        """Return a run.

        Raises:
            UnknownRun: there is none of this number.
        """
        _require(actor)
        return self.records.run(number)

    def lines(self, actor: Actor, number: int, *, after: int = 0) -> Sequence[RunLine]:
        """Return the lines of a run's log after one."""
        _require(actor)
        return self.records.lines(number, after=after)

    def _marked(self, actor: Actor, name: str, action: str, **marks: Any) -> Job:  # noqa: ANN401
        """Change nothing of a job but whether it is paused or removed."""
        _require(actor)
        before = self.records.job(name)
        return self.records.change(before, replace(before, **marks), by=actor.name, action=action)

    def _checked(self, actor: Actor, job: Job, *, trusted: Tier | None = None) -> Job:
        """Return a job with its settings in full.

        Raises:
            BadJob: something cannot be used.
        """
        settings = self.kinds[job.kind].checked(job.settings)
        if job.cron:
            Schedule(job.cron, job.zone).check()
        if actor.service and job.trust > max(actor.tier, Tier.NEW if trusted is None else trusted):
            raise BadJob("trust", f"{actor.name} is not trusted as far as {job.trust.name.lower()}")
        if not 0 <= job.retries <= MOST_RETRIES:
            raise BadJob("retries", f"{job.retries} is not between 0 and {MOST_RETRIES}")
        if not 1 <= job.backoff <= LONGEST_BACKOFF:
            raise BadJob("backoff", f"{job.backoff} is not between 1 and {LONGEST_BACKOFF} seconds")
        return replace(job, settings=settings.model_dump(mode="json", exclude_defaults=True))


def _require(actor: Actor) -> None:
    require(actor, Operation.MANAGE_JOBS)
