"""``oneedit graph``: look after the graph's server."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from oneedit.cli.exits import DONE, errors
from oneedit.settings import Settings

app = typer.Typer(help="Look after the graph that Neo4j keeps.", no_args_is_help=True)


@app.callback()
def graph() -> None:
    """Look after the graph that Neo4j keeps."""


@app.command()
def rebuild(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False
) -> None:
    """Fill the graph from the ledger, whatever it holds now; no model is loaded."""
    with errors(as_json=as_json), _bar(as_json=as_json) as report:
        from oneedit.wiring import rebuild_graph

        snapshot = rebuild_graph(Settings(), report)
    facts, entities = len(snapshot.facts), len(snapshot.entities)
    if as_json:
        result = {"version": snapshot.version, "facts": facts, "entities": entities}
        typer.echo(json.dumps({"code": DONE} | result))
    else:
        typer.echo(f"graph at version {snapshot.version}: {facts} facts, {entities} entities")


@contextmanager
def _bar(*, as_json: bool) -> Iterator[Callable[[float], None] | None]:
    """Show a bar while the graph is loaded, in a terminal only."""
    console = Console(stderr=True)
    if as_json or not console.is_terminal:
        yield None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("loading the graph", total=1.0)

        def report(share: float) -> None:
            bar.update(task, completed=share)

        yield report
