"""``oneedit jobs``: what is run again and again, by the server; only ``run`` may need the model."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from controller.actor import Actor, Tier
from oneedit.cli.exits import DONE, FAILED, errors, print_json
from oneedit.cli.render_jobs import (
    job_to_json,
    kinds_to_json,
    run_to_json,
    show_job,
    show_jobs,
    show_kinds,
    show_lines,
    show_run,
)
from oneedit.cli.session import Json, actor, open_ledger
from oneedit.errors import BadJob
from oneedit.jobs.catalogue import shipped_kinds
from oneedit.jobs.jobs import Jobs
from oneedit.jobs.kinds import JobKind
from oneedit.ledger.job import OPEN_RUNS, Job, JobRun, RunState
from oneedit.ledger.jobs import JobRecords
from oneedit.ledger.lease import Lease
from oneedit.ledger.tickets import WORKER
from oneedit.settings import Settings

app = typer.Typer(help="Run jobs by a schedule: pulls, repairs, audits ...", no_args_is_help=True)

POLL = 0.5
"""Seconds between two looks at a log that is followed."""


class TrustWord(StrEnum):
    """How far a job is trusted, as it is typed."""

    NEW = "new"
    KNOWN = "known"
    CURATOR = "curator"


Name = Annotated[str, typer.Argument(help="Name of the job.", show_default=False)]
Cron = Annotated[str | None, typer.Option(help='When, as in "30 2 * * 1-5"; "" for by hand only.')]
Zone = Annotated[str | None, typer.Option(help="Time zone of --cron, such as Europe/Berlin.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE of the kind; again for more values of one name."),
]
Trusted = Annotated[
    TrustWord | None,
    typer.Option("--trust", help="How far; new names of a curator need no review."),
]
Retries = Annotated[int | None, typer.Option(help="Attempts after one that failed.")]
Backoff = Annotated[int | None, typer.Option(help="Seconds before the first of them.")]


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the jobs."""
    with _jobs(as_json) as (jobs, who):
        found = jobs.list(who)
        if as_json:
            print_json({"code": DONE, "jobs": [job_to_json(each, jobs) for each in found]})
        else:
            show_jobs(found, jobs, who, Console())


@app.command()
def kinds(*, as_json: Json = False) -> None:
    """List the kinds of jobs, and what may be set for each."""
    known = shipped_kinds()
    if as_json:
        print_json({"code": DONE, "kinds": kinds_to_json(known)})
    else:
        show_kinds(known, Console())


@app.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """Show a job, its last runs and who changed it."""
    with _jobs(as_json) as (jobs, who):
        job = jobs.show(who, name)
        if as_json:
            runs = [run_to_json(each) for each in jobs.runs(who, name)]
            print_json({"code": DONE, "job": job_to_json(job, jobs), "runs": runs})
        else:
            show_job(job, jobs, who, Console())


@app.command()
def add(  # noqa: PLR0913  one option for each field
    name: Name,
    kind: Annotated[str, typer.Argument(help="Its kind; see: oneedit jobs kinds.")],
    *,
    cron: Cron = None,
    zone: Zone = None,
    sets: Sets = None,
    trust: Trusted = None,
    retries: Retries = None,
    backoff: Backoff = None,
    as_json: Json = False,
) -> None:
    """Add a job."""
    given = _given(cron=cron, zone=zone, trust=trust, retries=retries, backoff=backoff)
    with _jobs(as_json) as (jobs, who):
        settings = _settings(sets or (), jobs.kinds[kind])
        job = jobs.add(who, Job(name=name, kind=kind, settings=settings, **given))
        _show_job(job, jobs, f"Added {name}.", as_json=as_json)


@app.command()
def edit(  # noqa: PLR0913  one option for each field
    name: Name,
    *,
    cron: Cron = None,
    zone: Zone = None,
    sets: Sets = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", help="Take a setting back to its default.")
    ] = None,
    trust: Trusted = None,
    retries: Retries = None,
    backoff: Backoff = None,
    as_json: Json = False,
) -> None:
    """Change what is named of a job; runs that have begun go on as they were."""
    given = _given(cron=cron, zone=zone, trust=trust, retries=retries, backoff=backoff)
    with _jobs(as_json) as (jobs, who):
        settings = _settings(sets or (), jobs.kinds[jobs.show(who, name).kind])
        settings |= dict.fromkeys(unset or ())
        job = jobs.edit(who, name, settings=settings, **given)
        _show_job(job, jobs, f"Changed {name}.", as_json=as_json)


@app.command()
def remove(name: Name, *, as_json: Json = False) -> None:
    """Remove a job and cancel its runs; its history stays."""
    with _jobs(as_json) as (jobs, who):
        job = jobs.remove(who, name)
        _show_job(job, jobs, f"Removed {name}.", as_json=as_json)


@app.command()
def pause(name: Name, *, as_json: Json = False) -> None:
    """Let the schedule of a job not count until it is resumed."""
    with _jobs(as_json) as (jobs, who):
        job = jobs.pause(who, name)
        _show_job(job, jobs, f"Paused {name}.", as_json=as_json)


@app.command()
def resume(name: Name, *, as_json: Json = False) -> None:
    """Let the schedule of a job count again."""
    with _jobs(as_json) as (jobs, who):
        job = jobs.resume(who, name)
        _show_job(job, jobs, f"Resumed {name}.", as_json=as_json)


