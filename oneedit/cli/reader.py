"""``oneedit reader``: train a chat model to read messages."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from kg_data.relations import RelationBook
from oneedit.cli.exits import DONE, errors
from oneedit.cli.session import Json, actor
from oneedit.errors import CannotWrite
from oneedit.people.permissions import Operation, require
from oneedit.settings import Settings, expanded

app = typer.Typer(help="Train a chat model to read messages.", no_args_is_help=True)


@app.callback()
def reader() -> None:
    """Train a chat model to read messages."""


@app.command()
def dataset(
    out: Annotated[Path, typer.Option(help="File to write, as JSON lines.", show_default=False)],
    *,
    count: Annotated[int, typer.Option(help="Examples.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed draws the same examples.")] = 0,
    as_json: Json = False,
) -> None:
    """Write messages with what they mean, drawn from the graph, to fine-tune a model on."""
    path = expanded(out)
    with errors(as_json=as_json):
        require(actor(), Operation.EXPORT)
        lines = list(_lines(count, seed))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(lines), encoding="utf-8")
        except OSError as error:
            raise CannotWrite(path, error.strerror or str(error)) from error
    if as_json:
        typer.echo(json.dumps({"code": DONE, "path": str(path), "examples": len(lines)}))
    else:
        typer.echo(f"{path}: {len(lines)} examples.")


def _lines(count: int, seed: int) -> Iterator[str]:
    from controller.graph.lexicon import GraphLexicon
    from oneedit import wiring
    from oneedit.reading.dataset import ReaderDataset

    book = RelationBook.shipped()
    with closing(wiring.graph_in_memory(Settings(), book)) as store:
        drawn = ReaderDataset(book, GraphLexicon(store), sorted(store.facts()))
        for example in drawn.examples(count, seed):
            yield json.dumps(example.to_record(), ensure_ascii=False) + "\n"
