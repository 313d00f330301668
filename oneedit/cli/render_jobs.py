"""Jobs and their runs for people (rich) and for programs (plain values)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from controller.actor import Actor
from oneedit.jobs.jobs import Jobs
from oneedit.jobs.kinds import JobKinds
from oneedit.ledger.job import Job, JobChange, JobRun, RunLine

LISTED_RUNS = 10


def job_to_json(job: Job, jobs: Jobs) -> dict[str, object]:
    """Return a job as plain values, with its next slot."""
    return asdict(job) | {
        "trust": job.trust.name.lower(),
        "next": jobs.next_slot(job),
        "actor": job.actor_name,
    }


def run_to_json(run: JobRun) -> dict[str, object]:
    """Return a run as plain values."""
    return asdict(run) | {"trust": run.trust.name.lower(), "batch": run.batch}


def kinds_to_json(kinds: JobKinds) -> list[dict[str, object]]:
    """Return the kinds with what may be set for each."""
    return [
        {"kind": each.name, "about": each.about, "settings": each.settings.model_json_schema()}
        for each in kinds.kinds
    ]


def show_jobs(found: Sequence[Job], jobs: Jobs, actor: Actor, console: Console) -> None:
    """Show a table of jobs."""
    if not found:
        console.print("There are no jobs; add one: oneedit jobs add NAME KIND", highlight=False)
        return
    table = Table("job", "kind", "when", "next, in UTC", "last run", box=None, pad_edge=False)
    for job in found:
        last = jobs.runs(actor, job.name, limit=1)
        state = f"{last[0].state} {last[0].finished_at or last[0].created_at}" if last else "-"
        cells = (job.name, job.kind, _when(job), jobs.next_slot(job) or "-", state)
        table.add_row(*map(escape, cells))
    console.print(table, highlight=False)


def show_job(job: Job, jobs: Jobs, actor: Actor, console: Console) -> None:
    """Show a job with its settings, its last runs and who changed it."""
    lines = {
        "job": f"{job.name}, of the kind {job.kind}",
        "when": _when(job),
        "next": jobs.next_slot(job) or "-",
        "acts as": f"{job.actor_name}, trusted as {job.trust.name.lower()}",
        "retries": f"{job.retries}, the first after {job.backoff} seconds",
        **{name: str(value) for name, value in job.settings.items()},
    }
    for name, value in lines.items():
        console.print(f"{escape(name):<14} {escape(value)}", highlight=False, soft_wrap=True)
    for change in jobs.changes(actor, job.name):
        console.print(escape(_change_words(change)), style="dim", highlight=False)
    show_runs(jobs.runs(actor, job.name, limit=LISTED_RUNS), console)


def show_runs(runs: Sequence[JobRun], console: Console) -> None:
    """Show a table of runs."""
    if not runs:
        console.print("It has not run yet.", highlight=False)
        return
    table = Table("run", "slot", "state", "attempt", "result", box=None, pad_edge=False)
    for run in runs:
        done = f"{run.permille / 10:.0f} %, " if run.state == "running" else ""
        dry = "dry run, " if run.dry_run else ""
        cells = (str(run.id), run.slot, run.state, str(run.attempt), f"{dry}{done}{run.note}")
        table.add_row(*map(escape, cells))
    console.print(table, highlight=False)


def show_run(run: JobRun, console: Console) -> None:
    """Show how a run ended, or where it is."""
    counts = ", ".join(f"{value:,} {_words(name)}" for name, value in run.counts.items() if value)
    text = f"run {run.id} of {run.job} is {run.state}" + (f": {run.note}" if run.note else "")
    console.print(escape(text), highlight=False, soft_wrap=True)
    if counts:
        console.print(escape(counts), highlight=False, soft_wrap=True)


def show_lines(lines: Iterable[RunLine], console: Console) -> None:
    """Show lines of a log."""
    for line in lines:
        state = f"{line.state}: " if line.state else ""
        text = f"{line.created_at}  {state}{line.text}"
        console.print(escape(text), highlight=False, soft_wrap=True)


def show_kinds(kinds: JobKinds, console: Console) -> None:
    """Show the kinds with what may be set for each."""
    for kind in kinds.kinds:
        console.print(f"[bold]{kind.name}[/] {escape(kind.about)}", highlight=False)
        for name, field in kind.settings.model_fields.items():
            default = "required" if field.is_required() else f"{_plain(field.default)}"
            text = f"  {name} ({default})  {field.description or ''}"
            console.print(escape(text), highlight=False, soft_wrap=True)


def _when(job: Job) -> str:
    when = f"{job.cron} {job.zone}" if job.cron else "by hand"
    return f"{when}, paused" if job.paused else when


def _change_words(change: JobChange) -> str:
    return f"{change.created_at}  {change.action} by {change.actor}"


def _plain(value: Any) -> str:  # noqa: ANN401  any default
    return "empty" if value in ("", (), None) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
