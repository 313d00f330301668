"""The scheduler of the server: makes the runs that are due, and carries out those that wait.

APScheduler wakes it at the time of each slot. What a slot is worth is decided in the ledger: its
row is unique, so that it becomes one run whatever number of schedulers wake for it, and what was
due while no server ran becomes one run as well.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from kg_data.errors import ExpectedError
from oneedit.errors import BadJob
from oneedit.jobs.runner import JobRunner
from oneedit.jobs.schedule import Schedule, slot_name
from oneedit.ledger.job import Job
from oneedit.ledger.jobs import JobRecords

INTERVAL = 2
"""Seconds between two looks at the jobs and runs that other processes may have changed."""

AT_ONCE = 2
"""Runs of different jobs that are carried out side by side; those of one job never are."""

_RUNS = "runs"
_log = logging.getLogger(__name__)


class JobScheduler:
    """Runs jobs while this process is the worker of its home.

    Args:
        runner: carries runs out.
        owns: tells whether this process is the worker.
        interval: seconds between two looks at what other processes have changed.
    """

    def __init__(
        self, runner: JobRunner, owns: Callable[[], bool], *, interval: float = INTERVAL
    ) -> None:
        self._runner, self._owns, self._interval = runner, owns, interval
        self._known: dict[str, int] = {}
        self._begun: set[int] = set()
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), _RUNS: ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        """Start the scheduler's threads."""
        self._scheduler.add_job(self.look, "interval", seconds=self._interval, id="look")
        self._scheduler.start()

    def stop(self) -> None:
        """Ask what runs to end; it goes on when a server starts again."""
        self._runner.stopping.set()

    def join(self) -> None:
        """Wait for the threads to end.

        APScheduler holds its locks while it waits for its threads, which must not call it then.
        """
        self.stop()
        with self._turn:  # whoever takes it now finds that everything ends
            pass
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def look(self) -> None:
        """Take over what other processes have changed, and begin what waits."""
        with self._turn:
            if self._runner.stopping.is_set() or not self._owns():
                return
            try:
                self._follow_jobs()
                self._begin_waiting()
            except ExpectedError as error:
                _log.warning("jobs wait: %s", error)

    def wake(self, name: str) -> None:
        """Make the run of a job's last slot if it has none, and begin it."""
        with self._turn:
            if self._runner.stopping.is_set() or not self._owns():
                return
            try:
                self._claim(self._records.job(name))
                self._begin_waiting()
            except ExpectedError as error:
                _log.warning("the job %s waits: %s", name, error)

    @property
    def _records(self) -> JobRecords:
        return self._runner.records

    def _follow_jobs(self) -> None:
        """Let APScheduler wake for every job as it is now, and claim what was missed."""
        jobs = {job.name: job for job in self._records.jobs() if job.cron and not job.paused}
        for name in self._known.keys() - jobs.keys():
            self._scheduler.remove_job(_wake_id(name))
            del self._known[name]
        for job in jobs.values():
            try:
                if self._known.get(job.name) != job.revision:
                    self._plan(job)
                self._claim(job)
            except BadJob as error:  # the names of zones change between machines
                _log.warning("the job %s has no slots: %s", job.name, error)

    def _plan(self, job: Job) -> None:
        self._scheduler.add_job(
            self.wake,
            Schedule(job.cron, job.zone).trigger,
            args=[job.name],
            id=_wake_id(job.name),
            replace_existing=True,
        )
        self._known[job.name] = job.revision

    def _claim(self, job: Job) -> None:
        """Make the run of the last slot that is over, unless it has one."""
        if not job.cron or job.paused:
            return
        now = datetime.fromisoformat(self._records.ledger.now())
        slot = Schedule(job.cron, job.zone).latest(datetime.fromisoformat(job.since), now)
        if slot is not None:
            self._records.claim(job.name, slot_name(slot))

    def _begin_waiting(self) -> None:
        for run in self._records.next_runs():
            with self._lock:
                if run.id in self._begun:
                    continue
                self._begun.add(run.id)
            self._scheduler.add_job(self._carry_out, args=[run.id], executor=_RUNS)

    def _carry_out(self, number: int) -> None:
        try:
            self._runner.carry_out(number)
        except ExpectedError as error:
            _log.warning("run %d waits: %s", number, error)
        finally:
            with self._lock:
                self._begun.discard(number)


def _wake_id(name: str) -> str:
    return f"wake:{name}"
