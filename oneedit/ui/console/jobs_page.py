"""Jobs: what is run on a schedule, how its runs went, and the log of one of them."""

from collections.abc import Callable
from functools import partial

from nicegui import ui

from controller.actor import Actor
from oneedit.ledger.job import OPEN_RUNS, Job, JobRun, RunState
from oneedit.people.permissions import Operation
from oneedit.ui.console.job_sheet import JobSheet
from oneedit.ui.console.widgets import (
    attempt,
    button,
    cell,
    cells,
    confirmed,
    moment,
    row,
    table,
    tell,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import section, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import relation_name

PATH = f"{CONSOLE}/jobs"
RUN = f"{PATH}/runs/{{number}}"
OPERATION = Operation.MANAGE_JOBS
LIVE = 2.0
"""Seconds between two looks at the runs."""

MOST_RUNS = 25
MOST_LINES = 500
JOBS = ("Name", "Kind", "Schedule", "Next (UTC)", "Made by", "Actions")
RUNS = ("Run", "Job", "State", "Done", "Figures", "Began (UTC)", "What came of it", "Actions")


async def build(visit: Visit) -> None:
    """Build the list of jobs and of their last runs."""
    page = JobsPage(visit)
    await page.load()


async def build_run(visit: Visit) -> None:
    """Build the page of one run, with its log."""
    number = int(visit.request.path_params["number"])
    run = visit.site.jobs.get_run(visit.actor, number)
    lines = await attempt(visit, lambda actor: visit.site.jobs.lines(actor, number)) or ()
    with ui.element("article").classes("card tone-plain"):
        words(f"Run {run.id} of {run.job}", tag="h2")
        words(f"{run.state}, attempt {run.attempt}, {_figures(run)}", tag="p")
        if run.note:
            words(run.note, "notice" if run.state is RunState.FAILED else "quote", tag="p")
        with section("Log"), table("Log", ("When (UTC)", "State", "What")):
            for each in lines[-MOST_LINES:]:
                with row():
                    cells(moment(each.created_at), each.state, each.text)


class JobsPage:
    """The jobs and their last runs; it follows what the scheduler does.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit, self._shown = visit, ""
        with ui.element("div").classes("choices"):
            button("Add a job", self._add)
        self._sheets = ui.element("div")
        with section("Jobs"):
            self._jobs = ui.element("div")
        with section("Last runs"):
            self._runs = ui.element("div")
        ui.timer(LIVE, self.load)

    async def load(self) -> None:
        """Show the jobs and the runs as they are now; nothing if they are the same."""
        found = await attempt(self._visit, self._read)
        if found is None or self._jobs.is_deleted or repr(found) == self._shown:
            return
        self._shown = repr(found)
        jobs, runs = found
        self._jobs.clear()
        self._runs.clear()
        with self._jobs:
            if not jobs:
                words("There are no jobs yet.", "quiet", tag="p")
            else:
                with table("Jobs", JOBS):
                    for job, due in jobs:
                        self._job(job, due)
        with self._runs:
            if not runs:
                words("Nothing was run yet.", "quiet", tag="p")
            else:
                with table("Last runs", RUNS):
                    for run in runs[::-1]:
                        self._run(run)

    def _read(self, actor: Actor) -> tuple[list[tuple[Job, str]], list[JobRun]]:
        jobs = self._visit.site.jobs
        return (
            [(each, jobs.next_slot(each)) for each in jobs.list(actor)],
            list(jobs.runs(actor, limit=MOST_RUNS)),
        )

    def _job(self, job: Job, due: str) -> None:
        schedule = f"{job.cron} ({job.zone})" if job.cron else "by hand"
        with row():
            cells(job.name, job.kind, schedule, "paused" if job.paused else moment(due))
            cells(job.made_by)
            with cell(), ui.element("div").classes("choices"):
                self._named("Run now", job, partial(self._start, job.name))
                self._named("Try out", job, partial(self._start, job.name, dry_run=True))
                if job.cron:
                    turn = "Resume" if job.paused else "Pause"
                    self._named(turn, job, partial(self._turn, job))
                self._named("Change", job, partial(self._change, job))
                self._named("Remove", job, partial(self._remove, job.name))

    def _named(self, text: str, job: Job, do: Callable[[], object]) -> None:
        button(text, do).props["aria-label"] = f"{text}: {job.name}"

    def _run(self, run: JobRun) -> None:
        with row():
            with cell():
                link(str(run.id), self._visit.link(RUN.format(number=run.id)))
            cells(run.job + (" (tried out)" if run.dry_run else ""), run.state.value)
            with cell():
                if run.state in OPEN_RUNS:
                    bar = ui.element("progress").props('max=1000 aria-label="Done"')
                    bar.props["value"] = run.permille
                else:
                    words(f"{run.permille / 10:.0f} %")
            cells(_figures(run), moment(run.started_at), run.note)
            with cell():
                if run.state in OPEN_RUNS:
                    stop = button("Cancel", partial(self._cancel, run.id))
                    stop.props["aria-label"] = f"Cancel run {run.id}"

    async def _start(self, name: str, *, dry_run: bool = False) -> None:
        jobs = self._visit.site.jobs
        run = await attempt(self._visit, lambda actor: jobs.run(actor, name, dry_run=dry_run))
        if run is not None:
            tell(f"Run {run.id} of {name} begins within seconds", "positive")
        await self.load()

    async def _turn(self, job: Job) -> None:
        jobs = self._visit.site.jobs
        change = jobs.resume if job.paused else jobs.pause
        await attempt(self._visit, lambda actor: change(actor, job.name))
        await self.load()

    async def _remove(self, name: str) -> None:
        jobs = self._visit.site.jobs
        text = "Its runs are cancelled; its history stays."
        if await confirmed(f"Remove the job {name}?", text, "Remove"):
            await attempt(self._visit, lambda actor: jobs.remove(actor, name))
            await self.load()

    async def _cancel(self, number: int) -> None:
        jobs = self._visit.site.jobs
        await attempt(self._visit, lambda actor: jobs.cancel(actor, number))
        await self.load()

    async def _add(self) -> None:
        with self._sheets:
            added = await JobSheet(self._visit).ask()
        if added is not None:
            tell(f"The job {added.name} is added", "positive")
        await self.load()

    async def _change(self, job: Job) -> None:
        with self._sheets:  # the table is built anew while the dialog is open
            changed = await JobSheet(self._visit, job).ask()
        if changed is not None:
            tell(f"The job {changed.name} is changed", "positive")
        await self.load()


def _figures(run: JobRun) -> str:
    return ", ".join(f"{relation_name(name)} {count:,}" for name, count in run.counts.items())
