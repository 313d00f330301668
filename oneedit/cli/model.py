"""``oneedit model``: what the base model knows of the graph, and in which wordings."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from kg_data.relations import RelationBook
from oneedit.cli.session import Json, client, finish
from oneedit.control.commands import ModelCheckQuery, ModelKnowledgeQuery, RelationsQuery
from oneedit.knowledge.interview import FACTS
from oneedit.results import RelationsResult

app = typer.Typer(help="Find out what the base model knows.", no_args_is_help=True)


@app.command()
def check(
    relations: Annotated[
        list[str] | None, typer.Argument(help="Names of relations; all if left out.")
    ] = None,
    *,
    facts: Annotated[int, typer.Option(help="Facts of each relation, at most.", min=1)] = FACTS,
    as_json: Json = False,
) -> None:
    """Ask the base model about facts of the graph in every wording, and keep what it knows."""
    with client(as_json) as asked:
        found = asked.look_up(RelationsQuery())
        if not isinstance(found, RelationsResult):
            finish(found, as_json)
        known = RelationBook.parse(found.text)
        wanted = relations or list(known.names())
        if unknown := [each for each in wanted if each not in known]:
            names = ", ".join(known.names())
            raise typer.BadParameter(f"there is no relation {unknown[0]!r}; there are: {names}")
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("asking", total=len(wanted))
            for each in wanted:
                bar.update(task, description=each)
                asked.look_up(ModelCheckQuery(each, facts))
                bar.advance(task)
        finish(asked.look_up(ModelKnowledgeQuery()), as_json)


@app.command()
def show(*, as_json: Json = False) -> None:
    """Show what was found before; no model is loaded."""
    with client(as_json) as asked:
        finish(asked.look_up(ModelKnowledgeQuery()), as_json)
