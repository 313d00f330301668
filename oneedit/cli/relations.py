"""``oneedit relations``: what the relations of a home mean, and changes of it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kg_data.book_changes import BookAction, BookChange
from kg_data.book_text import contents, in_toml
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from oneedit.cli.exits import DONE, REFUSED, errors
from oneedit.cli.relations_convert import convert_relations
from oneedit.cli.relations_draft import draft_relations
from oneedit.cli.render_relations import render_redefinition, render_relations
from oneedit.cli.session import Json, Yes, client, finish
from oneedit.control.commands import RedefinePreviewQuery, RelationsQuery
from oneedit.errors import CannotWrite
from oneedit.results import RedefineResult, RelationsResult
from oneedit.settings import expanded

app = typer.Typer(help="Say what the relations of this home mean.", no_args_is_help=True)
app.command("draft")(draft_relations)
app.command("convert")(convert_relations)

Name = Annotated[str, typer.Argument(help="Name of a relation.", show_default=False)]
Version = Annotated[int | None, typer.Option(help="Of this version.")]
Written = Annotated[
    Path, typer.Argument(help="A TOML file of relations, as a relation book has them.")
]


@app.command("list")
def list_relations(*, version: Version = None, as_json: Json = False) -> None:
    """Show the relations, and how many facts each has."""
    with _book(version, as_json=as_json) as (found, book):
        if not as_json:
            render_relations(book, found.facts, Console())
            return
        rows = [
            {
                "name": each.name,
                "noun": each.noun,
                "cardinality": each.cardinality,
                "inverse": each.inverse,
                "facts": found.facts.get(each.name, 0),
            }
            for each in book.relations.values()
        ]
        _print({"version": found.version, "relations": rows})


@app.command()
def show(name: Name, *, version: Version = None, as_json: Json = False) -> None:
    """Show a relation as the book has it."""
    with _book(version, as_json=as_json) as (found, book):
        entry = contents(book)["relations"][book[name].name]
        facts = found.facts.get(name, 0)
        if as_json:
            _print({"version": found.version, "name": name, "facts": facts, "entry": entry})
            return
        typer.echo(f"# version {found.version}, {facts} facts")
        typer.echo(in_toml({"relations": {name: entry}}), nl=False)


@app.command()
def add(file: Written, *, yes: Yes = False, as_json: Json = False) -> None:
    """Add the relations of a file to the book."""
    _change_by(file, BookAction.ADD, yes=yes, as_json=as_json)


@app.command()
def edit(file: Written, *, yes: Yes = False, as_json: Json = False) -> None:
    """Replace relations of the book by those of a file, each as a whole."""
    _change_by(file, BookAction.EDIT, yes=yes, as_json=as_json)


@app.command()
def remove(name: Name, *, yes: Yes = False, as_json: Json = False) -> None:
    """Remove a relation that has no facts."""
    _change(BookChange(BookAction.REMOVE, name=name), yes=yes, as_json=as_json)


@app.command()
def lint(
    file: Annotated[
        Path | None, typer.Argument(help="A relation book; the home's if left out.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say where a relation book contradicts itself; 2 if it does."""
    if file is None:
        with _book(None, as_json=as_json) as (_, book):
            faults = list(lint_book(book))
    else:
        with errors(as_json=as_json):
            faults = list(lint_book(RelationBook.load(expanded(file))))
    code = REFUSED if faults else DONE
    if as_json:
        typer.echo(json.dumps({"code": code, "faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            typer.echo(fault)
        typer.echo(f"{len(faults)} faults")
    raise typer.Exit(code)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to; the screen if left out.")] = None,
    *,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Write the relation book as TOML, for init --relations or an editor."""
    with _book(version, as_json=as_json) as (found, book):
        if file is None:
            typer.echo(found.text, nl=False)
            return
        path = expanded(file)
        try:
            path.write_bytes(found.text.encode())
        except OSError as error:
            raise CannotWrite(path, error.strerror or str(error)) from error
    about = {"version": found.version, "path": str(path), "relations": len(book.relations)}
    if as_json:
        _print(about)
    else:
        typer.echo(f"{path}: {about['relations']} relations of version {found.version}.")


def _change_by(file: Path, action: BookAction, *, yes: bool, as_json: bool) -> None:
    with errors(as_json=as_json):
        try:
            text = expanded(file).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise typer.BadParameter(f"{file} is not UTF-8: {error}") from error
    _change(BookChange(action, text), yes=yes, as_json=as_json)


def _change(change: BookChange, *, yes: bool, as_json: bool) -> None:
    """Show what a change does, and make it if the user agrees."""
    with client(as_json) as asked:
        found = asked.look_up(RedefinePreviewQuery(change))
        if not isinstance(found, RedefineResult):
            finish(found, as_json)
        if not yes:
            _agree(found, as_json=as_json)
        done = asked.redefine(replace(change, base=found.base))
        if not isinstance(done, RedefineResult):
            finish(done, as_json)
    if as_json:
        _print(asdict(done))
    else:
        render_redefinition(done, Console())


def _agree(found: RedefineResult, *, as_json: bool) -> None:
    """Let the user agree; without anybody to ask, show what would change and end."""
    if as_json:
        typer.echo(json.dumps({"code": REFUSED} | asdict(found), ensure_ascii=False))
        raise typer.Exit(REFUSED)
    render_redefinition(found, Console())
    if not sys.stdin.isatty():
        typer.echo("Add --yes to make this change.")
        raise typer.Exit(REFUSED)
    if not typer.confirm("Go on?"):
        raise typer.Exit(REFUSED)


@contextmanager
def _book(version: int | None, *, as_json: bool) -> Iterator[tuple[RelationsResult, RelationBook]]:
    with client(as_json) as asked:
        found = asked.look_up(RelationsQuery(version))
        if not isinstance(found, RelationsResult):
            finish(found, as_json)
        yield found, RelationBook.parse(found.text)


def _print(fields: dict[str, object]) -> None:
    typer.echo(json.dumps({"code": DONE} | fields, ensure_ascii=False, indent=2))
