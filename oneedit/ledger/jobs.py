"""The jobs of a ledger and their runs; every change is an appended row, too.

A slot is claimed in the transaction that makes its run. A run is written to under the lease of its
job only, so that a process that was asleep while another took over changes nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session, col, func, select

from oneedit.errors import JobChanged, JobExists, RunEnded, UnknownJob, UnknownRun
from oneedit.ledger.hashing import canonical_json
from oneedit.ledger.job import (
    JOB_PREFIX,
    OPEN_RUNS,
    RUN_TRANSITIONS,
    Job,
    JobChange,
    JobRun,
    RunFilter,
    RunLine,
    RunState,
)
from oneedit.ledger.job_rows import job_columns, to_job, to_run
from oneedit.ledger.lease import Lease, new_holder
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import JobChangeRow, JobLineRow, JobRow, JobRunRow, JobSlotRow

MOST_LINES = 2_000
"""Lines of its own that a run's log keeps; changes of its state are always kept."""


@dataclass(frozen=True, slots=True)
class JobRecords:
    """Jobs and runs; every method is one transaction.

    Attributes:
        ledger: whose database holds them.
    """

    ledger: Ledger

    # ---------- jobs ----------

    def jobs(self) -> list[Job]:
        """Return the jobs that are not removed, by name."""
        query = select(JobRow).where(JobRow.removed == 0).order_by(col(JobRow.name))
        with self.ledger.reading() as session:
            return sorted(map(to_job, session.exec(query)), key=lambda job: job.name)

    def job(self, name: str) -> Job:
        """Return a job.

        Raises:
            UnknownJob: there is none of this name.
        """
        with self.ledger.reading() as session:
            return to_job(_job_row(session, name))

    def changes(self, name: str) -> tuple[JobChange, ...]:
        """Return the changes of a job in order, also of one that was removed."""
        query = select(JobChangeRow).where(JobChangeRow.job == name)
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(JobChangeRow.revision)))
            return tuple(
                JobChange(
                    row.revision, row.actor, row.action, json.loads(row.content), row.created_at
                )
                for row in found
            )

    def add(self, job: Job) -> Job:
        """Record a new job, made by ``job.made_by``; its slots begin now.

        Raises:
            JobExists: there is one of this name.
        """
        with self.ledger.writing() as session:
            row, now = session.get(JobRow, job.name), self.ledger.now()
            if row is not None and not row.removed:
                raise JobExists(job.name)
            revision = 1 if row is None else row.revision + 1
            added = replace(job, revision=revision, created_at=now, since=now, removed=False)
            session.merge(JobRow(**job_columns(added)))
            session.flush()
            _note_change(session, added, job.made_by, "add", now)
        return added

    def change(self, before: Job, after: Job, *, by: str, action: str) -> Job:
        """Record a change of a job; if its schedule changes or goes on, its slots begin now.

        Raises:
            JobChanged: it has another revision than ``before``.
            UnknownJob: it was removed.
        """
        with self.ledger.writing() as session:
            row, now = _job_row(session, before.name), self.ledger.now()
            if row.revision != before.revision:
                raise JobChanged(before.name)
            schedule = (after.cron, after.zone, after.paused)
            same = schedule == (before.cron, before.zone, before.paused)
            changed = replace(after, revision=row.revision + 1, since=row.since if same else now)
            for name, value in job_columns(changed).items():
                setattr(row, name, value)
            session.flush()
            _note_change(session, changed, by, action, now)
        return changed

    # ---------- runs ----------

    def run(self, number: int) -> JobRun:
        """Return a run.

        Raises:
            UnknownRun: there is none of this number.
        """
        with self.ledger.reading() as session:
            return to_run(_run_row(session, number))

    def runs(self, wanted: RunFilter | None = None) -> list[JobRun]:
        """Return the runs that are meant, the oldest first."""
        wanted = wanted or RunFilter()
        query = select(JobRunRow).order_by(col(JobRunRow.id).desc()).limit(wanted.limit)
        if wanted.job:
            query = query.where(JobRunRow.job == wanted.job)
        if wanted.states:
            query = query.where(col(JobRunRow.state).in_([*wanted.states]))
        with self.ledger.reading() as session:
            return [to_run(row) for row in session.exec(query)][::-1]

    def lines(self, number: int, *, after: int = 0) -> tuple[RunLine, ...]:
        """Return the lines of a run's log after one, in order."""
        query = select(JobLineRow).where(JobLineRow.run == number, col(JobLineRow.number) > after)
        with self.ledger.reading() as session:
            found = session.exec(query.order_by(col(JobLineRow.number)))
            return tuple(RunLine(row.number, row.state, row.text, row.created_at) for row in found)

    def next_runs(self) -> list[JobRun]:
        """Return the runs that may be taken now: one of each job, one that runs before others.

        One that runs can be taken only if its process has ended, which its lease shows.
        """
        found = self.runs(RunFilter(states=OPEN_RUNS, limit=1_000))
        now, first = self.ledger.now(), dict[str, JobRun]()
        for each in found:
            if each.state is RunState.RUNNING:
                first[each.job] = each
            elif each.not_before <= now:
                first.setdefault(each.job, each)
        return list(first.values())

    def claim(self, name: str, slot: str) -> JobRun | None:
        """Make the run of a slot; None if it has one, or if the job has no slots now.

        A slot that finds an earlier run of its job still waiting is given to that run.
        """
        with self.ledger.writing() as session:
            row = session.get(JobRow, name)
            if row is None or row.removed or row.paused or slot <= row.since:
                return None
            if session.get(JobSlotRow, (name, slot)) is not None:
                return None
            now, made = self.ledger.now(), None
            number = _waiting(session, name)
            if number is None:
                made = _insert_run(session, to_job(row), slot, now)
                number = made.id
            session.add(JobSlotRow(job=name, slot=slot, run=number, created_at=now))
            row.since = slot
        self.ledger.checkpoint("job.claimed")
        return made

    def ask(self, name: str, *, by: str, dry_run: bool = False) -> JobRun:
        """Make a run by hand, paused or not.

        Raises:
            UnknownJob: there is no job of this name.
        """
        with self.ledger.writing() as session:
            job, now = to_job(_job_row(session, name)), self.ledger.now()
            last = session.exec(select(func.max(JobRunRow.id))).one() or 0
            return _insert_run(session, job, f"{now}/{last + 1}", now, by=by, dry_run=dry_run)

    def begin(self, job: Job, *, by: str, dry_run: bool = False) -> JobRun:
        """Make a run of a job that nobody adds, or return the same one that is not over.

        Args:
            job: what is to be done; recorded as removed, so that it is not among the jobs.
            by: who asks for it.
            dry_run: whether it changes nothing.
        """
        with self.ledger.writing() as session:
            open_run = _same_run(session, job, by, dry_run=dry_run)
            if open_run is not None:
                return to_run(open_run)
            now = self.ledger.now()
            if session.get(JobRow, job.name) is None:
                gone = replace(job, removed=True, paused=True, created_at=now, since=now)
                session.add(JobRow(**job_columns(gone)))
                session.flush()
            last = session.exec(select(func.max(JobRunRow.id))).one() or 0
            return _insert_run(session, job, f"{now}/{last + 1}", now, by=by, dry_run=dry_run)

    def cancel(self, number: int, *, by: str) -> JobRun:
        """Cancel a run that waits, or ask one that runs to end.

        Raises:
            RunEnded: it is over.
            UnknownRun: there is none of this number.
        """
        with self.ledger.writing() as session:
            row, now = _run_row(session, number), self.ledger.now()
            if row.state not in OPEN_RUNS:
                raise RunEnded(number, row.state)
            row.cancelled_by = by
            if row.state == RunState.QUEUED:
                _step(session, row, RunState.CANCELLED, f"cancelled by {by}", now)
            else:
                _add_line(session, number, "", f"{by} asks it to end", now)
            return to_run(row)

    # ---------- runs, by the process that carries them out ----------

    def lease(self, name: str) -> Lease | None:
        """Return the lease to carry out a run of a job; None while another run has it."""
        return Lease.acquire(self.ledger, f"{JOB_PREFIX}{name}", new_holder())

    def take(self, number: int, lease: Lease) -> JobRun | None:
        """Begin a run, or go on with one whose process has ended; None if it is not its turn.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            row, now = _run_row(session, number), self.ledger.now()
            first = _running(session, row.job)
            if row.state not in OPEN_RUNS or row.not_before > now or first not in {None, number}:
                return None
            again = row.state == RunState.RUNNING
            row.started_at = row.started_at or now
            text = "goes on, for its process has ended" if again else f"attempt {row.attempt}"
            _step(session, row, RunState.RUNNING, text, now)
            taken = to_run(row)
        self.ledger.checkpoint("job.taken")
        return taken

    def save_cursor(self, number: int, cursor: Mapping[str, Any], lease: Lease) -> None:
        """Save where a run goes on.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            _run_row(session, number).cursor = canonical_json(dict(cursor))
        self.ledger.checkpoint("job.saved")

    def save_share(self, number: int, share: float, lease: Lease) -> None:
        """Save how much of a run is done, from 0 to 1.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            _run_row(session, number).permille = round(1_000 * min(max(share, 0.0), 1.0))

    def log(self, number: int, text: str, lease: Lease) -> None:
        """Append a line to a run's log, which keeps the first ``MOST_LINES``.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            last = _last_line(session, number)
            if last < MOST_LINES:
                _add_line(session, number, "", text, self.ledger.now())
            elif last == MOST_LINES:
                _add_line(session, number, "", "further lines are left out", self.ledger.now())

    def finish(self, run: JobRun, state: RunState, lease: Lease) -> JobRun:
        """Record how an attempt ended.

        Args:
            run: the run, with its counts and its note, and before another attempt with that
                attempt's number and time.
            state: its new state.
            lease: that of its job.

        Raises:
            LeaseLost: the lease belongs to another process by now.
        """
        with self.ledger.writing() as session:
            lease.check(session)
            row, now = _run_row(session, run.id), self.ledger.now()
            row.counts, row.note = canonical_json(dict(run.counts)), run.note
            row.attempt, row.not_before = run.attempt, run.not_before
            if state is RunState.DONE:
                row.permille = 1_000
            if state is not RunState.QUEUED:
                row.finished_at = now
            _step(session, row, state, run.note, now)
            finished = to_run(row)
        self.ledger.checkpoint("job.finished")
        return finished


