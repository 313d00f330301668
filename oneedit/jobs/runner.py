"""Carries out one run of a job, and records how it ended.

The lease of the job is held and renewed meanwhile. A run whose process was killed has a lease
that is over, so that the next process takes the run up from the cursor it has saved.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime, timedelta
from random import Random, SystemRandom

from editor.errors import HostClosed
from kg_data.errors import ExpectedError
from oneedit.errors import LeaseLost, RunCancelled, RunInterrupted, UnknownJob
from oneedit.jobs.kinds import JobKinds, JobResult
from oneedit.jobs.run_context import RunContext
from oneedit.ledger.job import JobRun, RunState
from oneedit.ledger.jobs import JobRecords
from oneedit.ledger.lease import TERM, Lease
from oneedit.people.people import People
from oneedit.service import EditService

BEAT = TERM.total_seconds() / 3
"""Seconds between two renewals of a lease."""

LONGEST_BACKOFF = timedelta(hours=6)
"""The longest wait before another attempt."""

UNEXPECTED = "something went wrong, and the server's log says what"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobRunner:
    """Carries runs out in this process.

    Attributes:
        records: the jobs and runs.
        kinds: what the kinds of jobs do.
        service: the application.
        people: the accounts; one with the name of a job's actor can take permissions away.
        chance: spreads attempts over time.
        stopping: set when the process ends; runs then end, too, and go on later.
    """

    records: JobRecords
    kinds: JobKinds
    service: EditService
    people: People
    _: KW_ONLY
    chance: Random = field(default_factory=SystemRandom)
    stopping: threading.Event = field(default_factory=threading.Event)

    def carry_out(self, number: int) -> JobRun | None:
        """Carry out a run, and return it as it is then; None if it is not its turn.

        Raises:
            UnknownRun: there is none of this number.
            LedgerUnavailable: the ledger cannot be used.
        """
        lease = self.records.lease(self.records.run(number).job)
        if lease is None:
            return None
        try:
            run = self.records.take(number, lease)
            if run is None:
                return None
            with _renewed(lease):
                return self._attempt(run, lease)
        except LeaseLost as error:
            _log.warning("run %d: %s", number, error)
            return None
        finally:
            lease.release()

    def _attempt(self, run: JobRun, lease: Lease) -> JobRun:
        context = RunContext(run=run, records=self.records, lease=lease, stopping=self.stopping)
        try:
            context.check()
            result = self._result(run, context)
            context.check()  # a function may end early where it was asked to
        except (RunInterrupted, HostClosed):
            return self.records.finish(_noted(run, "the server ends"), RunState.QUEUED, lease)
        except RunCancelled as error:
            return self.records.finish(_noted(run, str(error)), RunState.CANCELLED, lease)
        except LeaseLost:
            raise
        except ExpectedError as error:
            return self._failed(run, str(error), lease)
        except Exception:  # noqa: BLE001  other jobs and edits go on without it
            _log.exception("run %d of the job %s failed", run.id, run.job)
            return self._failed(run, UNEXPECTED, lease)
        done = replace(run, counts=result.counts, note=result.text)
        return self.records.finish(done, RunState.DONE, lease)

    def _result(self, run: JobRun, context: RunContext) -> JobResult:
        kind = self.kinds.of_run(run.kind)
        actor = self.people.current(kind.actor(run))  # an account of its name may say less
        service = replace(self.service, source=actor.name, batch=run.batch)
        return kind.carry_out(run, service, actor, context)

    def _failed(self, run: JobRun, why: str, lease: Lease) -> JobRun:
        """Record a failure; the run is attempted again later if it has attempts left."""
        try:
            job = self.records.job(run.job)
        except UnknownJob:  # removed meanwhile
            return self.records.finish(_noted(run, why), RunState.FAILED, lease)
        if run.attempt > job.retries or run.dry_run:
            return self.records.finish(_noted(run, why), RunState.FAILED, lease)
        wait = self._wait(job.backoff, run.attempt)
        at = datetime.fromisoformat(self.records.ledger.now()) + wait
        again = replace(
            run,
            attempt=run.attempt + 1,
            not_before=at.isoformat(timespec="seconds"),
            note=f"{why}; it is tried again in {wait.total_seconds():.0f} seconds",
        )
        return self.records.finish(again, RunState.QUEUED, lease)

    def _wait(self, backoff: int, attempt: int) -> timedelta:
        """Return how long to wait after an attempt: twice as long each time, more or less."""
        longest = min(timedelta(seconds=backoff * 2.0 ** min(attempt - 1, 30)), LONGEST_BACKOFF)
        return longest * self.chance.uniform(0.5, 1.0)


def _noted(run: JobRun, note: str) -> JobRun:
    return replace(run, note=note)


@contextmanager
def _renewed(lease: Lease) -> Iterator[None]:
    """Renew a lease inside a ``with`` block."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, over), name="job's lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(lease: Lease, over: threading.Event) -> None:
    while not over.wait(BEAT):
        try:
            lease.renew()
        except ExpectedError as error:  # what the run writes checks the lease by itself
            _log.warning("%s", error)
