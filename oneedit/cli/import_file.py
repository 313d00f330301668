"""``oneedit import``: add the facts of a file to a home, whoever owns it."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from oneedit.cli.exits import DONE, FAILED
from oneedit.cli.render_pulls import show_counts
from oneedit.cli.session import Json, client
from oneedit.cli.source_options import Encoding, Labels, Maps
from oneedit.control.client import Client
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.job import OPEN_RUNS, RunLine, RunState
from oneedit.settings import expanded

POLL = 0.25
"""Seconds between two looks at an import."""

INTERRUPTED = 130

app = typer.Typer()


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    *,
    maps: Maps = None,
    encoding: Encoding = "",
    labels: Labels = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the facts of a file that the graph lacks; conflicts wait for review.

    An import that was interrupted goes on when the same one is asked for again. The model is not
    taught what is added.
    """
    order = ImportOrder(
        path=str(expanded(file).absolute()),
        maps=tuple(maps or ()),
        encoding=encoding,
        labels=str(expanded(Path(labels)).absolute()) if labels else "",
        dry_run=dry_run,
    )
    with client(as_json) as asked:
        report = _Follower(asked, quiet=as_json).followed(asked.begin_import(order))
    _show(report, as_json=as_json)
    raise typer.Exit(DONE if report.run.state is RunState.DONE else FAILED)


class _Follower:
    """Shows what happens to an import until it is over.

    Args:
        asked: asks the owner of the home.
        quiet: whether nothing is shown.
    """

    def __init__(self, asked: Client, *, quiet: bool) -> None:
        self._client, self._quiet = asked, quiet
        self._console = Console(stderr=True)
        self._shown = 0

    def followed(self, report: ImportReport) -> ImportReport:
        """Return how an import ended, with the whole log."""
        number = report.run.id
        try:
            self._follow(number)
        except KeyboardInterrupt:
            self._interrupted(number)
            self._follow(number)
        return self._client.import_report(number)

    def _follow(self, number: int) -> None:
        with Bar(console=self._console, transient=True, disable=not self._in_terminal) as bar:
            task = bar.add_task("importing", total=1_000)
            while True:
                report = self._client.import_report(number, after=self._shown)
                self._show_lines(report.lines)
                bar.update(task, completed=report.run.permille)
                if report.run.state not in OPEN_RUNS:
                    return
                time.sleep(POLL)

    @property
    def _in_terminal(self) -> bool:
        return self._console.is_terminal and not self._quiet

    def _show_lines(self, lines: tuple[RunLine, ...]) -> None:
        """Show the lines that are new and no steps of the run."""
        for line in lines:
            self._shown = line.number
            if not (self._quiet or line.state):
                self._console.print(line.text, markup=False, highlight=False, soft_wrap=True)

    def _interrupted(self, number: int) -> None:
        """Ask whether to cancel the import or to leave it; end the command if it stays.

        Raises:
            Exit: the import stays where it is.
        """
        if sys.stdin.isatty() and typer.confirm("\nCancel the import?", default=False, err=True):
            self._client.cancel_import(number)
            return
        text = "\nThe import is not over. The same command goes on with it, and so does a server."
        typer.echo(text, err=True)
        raise typer.Exit(INTERRUPTED)


def _show(report: ImportReport, *, as_json: bool) -> None:
    run = report.run
    if as_json:
        about = {
            "code": DONE if run.state is RunState.DONE else FAILED,
            "run": run.id,
            "state": run.state,
            "batch": run.batch,
            "dry_run": run.dry_run,
            "note": run.note,
            "lines": [line.text for line in report.lines if not line.state],
        }
        typer.echo(json.dumps(about | report.counts, ensure_ascii=False))
        return
    if run.state is not RunState.DONE:
        typer.echo(f"oneedit: the import is {run.state}: {run.note}", err=True)
    show_counts(report.counts, run.batch, dry_run=run.dry_run)
