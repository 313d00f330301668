"""Jobs, their schedules, runs and logs."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from controller.actor import Tier
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Limit
from oneedit.api.v1.parts import Asker, TheJobs
from oneedit.api.v1.schemas import MOST_NUMBER, Body, Number
from oneedit.jobs.jobs import Jobs
from oneedit.ledger.job import Job, JobChange, JobRun, RunLine


class JobBody(Body):
    """A new job."""

    name: str = Field(examples=["nightly"])
    kind: str = Field(examples=["audit"])
    settings: dict[str, Any] = Field(default={})
    cron: str = Field(default="", examples=["0 3 * * *"])
    zone: str = "UTC"
    trust: Tier = Tier.KNOWN
    retries: int = 3
    backoff: int = 60


class JobPatch(Body):
    """Changes of a job; what is left out stays, a setting that is null is taken back."""

    settings: dict[str, Any] | None = None
    cron: str | None = None
    zone: str | None = None
    paused: bool | None = None
    trust: Tier | None = None
    retries: int | None = None
    backoff: int | None = None


class JobView(BaseModel):
    """A job, and when it is due next."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    cron: str
    zone: str
    paused: bool
    trust: Tier
    retries: int
    backoff: int
    made_by: str
    revision: int
    created_at: str
    next: str = Field(description="ISO 8601 in UTC; empty if it is not due by itself.")

    @classmethod
    def of(cls, job: Job, jobs: Jobs) -> Self:
        """Return the view of a job."""
        fields = {name: getattr(job, name) for name in cls.model_fields if name != "next"}
        return cls(**fields, next=jobs.next_slot(job))


router = APIRouter(route_class=UniqueKeysRoute, tags=["jobs"])


@router.get("/jobs")
def list_jobs(actor: Asker, jobs: TheJobs) -> list[JobView]:
    """List the jobs, by name."""
    return [JobView.of(each, jobs) for each in jobs.list(actor)]


@router.post("/jobs", status_code=HTTPStatus.CREATED)
def add_job(body: JobBody, actor: Asker, jobs: TheJobs) -> JobView:
    """Add a job; its slots begin now."""
    return JobView.of(jobs.add(actor, Job(**body.model_dump())), jobs)


@router.get("/jobs/{name}")
def show_job(name: str, actor: Asker, jobs: TheJobs) -> JobView:
    """Show a job."""
    return JobView.of(jobs.show(actor, name), jobs)


@router.patch("/jobs/{name}")
def edit_job(name: str, body: JobPatch, actor: Asker, jobs: TheJobs) -> JobView:
    """Change a job."""
    changes = body.model_dump(exclude_none=True)
    return JobView.of(jobs.edit(actor, name, **changes), jobs)


@router.delete("/jobs/{name}")
def remove_job(name: str, actor: Asker, jobs: TheJobs) -> JobView:
    """Remove a job and cancel its runs; its history stays."""
    return JobView.of(jobs.remove(actor, name), jobs)


@router.get("/jobs/{name}/changes")
def list_job_changes(name: str, actor: Asker, jobs: TheJobs) -> list[JobChange]:
    """Show who has changed a job, when and how."""
    return list(jobs.changes(actor, name))


@router.post("/jobs/{name}/runs", status_code=HTTPStatus.ACCEPTED)
def run_job(
    name: str,
    actor: Asker,
    jobs: TheJobs,
    dry_run: bool = False,  # noqa: FBT001, FBT002  a query parameter
) -> JobRun:
    """Ask for a run now; with `dry_run` it changes nothing."""
    return jobs.run(actor, name, dry_run=dry_run)


@router.get("/runs")
def list_runs(
    actor: Asker,
    jobs: TheJobs,
    job: Annotated[str, Query(description="Of this job, by default of all.")] = "",
    limit: Limit = 20,
) -> list[JobRun]:
    """List the last runs, the oldest first."""
    return list(jobs.runs(actor, job, limit=limit))


@router.get("/runs/{number}")
def show_run(number: Number, actor: Asker, jobs: TheJobs) -> JobRun:
    """Show a run with its figures."""
    return jobs.get_run(actor, number)


@router.get("/runs/{number}/lines")
def list_run_lines(
    number: Number,
    actor: Asker,
    jobs: TheJobs,
    after: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0,
) -> list[RunLine]:
    """Return the lines of a run's log after one."""
    return list(jobs.lines(actor, number, after=after))


@router.post("/runs/{number}/cancel")
def cancel_run(number: Number, actor: Asker, jobs: TheJobs) -> JobRun:
    """Cancel a run that waits, or ask one that runs to end at its next step."""
    return jobs.cancel(actor, number)
