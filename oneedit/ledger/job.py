"""Jobs and their runs as plain values; ``oneedit.jobs`` carries them out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from controller.actor import Tier

JOB_PREFIX = "job:"
"""Begin of the actors' names, the sources and the leases of jobs."""


class RunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"  # waits for its turn, or for its next attempt
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # after its last attempt
    CANCELLED = "cancelled"


RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.RUNNING: frozenset(
        {
            RunState.RUNNING,  # its process ended, and another one goes on
            RunState.QUEUED,
            RunState.DONE,
            RunState.FAILED,
            RunState.CANCELLED,
        }
    ),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}
"""Which state may follow which."""

OPEN_RUNS = frozenset({RunState.QUEUED, RunState.RUNNING})
"""States of runs that are not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is run, when, and in whose name.

    Attributes:
        name: its name; its actor is ``job:NAME``.
        kind: name of a kind, see :mod:`oneedit.jobs.kinds`.
        settings: what the kind is told, as plain values.
        cron: when it is run, see :mod:`oneedit.jobs.schedule`; "" for by hand only.
        zone: time zone of ``cron``.
        paused: whether ``cron`` does not count for now.
        trust: how far its actor is trusted.
        retries: how often a run that failed is attempted again.
        backoff: seconds before the first of these attempts; twice as many before each next one.
        made_by: who added it.
        since: slots up to this time are over.
        removed: whether it is gone; its runs stay.
        revision: how often it was changed.
        created_at: when it was added.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    cron: str = ""
    zone: str = "UTC"
    paused: bool = False
    trust: Tier = Tier.KNOWN
    retries: int = 3
    backoff: int = 60
    made_by: str = ""
    since: str = ""
    removed: bool = False
    revision: int = 0
    created_at: str = ""

    @property
    def actor_name(self) -> str:
        """Return the name in which it acts."""
        return f"{JOB_PREFIX}{self.name}"


@dataclass(frozen=True, slots=True)
class JobChange:
    """One change of a job.

    Attributes:
        revision: the job's revision after it.
        actor: who changed it.
        action: "add", "edit", "pause", "resume" or "remove".
        job: the job after it, as plain values.
        created_at: when.
    """

    revision: int
    actor: str
    action: str
    job: Mapping[str, Any]
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One run of a job, whatever number of attempts it takes.

    Attributes:
        id: its number.
        job, kind, settings, trust: the job as it was when the run was due.
        slot: the time it was due, in UTC; by hand, the time and its number.
        state: where it is.
        attempt: number of its last attempt, from 1.
        dry_run: whether it changes nothing.
        asked_by: who asked for it; "" for a run that was due.
        not_before: time before which it is not attempted, or "".
        cancelled_by: who wants it to end, or "".
        cursor: where it goes on; empty at its begin.
        counts: its figures.
        permille: how much of it is done.
        note: why it failed or was cancelled, or what it found, in a sentence.
        created_at, started_at, finished_at: when; the last two "" before.
    """

    id: int = 0
    job: str
    kind: str
    settings: Mapping[str, Any]
    trust: Tier
    slot: str
    state: RunState = RunState.QUEUED
    attempt: int = 1
    dry_run: bool = False
    asked_by: str = ""
    not_before: str = ""
    cancelled_by: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    permille: int = 0
    note: str = ""
    created_at: str = ""
    started_at: str = ""
    finished_at: str = ""

    @property
    def batch(self) -> str:
        """Return the batch id of the run in the ledger, for an undo of all it did."""
        return f"{self.job}:{self.slot}"

    @property
    def actor_name(self) -> str:
        """Return the name in which it acts."""
        return f"{JOB_PREFIX}{self.job}"


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of a run's log.

    Attributes:
        number: its place, from 1.
        state: the state that the run has from here on, or "" for a line of its own.
        text: what it says.
        created_at: when.
    """

    number: int
    state: str
    text: str
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs are wanted.

    Attributes:
        job: of this job, or "" for all.
        states: in one of these, or all.
        limit: the last so many.
    """

    job: str = ""
    states: Collection[RunState] = ()
    limit: int = 100
