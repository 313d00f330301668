"""Conversion between the rows of jobs and runs and the values that the rest of OneEdit uses."""

import json
from dataclasses import asdict
from typing import Any

from controller.actor import Tier
from oneedit.ledger.hashing import canonical_json
from oneedit.ledger.job import Job, JobRun, RunState
from oneedit.ledger.tables import JobRow, JobRunRow


def job_columns(job: Job) -> dict[str, Any]:
    """Return the columns of a job."""
    return asdict(job) | {
        "paused": int(job.paused),
        "removed": int(job.removed),
        "trust": job.trust.name.lower(),
        "settings": canonical_json(dict(job.settings)),
    }


def to_job(row: JobRow) -> Job:
    """Return the job of a row."""
    return Job(
        name=row.name,
        kind=row.kind,
        settings=json.loads(row.settings),
        cron=row.cron,
        zone=row.zone,
        paused=bool(row.paused),
        trust=Tier[row.trust.upper()],
        retries=row.retries,
        backoff=row.backoff,
        made_by=row.made_by,
        since=row.since,
        removed=bool(row.removed),
        revision=row.revision,
        created_at=row.created_at,
    )


def to_run(row: JobRunRow) -> JobRun:
    """Return the run of a row."""
    return JobRun(
        id=row.id or 0,
        job=row.job,
        kind=row.kind,
        settings=json.loads(row.settings),
        trust=Tier[row.trust.upper()],
        slot=row.slot,
        state=RunState(row.state),
        attempt=row.attempt,
        dry_run=bool(row.dry_run),
        asked_by=row.asked_by,
        not_before=row.not_before,
        cancelled_by=row.cancelled_by,
        cursor=json.loads(row.cursor),
        counts=json.loads(row.counts),
        permille=row.permille,
        note=row.note,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
