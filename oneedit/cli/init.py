"""``oneedit init``: make a home over one's own facts and relation book, or the shipped ones."""

import json
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kg_data.relations import RelationBook
from kg_data.sources.csv import read_entities
from kg_data.sources.opening import SourceOptions, open_source
from oneedit.cli.exits import DONE, errors
from oneedit.cli.session import Json, told_who_is_waited_for
from oneedit.cli.source_options import Encoding, Labels, Maps
from oneedit.settings import SETTINGS_FILE, Settings, expanded
from oneedit.upkeep.founding import Founding, own_book

MOST_LEFT_OUT = 20
"""Left-out facts that are shown."""

app = typer.Typer()

Files = Annotated[
    list[Path] | None,
    typer.Option("--facts", help="A file of facts; may be given several times."),
]


@dataclass(frozen=True, kw_only=True)
class MadeHome:
    """What ``init`` has made.

    Attributes:
        home: the folder.
        version: always 0.
        facts, derived, entities, relations: how many there are.
        left_out: facts of the files that are not among them.
        model: the language model.
        settings: the file that keeps what the home was made with.
    """

    home: str
    version: int
    facts: int
    derived: int
    entities: int
    relations: int
    left_out: int
    model: str
    settings: str


@app.command()
def init(  # noqa: PLR0913  each is an option
    *,
    facts: Files = None,
    entities: Annotated[
        Path | None, typer.Option(help="A CSV file of entities: id,class,qid.")
    ] = None,
    relations: Annotated[
        Path | None, typer.Option(help="A relation book; the shipped one if left out.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The language model: folder, GGUF file or hub name.")
    ] = None,
    maps: Maps = None,
    encoding: Encoding = "",
    labels: Labels = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out what is bad, instead of stopping.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the home: over your own facts and relations, or over those that come with OneEdit."""
    with errors(as_json=as_json), told_who_is_waited_for():
        settings = _settings(model)
        book = own_book(expanded(relations)) if relations else RelationBook.shipped()
        founding = Founding.shipped()
        if facts or relations:
            options = SourceOptions(maps=tuple(maps or ()), encoding=encoding, labels=labels)
            founding = Founding.of(
                [open_source(str(expanded(each)), book, options) for each in facts or ()],
                book,
                entities=read_entities(expanded(entities)) if entities else (),
                skip_bad=skip_bad,
                today=datetime.now(UTC).date(),
            )
        made = _make(settings, founding)
    _show(made, founding, as_json=as_json)


def _settings(model: str | None) -> Settings:
    settings = Settings()
    if model is None:
        return settings
    name = str(expanded(Path(model))) if model.startswith("~") else model
    return settings.model_copy(update={"model": name})


def _make(settings: Settings, founding: Founding) -> MadeHome:
    from oneedit.wiring import make_home

    with closing(make_home(settings, founding)) as application:
        snapshot = application.ledger.snapshot()
        asserted = sum(not each.ended for each in founding.data.facts)
        return MadeHome(
            home=str(settings.home),
            version=snapshot.version,
            facts=len(founding.data.facts),
            derived=len(snapshot.facts) - asserted,
            entities=len(snapshot.entities),
            relations=len(founding.book.relations),
            left_out=len(founding.left_out),
            model=settings.model,
            settings=str(settings.home / SETTINGS_FILE),
        )


def _show(made: MadeHome, founding: Founding, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"code": DONE} | asdict(made), ensure_ascii=False))
        return
    for each in founding.left_out[:MOST_LEFT_OUT]:
        typer.echo(f"left out: {each}", err=True)
    typer.echo(
        f"{made.home}: {made.facts} facts of {founding.reason.removeprefix('the facts of ')}, "
        f"{made.derived} more that follow, {made.entities} entities, {made.relations} relations."
    )
    if made.left_out:
        typer.echo(f"{made.left_out} facts were left out.")
    typer.echo(f"The model is {made.model}. What was set is kept in {made.settings}.")
    example = _example(founding)
    typer.echo("Next: oneedit serve, and chat at /ui; or")
    if example:
        typer.echo(f'  oneedit ask "{example}"')
    typer.echo("  oneedit relations list")


def _example(founding: Founding) -> str:
    """Return a question about one of the facts, or ""."""
    for fact in founding.data.facts:
        asked = founding.book[fact.relation].questions.teach
        if asked and not fact.ended:
            return asked[0].replace("{s}", fact.subject)
    return ""
