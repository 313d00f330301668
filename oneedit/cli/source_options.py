"""The options of commands that read files of facts."""

from typing import Annotated

import typer

Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="subject=COLUMN,relation=...,object=COLUMN, or P19=relation."),
]
Encoding = Annotated[
    str, typer.Option(help="Of a table or JSON lines that are not UTF-8, such as latin-1.")
]
Labels = Annotated[
    str, typer.Option(help="Labels of Wikidata's items: a CSV of item,label, or its JSON.")
]