@app.command()
def run(
    name: Name,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the server is done.")] = False,
    as_json: Json = False,
) -> None:
    """Run a job now: by the server if one runs, else here."""
    with _jobs(as_json) as (jobs, who):
        jobs.show(who, name)
        served = Lease.process_with(jobs.records.ledger, WORKER) is not None
        if served:
            asked = jobs.run(who, name, dry_run=dry_run)
            done = _follow(jobs, who, asked.id, quiet=as_json) if wait else asked
    if not served:
        done = _run_here(name, who, dry_run=dry_run, as_json=as_json)
    if as_json:
        code = FAILED if done.state is RunState.FAILED else DONE
        print_json({"code": code, "run": run_to_json(done)})
    else:
        show_run(done, Console())
        if done.state is RunState.QUEUED:
            typer.echo(f"follow it: oneedit jobs logs {name} --follow")
    raise typer.Exit(FAILED if done.state is RunState.FAILED else DONE)


@app.command()
def cancel(
    number: Annotated[int, typer.Argument(help="Number of the run.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Cancel a run: at once if it waits, at its next step if it runs."""
    with _jobs(as_json) as (jobs, who):
        done = jobs.cancel(who, number)
        if as_json:
            print_json({"code": DONE, "run": run_to_json(done)})
        else:
            show_run(done, Console())


@app.command()
def logs(
    name: Name,
    *,
    number: Annotated[
        int | None, typer.Option("--run", help="Number of the run; the last one if left out.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until the run is over.")] = False,
    as_json: Json = False,
) -> None:
    """Show the log of a run."""
    with _jobs(as_json) as (jobs, who):
        found = jobs.runs(who, name, limit=1)
        if number is None and not found:
            jobs.show(who, name)
            raise BadJob("run", f"{name} has not run yet; run it: oneedit jobs run {name}")
        asked = jobs.get_run(who, number if number is not None else found[-1].id)
        if follow:
            asked = _follow(jobs, who, asked.id, quiet=as_json)
        lines = jobs.lines(who, asked.id)
        if as_json:
            entries = [
                {"number": each.number, "state": each.state, "text": each.text,
                 "at": each.created_at}
                for each in lines
            ]  # fmt: skip
            print_json({"code": DONE, "run": run_to_json(asked), "lines": entries})
        elif not follow:
            show_lines(lines, Console())


def _run_here(name: str, who: Actor, *, dry_run: bool, as_json: bool) -> JobRun:
    """Carry a run out in this process; what is begun goes on elsewhere if it is interrupted."""
    with errors(as_json=as_json):
        from oneedit import wiring

        application = wiring.build(Settings())
        try:
            asked = application.jobs.run(who, name, dry_run=dry_run)
            runner = application.runner
            thread = threading.Thread(target=runner.carry_out, args=[asked.id], name="run")
            thread.start()
            try:
                shown = 0
                while thread.is_alive():
                    thread.join(POLL)
                    shown = _show_new(application.jobs, who, asked.id, shown, quiet=as_json)
            finally:
                runner.stopping.set()
                thread.join()
            _show_new(application.jobs, who, asked.id, shown, quiet=as_json)
            return application.jobs.get_run(who, asked.id)
        finally:
            application.close()


def _follow(jobs: Jobs, who: Actor, number: int, *, quiet: bool) -> JobRun:
    """Show the log of a run until it is over."""
    shown = 0
    while True:
        found = jobs.get_run(who, number)
        shown = _show_new(jobs, who, number, shown, quiet=quiet)
        if found.state not in OPEN_RUNS:
            return found
        time.sleep(POLL)


def _show_new(jobs: Jobs, who: Actor, number: int, shown: int, *, quiet: bool) -> int:
    """Show the lines of a log that are new, and return the number of the last."""
    lines = jobs.lines(who, number, after=shown)
    if not quiet:
        show_lines(lines, Console(stderr=True))
    return lines[-1].number if lines else shown


@contextmanager
def _jobs(as_json: bool) -> Iterator[tuple[Jobs, Actor]]:  # noqa: FBT001  the flag's own value
    """Open the jobs of the home, and find who acts; no model is loaded."""
    with errors(as_json=as_json):
        who = actor()
        with open_ledger() as ledger:
            yield Jobs(JobRecords(ledger), shipped_kinds()), who


def _given(**fields: Any) -> dict[str, Any]:  # noqa: ANN401  fields of a job
    given = {name: value for name, value in fields.items() if value is not None}
    if "trust" in given:
        given["trust"] = Tier[given["trust"].name]
    return given


def _settings(pairs: Sequence[str], kind: JobKind[Any]) -> dict[str, Any]:
    """Return settings from NAME=VALUE; those that hold several values take each of one name.

    Raises:
        BadJob: a pair has no name.
    """
    found: dict[str, Any] = {}
    several = {
        name
        for name, field in kind.settings.model_fields.items()
        if isinstance(field.default, tuple)
    }
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise BadJob("settings", f"{pair!r} is not NAME=VALUE")
        if name in several:
            found.setdefault(name, []).append(text)
        else:
            found[name] = text
    return found


def _show_job(job: Job, jobs: Jobs, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"code": DONE, "job": job_to_json(job, jobs)})
        return
    after = jobs.next_slot(job)
    typer.echo(f"{text} Next: {after}." if after else text)
