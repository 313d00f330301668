"""``oneedit entities``: rename, merge, split and delete entities as a whole."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from kg_data.entities import EntityChange, EntityOperation
from kg_data.triples import Triple
from oneedit.cli.following import carry_out
from oneedit.cli.session import Json, Words, Yes, client, finish
from oneedit.control.client import Client
from oneedit.control.commands import EntityOrder, EntityPreviewQuery, ShowQuery
from oneedit.results import Result, ShowResult
from oneedit.wording import fact_words

app = typer.Typer(help="Rename, merge, split and delete entities.", no_args_is_help=True)

NoAlias = Annotated[
    bool, typer.Option("--no-alias", help="Do not keep the old name as another name.")
]
GraphOnly = Annotated[
    bool, typer.Option("--graph-only", help="Teach the model nothing; a repair may do it later.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
]
Propose = Annotated[
    bool, typer.Option("--propose", help="Leave it to a reviewer instead of applying it.")
]


@app.command()
def show(entity: Words, *, as_json: Json = False) -> None:
    """Show what the graph holds about an entity, with a number before each fact."""
    with client(as_json) as opened:
        result = opened.look_up(ShowQuery(entity))
        if as_json or not isinstance(result, ShowResult):
            finish(result, as_json)
        console = Console()
        if result.redirect:
            console.print(escape(result.redirect), highlight=False)
        kind = result.entity.entity_class.replace("_", " ")
        console.print(f"[bold]{escape(result.entity.id)}[/] ({kind})", highlight=False)
        for number, fact in enumerate((*result.facts, *result.about), 1):
            text = f"{number:4}. {escape(fact_words(fact))}"
            console.print(text, highlight=False, soft_wrap=True)


@app.command()
def rename(  # noqa: PLR0913  one option for each choice
    entity: Words,
    name: Words,
    *,
    no_alias: NoAlias = False,
    graph_only: GraphOnly = False,
    dry_run: DryRun = False,
    propose: Propose = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Give an entity another name; the old one stays as another name."""
    change = EntityChange(
        EntityOperation.RENAME, entity, name, alias=not no_alias, graph_only=graph_only
    )
    _finish(change, dry_run=dry_run, propose=propose, yes=yes, as_json=as_json)


@app.command()
def merge(  # noqa: PLR0913
    entity: Words,
    into: Words,
    *,
    no_alias: NoAlias = False,
    graph_only: GraphOnly = False,
    dry_run: DryRun = False,
    propose: Propose = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Make an entity part of another one, whose values win; its name leads there."""
    change = EntityChange(
        EntityOperation.MERGE, entity, into, alias=not no_alias, graph_only=graph_only
    )
    _finish(change, dry_run=dry_run, propose=propose, yes=yes, as_json=as_json)


@app.command()
def split(  # noqa: PLR0913
    entity: Words,
    name: Words,
    *,
    fact: Annotated[
        list[int] | None, typer.Option(help="Number of a fact in entities show; repeatable.", min=1)
    ] = None,
    relation: Annotated[
        list[str] | None, typer.Option(help="All facts of this relation; repeatable.")
    ] = None,
    graph_only: GraphOnly = False,
    dry_run: DryRun = False,
    propose: Propose = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Move some facts of an entity to a new one."""
    with client(as_json) as opened:
        shown = opened.look_up(ShowQuery(entity))
        if not isinstance(shown, ShowResult):
            finish(shown, as_json)
        facts = _chosen(shown, fact or [], relation or [])
        change = EntityChange(
            EntityOperation.SPLIT, shown.entity.id, name, facts, graph_only=graph_only
        )
        finish(
            _result(opened, change, dry_run=dry_run, propose=propose, yes=yes, as_json=as_json),
            as_json,
        )


@app.command()
def delete(
    entity: Words,
    *,
    graph_only: GraphOnly = False,
    dry_run: DryRun = False,
    propose: Propose = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Forget everything about an entity."""
    change = EntityChange(EntityOperation.DELETE, entity, graph_only=graph_only)
    _finish(change, dry_run=dry_run, propose=propose, yes=yes, as_json=as_json)


def _finish(
    change: EntityChange, *, dry_run: bool, propose: bool, yes: bool, as_json: bool
) -> None:
    with client(as_json) as opened:
        finish(
            _result(opened, change, dry_run=dry_run, propose=propose, yes=yes, as_json=as_json),
            as_json,
        )


def _result(
    opened: Client, change: EntityChange, *, dry_run: bool, propose: bool, yes: bool, as_json: bool
) -> Result:
    if dry_run:
        previewed: Result = opened.look_up(EntityPreviewQuery(change))  # type: ignore[assignment]
        return previewed
    return carry_out(opened, EntityOrder(change, propose), yes=yes, as_json=as_json)


def _chosen(shown: ShowResult, numbers: list[int], relations: list[str]) -> tuple[Triple, ...]:
    """Return the facts with these numbers and of these relations.

    Raises:
        BadParameter: there is no fact of that number or relation.
    """
    facts = (*shown.facts, *shown.about)
    for number in numbers:
        if number > len(facts):
            text = f"there is no fact {number}; {shown.entity.id} has {len(facts)}"
            raise typer.BadParameter(text)
    for relation in relations:
        if all(each.relation != relation for each in facts):
            text = f"{shown.entity.id} has no fact of the relation {relation!r}"
            raise typer.BadParameter(text)
    chosen = [facts[number - 1] for number in numbers]
    chosen += [each for each in facts if each.relation in relations]
    return tuple(dict.fromkeys(chosen))