def _job_row(session: Session, name: str) -> JobRow:
    row = session.get(JobRow, name)
    if row is None or row.removed:
        known = session.exec(select(JobRow.name).where(JobRow.removed == 0))
        raise UnknownJob(name, sorted(known))
    return row


def _run_row(session: Session, number: int) -> JobRunRow:
    row = session.get(JobRunRow, number)
    if row is None:
        raise UnknownRun(number)
    return row


def _same_run(session: Session, job: Job, by: str, *, dry_run: bool) -> JobRunRow | None:
    """Return the run that somebody has asked for in the same words and that is not over."""
    query = select(JobRunRow).where(
        JobRunRow.job == job.name,
        JobRunRow.settings == canonical_json(dict(job.settings)),
        JobRunRow.asked_by == by,
        JobRunRow.dry_run == int(dry_run),
        JobRunRow.cancelled_by == "",
        col(JobRunRow.state).in_([*OPEN_RUNS]),
    )
    return session.exec(query.order_by(col(JobRunRow.id)).limit(1)).first()


def _waiting(session: Session, name: str) -> int | None:
    """Return the number of a run that was due before and has not begun."""
    query = select(JobRunRow.id).where(
        JobRunRow.job == name,
        JobRunRow.state == RunState.QUEUED,
        JobRunRow.asked_by == "",
        JobRunRow.started_at == "",
    )
    return session.exec(query.order_by(col(JobRunRow.id)).limit(1)).first()


