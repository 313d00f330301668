"""The command line: every command parses, calls the service and shows the result.

Exit codes: 0 done, 1 failed, 2 refused or bad input.
"""

import importlib
import importlib.util
import sys
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from oneedit.cli.exits import errors
from oneedit.cli.following import carry_out
from oneedit.cli.parts import CommandLine
from oneedit.cli.session import As, Json, Words, Yes, acting
from oneedit.cli.session import client as _client
from oneedit.cli.session import finish as _finish
from oneedit.control.commands import (
    AskQuery,
    BlameQuery,
    CheckQuery,
    ConsolidateOrder,
    DiffQuery,
    ForgetOrder,
    HistoryQuery,
    RollbackOrder,
    RollbackPreviewQuery,
    ShowQuery,
    StatusQuery,
    TellOrder,
    UndoOrder,
    UndoPreviewQuery,
    VerifyQuery,
)
from oneedit.edits.choice import Choice, Successors
from oneedit.errors import NotInstalled
from oneedit.ledger.edit_filter import EditFilter
from oneedit.settings import Settings

app = typer.Typer(
    name="oneedit",
    cls=CommandLine,
    help="Correct what a language model knows, in plain language.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

AsOf = Annotated[int | None, typer.Option("--as-of", help="Of this version of the graph.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
]


class Engine(StrEnum):
    """What runs copies of the model."""

    RAY = "ray"


_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]

Relation = Annotated[
    str | None, typer.Option(help="All edits of this relation, such as place_of_birth.")
]
Person = Annotated[str | None, typer.Option("--actor", help="All edits of this person or job.")]
Since = Annotated[
    datetime | None, typer.Option(help="All edits from this time on.", formats=_TIMES)
]
Until = Annotated[datetime | None, typer.Option(help="All edits up to this time.", formats=_TIMES)]
Source = Annotated[str | None, typer.Option(help="All edits from there, such as import:FILE.")]
Propose = Annotated[
    bool, typer.Option("--propose", help="Leave it to a reviewer instead of applying it.")
]


@app.callback()
def root(*, as_name: As = "") -> None:
    """Correct what a language model knows, in plain language."""
    acting.set(as_name)


@app.command()
def tell(text: Words, *, yes: Yes = False, propose: Propose = False, as_json: Json = False) -> None:
    """State a fact: "Joe Biden's vice president is Mike Pence."."""
    with _client(as_json) as client:
        order = TellOrder(text, propose)
        _finish(carry_out(client, order, yes=yes, as_json=as_json), as_json)


@app.command()
def ask(
    text: Words,
    *,
    direct: Annotated[
        bool, typer.Option("--direct", help="Answer chains without writing the hops down.")
    ] = False,
    free: Annotated[
        bool, typer.Option("--free", help="Let the model answer what cannot be checked, too.")
    ] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Ask the model, and compare with the graph."""
    with _client(as_json) as client:
        _finish(client.look_up(AskQuery(text, direct, as_of, free)), as_json)


@app.command()
def forget(
    text: Words, *, yes: Yes = False, propose: Propose = False, as_json: Json = False
) -> None:
    """Remove a fact: "the employer of Albert Einstein"."""
    with _client(as_json) as client:
        order = ForgetOrder(text, propose)
        _finish(carry_out(client, order, yes=yes, as_json=as_json), as_json)


@app.command()
def undo(  # noqa: PLR0913  one option for each condition
    versions: Annotated[
        list[int] | None, typer.Argument(help="Versions; the last edit if left out.")
    ] = None,
    *,
    entity: Annotated[
        str | None, typer.Option(help="All edits about this entity, by the name that show prints.")
    ] = None,
    relation: Relation = None,
    actor: Person = None,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    batch: Annotated[str | None, typer.Option(help="All edits of this batch.")] = None,
    last: Annotated[bool, typer.Option("--last", help="Only the last of these edits.")] = False,
    with_successors: Annotated[
        bool, typer.Option("--with-successors", help="Undo what changed the same later, too.")
    ] = False,
    skip_superseded: Annotated[
        bool, typer.Option("--skip-superseded", help="Leave what was changed again later.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Undo an edit, or several as one version."""
    if with_successors and skip_superseded:
        raise typer.BadParameter("Give --with-successors or --skip-superseded, not both.")
    successors = Successors.WITH if with_successors else Successors.REFUSE
    choice = Choice(
        versions=tuple(versions or ()),
        entity=entity,
        relation=relation,
        actor=actor,
        since=_local(since),
        until=_local(until),
        source=source,
        batch=batch,
        last=last,
        successors=Successors.SKIP if skip_superseded else successors,
    )
    with _client(as_json) as client:
        if dry_run:
            _finish(client.look_up(UndoPreviewQuery(choice)), as_json)
        _finish(carry_out(client, UndoOrder(choice), yes=yes, as_json=as_json), as_json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(help="The version to restore.", show_default=False)],
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Restore the facts and the weights of a version, as a new version."""
    with _client(as_json) as client:
        if dry_run:
            _finish(client.look_up(RollbackPreviewQuery(version)), as_json)
        _finish(carry_out(client, RollbackOrder(version), yes=yes, as_json=as_json), as_json)


@app.command()
def consolidate(*, as_json: Json = False) -> None:
    """Replace the patches of all edits by one."""
    with _client(as_json) as client:
        _finish(carry_out(client, ConsolidateOrder(), as_json=as_json), as_json)


@app.command()
def history(  # noqa: PLR0913  one option for each condition
    entity: Annotated[str | None, typer.Argument(help="Only what changed this entity.")] = None,
    *,
    relation: Relation = None,
    actor: Person = None,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    as_json: Json = False,
) -> None:
    """List the versions, or those that meet conditions."""
    wanted = EditFilter(
        relation=relation,
        actor=actor,
        since=_local(since),
        until=_local(until),
        source=source,
    )
    with _client(as_json) as client:
        _finish(client.look_up(HistoryQuery(entity, wanted)), as_json)


@app.command()
def show(entity: Words, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Show what the graph holds about an entity."""
    with _client(as_json) as client:
        _finish(client.look_up(ShowQuery(entity, as_of)), as_json)


@app.command()
def diff(
    since: Annotated[int, typer.Argument(help="One version.", show_default=False)],
    until: Annotated[int, typer.Argument(help="The other version.", show_default=False)],
    entity: Annotated[str | None, typer.Argument(help="Only the facts of this entity.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what differs between two versions."""
    with _client(as_json) as client:
        _finish(client.look_up(DiffQuery(since, until, entity)), as_json)


@app.command()
def blame(entity: Words, *, as_json: Json = False) -> None:
    """Show who told each fact of an entity, when, and what was there before."""
    with _client(as_json) as client:
        _finish(client.look_up(BlameQuery(entity)), as_json)


@app.command()
def status(*, as_json: Json = False) -> None:
    """Show the state of ledger, graph and model."""
    with _client(as_json) as client:
        _finish(client.look_up(StatusQuery()), as_json)


@app.command()
def verify(*, as_json: Json = False) -> None:
    """Check that ledger, graph and weights are what was recorded."""
    with _client(as_json) as client:
        _finish(client.look_up(VerifyQuery()), as_json)


@app.command()
def check(
    version: Annotated[int, typer.Argument(help="Version of an edit.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Ask the questions stored with an edit again, with the answers of the graph now."""
    with _client(as_json) as client:
        _finish(client.look_up(CheckQuery(version)), as_json)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
    replicas: Annotated[
        int | None, typer.Option(help="Copies of the model that answer questions.", min=0)
    ] = None,
    engine: Annotated[Engine | None, typer.Option(help="What runs the copies.")] = None,
) -> None:
    """Start the server; the chat is at /ui."""
    with errors(as_json=False):
        given = {"host": host, "port": port, "replicas": replicas, "engine": engine}
        update = {name: value for name, value in given.items() if value is not None}
        settings = Settings().model_copy(update=update)
        _part("oneedit.api.server", "server").serve(settings)


@app.command()
def demo() -> None:
    """Show one edit in the terminal, on the real model."""
    with errors(as_json=False):
        code = _part("oneedit.demo.story", "demonstration").run(Console())
    raise typer.Exit(code)


def main() -> None:
    """Run the command line; what a terminal cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


def _local(moment: datetime | None) -> datetime | None:
    """Return a time with its zone: the system's, if none was given."""
    return None if moment is None else moment.astimezone()


def _part(module: str, name: str) -> ModuleType:
    """Import a part of OneEdit when a command needs it."""
    if not _exists(module):
        raise NotInstalled(name)
    return importlib.import_module(module)


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    main()
