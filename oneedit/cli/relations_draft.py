"""``oneedit relations draft``: propose a relation book for the facts of files."""

from pathlib import Path
from typing import Annotated

import typer

from kg_data.drafting import draft
from kg_data.drafting_text import draft_text
from kg_data.errors import BadFile
from kg_data.lint import lint_book
from kg_data.relations import RelationBook
from kg_data.sources.opening import SourceOptions, open_source
from kg_data.sources.source import BadRecord, Record
from oneedit.cli.exits import errors
from oneedit.cli.source_options import Encoding, Labels, Maps

MOST_SHOWN = 10
"""Bad records that are shown."""


def draft_relations(
    *,
    facts: Annotated[
        list[Path],
        typer.Option("--facts", help="A file of facts; may be given several times."),
    ],
    maps: Maps = None,
    encoding: Encoding = "",
    labels: Labels = "",
    out: Annotated[
        Path | None, typer.Option(help="The new file; shown in the terminal if left out.")
    ] = None,
) -> None:
    """Propose a relation book for the facts of files, to be read and corrected."""
    with errors(as_json=False):
        if out is not None and out.exists():
            raise BadFile(out, None, "it exists already; name another file, or remove it")
        options = SourceOptions(maps=tuple(maps or ()), encoding=encoding, labels=labels)
        text = _drafted(facts, options)
        if out is None:
            typer.echo(text, nl=False)
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadFile(out, None, str(error)) from error
        typer.echo(f"{out}: read it, correct it, and make the home with it:")
        names = " ".join(f"--facts {each}" for each in facts)
        typer.echo(f"oneedit init {names} --relations {out}")


def _drafted(paths: list[Path], options: SourceOptions) -> str:
    records: list[Record] = []
    bad: list[BadRecord] = []
    for path in paths:
        for each in open_source(str(path), None, options).records():
            if isinstance(each, Record):
                records.append(each)
            else:
                bad.append(each)
    for fault in bad[:MOST_SHOWN]:
        typer.echo(f"left out: {fault}", err=True)
    if len(bad) > MOST_SHOWN:
        typer.echo(f"left out: {len(bad) - MOST_SHOWN} more", err=True)
    if not records:
        raise BadFile(paths[0], None, "there are no facts to draft relations from")
    text = draft_text(draft(records))
    for problem in lint_book(RelationBook.parse(text)):
        typer.echo(f"to be corrected: {problem}", err=True)
    return text
