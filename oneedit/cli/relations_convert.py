"""``oneedit relations convert``: make a relation book of a relation library."""

from pathlib import Path
from typing import Annotated

import typer

from kg_data.errors import BadFile
from kg_data.lint import lint_book
from kg_data.relation_library import convert_library
from kg_data.relations import RelationBook
from oneedit.cli.exits import errors
from oneedit.settings import expanded


def convert_relations(
    library: Annotated[
        Path, typer.Argument(help="A JSON list of relations with name, type, reverse, multihop.")
    ],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The new file; shown in the terminal if left out.")
    ] = None,
) -> None:
    """Make a relation book of a relation library, such as that of the published OneEdit.

    An inverse is taken only if both relations name each other. What is not taken is named.
    """
    with errors(as_json=False):
        if out is not None and out.exists():
            raise BadFile(out, None, "it exists already; name another file, or remove it")
        converted = convert_library(expanded(library))
        for report in converted.reports:
            typer.echo(report, err=True)
        for fault in lint_book(RelationBook.parse(converted.text)):
            typer.echo(f"to be corrected: {fault}", err=True)
        if out is None:
            typer.echo(converted.text, nl=False)
            return
        try:
            expanded(out).write_text(converted.text, encoding="utf-8")
        except OSError as error:
            raise BadFile(out, None, str(error)) from error
        left = len(converted.reports)
        typer.echo(f"{out}: {converted.relations} relations; {left} things were not taken over")
