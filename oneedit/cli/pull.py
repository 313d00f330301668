"""``oneedit pull``: bring the graph up to a file, an endpoint or another graph, by hand."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from controller.actor import Actor, Role
from kg_data.sources.opening import SourceOptions
from kg_data.sources.source import Source
from oneedit.cli.exits import DONE, FAILED
from oneedit.cli.render_pulls import show_counts
from oneedit.cli.session import Json, actor, service
from oneedit.cli.source_options import Encoding, Labels, Maps
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_request import BATCH, OnError, PlainRun, PullRequest, PullResult
from oneedit.jobs.sources import open_any
from oneedit.people.permissions import Operation, require

app = typer.Typer()


@app.command("pull")
def pull_command(  # noqa: PLR0913  each is an option
    location: Annotated[
        str, typer.Argument(help="A file, a SPARQL endpoint or a Neo4j server.", metavar="SOURCE")
    ],
    *,
    maps: Maps = None,
    encoding: Encoding = "",
    labels: Labels = "",
    job: Annotated[str, typer.Option(help="Name under which the ledger records it.")] = "by-hand",
    run: Annotated[
        str, typer.Option(help="Go on with this run, whose name a run prints at its start.")
    ] = "",
    trust: Annotated[
        Role, typer.Option(help="editor: every new name waits for review; reviewer: it does not.")
    ] = Role.REVIEWER,
    batch: Annotated[int, typer.Option(help="Records of one batch.", min=1)] = BATCH,
    on_error: Annotated[OnError, typer.Option(help="At a bad record.")] = OnError.SKIP,
    hosts: Annotated[
        list[str] | None, typer.Option("--host", help="A host that may be asked, besides.")
    ] = None,
    user: Annotated[str, typer.Option(help="Of a Neo4j server.")] = "neo4j",
    password: Annotated[
        str, typer.Option(help="Of a Neo4j server.", envvar="ONEEDIT_SOURCE_PASSWORD")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add what a source states and the graph lacks; conflicts wait for review.

    The model is not taught what is added. Undo it with: oneedit undo --batch JOB:RUN.
    """
    slot = run or datetime.now(UTC).isoformat(timespec="seconds")
    options = SourceOptions(
        maps=tuple(maps or ()), hosts=tuple(hosts or ()), encoding=encoding, labels=labels
    )
    with service(as_json) as opened:
        require(actor(), Operation.MANAGE_JOBS)  # it chooses how far the job is trusted
        book = opened.context.controller.book
        source = open_any(location, book, options, user=user, password=password)
        console = Console(stderr=True)
        with _bar(console, as_json=as_json) as report:
            context = PlainRun(
                dry_run=dry_run,
                write=lambda text: console.print(text, markup=False, highlight=False),
                report=report,
            )
            context.log(f"run {slot}")
            request = PullRequest(
                source=source,
                job=job,
                slot=slot,
                batch=batch,
                on_error=on_error,
                total=_count(source) if "://" not in location else 0,
            )
            result = pull(request, opened, Actor(f"job:{job}", trust), context)
    _show(result, request, as_json=as_json, dry_run=dry_run)
    raise typer.Exit(DONE if result.finished else FAILED)


def _count(source: Source) -> int:
    """Return the number of records, to show progress."""
    return sum(1 for _ in source.records())


def _show(result: PullResult, request: PullRequest, *, as_json: bool, dry_run: bool) -> None:
    counts = asdict(result)
    if as_json:
        about = {"code": DONE if result.finished else FAILED, "batch": request.id}
        typer.echo(json.dumps(about | {"dry_run": dry_run} | counts, ensure_ascii=False))
        return
    show_counts(counts, request.id, dry_run=dry_run)


@contextmanager
def _bar(console: Console, *, as_json: bool) -> Iterator[Callable[[float], object]]:
    """Show a bar while facts are pulled, in a terminal only."""
    if as_json or not console.is_terminal:
        yield lambda _share: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("pulling", total=1.0)
        yield lambda share: bar.update(task, completed=share)