def _running(session: Session, name: str) -> int | None:
    query = select(JobRunRow.id).where(JobRunRow.job == name, JobRunRow.state == RunState.RUNNING)
    return session.exec(query.order_by(col(JobRunRow.id)).limit(1)).first()


def _insert_run(
    session: Session, job: Job, slot: str, now: str, *, by: str = "", dry_run: bool = False
) -> JobRun:
    row = JobRunRow(
        job=job.name,
        kind=job.kind,
        settings=canonical_json(dict(job.settings)),
        trust=job.trust.name.lower(),
        slot=slot,
        state=RunState.QUEUED,
        attempt=1,
        dry_run=int(dry_run),
        asked_by=by,
        not_before="",
        cancelled_by="",
        cursor="{}",
        counts="{}",
        permille=0,
        note="",
        created_at=now,
        started_at="",
        finished_at="",
    )
    session.add(row)
    session.flush()
    run = to_run(row)
    _add_line(
        session, run.id, RunState.QUEUED, f"{by} asks for it" if by else f"due at {slot}", now
    )
    return run


def _step(session: Session, row: JobRunRow, state: RunState, text: str, now: str) -> None:
    """Change the state of a run, and append it to its log."""
    if state not in RUN_TRANSITIONS[RunState(row.state)]:
        raise RunEnded(row.id or 0, row.state)
    row.state = state
    if state is RunState.CANCELLED:
        row.finished_at = now
        row.note = row.note or text
    _add_line(session, row.id or 0, state, text, now)


def _add_line(session: Session, run: int, state: str, text: str, now: str) -> None:
    number = _last_line(session, run) + 1
    session.add(JobLineRow(run=run, number=number, state=state, text=text, created_at=now))
    session.flush()


def _last_line(session: Session, run: int) -> int:
    return session.exec(select(func.max(JobLineRow.number)).where(JobLineRow.run == run)).one() or 0


def _note_change(session: Session, job: Job, by: str, action: str, now: str) -> None:
    session.add(
        JobChangeRow(
            job=job.name,
            revision=job.revision,
            actor=by,
            action=action,
            content=canonical_json(asdict(job) | {"trust": job.trust.name.lower()}),
            created_at=now,
        )
    )
