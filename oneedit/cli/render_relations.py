"""The relation book, and changes of it, in the terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.cli.render_answers import Sign
from oneedit.results import RedefineResult
from oneedit.wording import headline

MOST_SHOWN = 10
"""Facts of a change that are shown."""


def render_relations(book: RelationBook, facts: Mapping[str, int], console: Console) -> None:
    """Show a line for each relation."""
    table = Table("relation", "noun", "values", "inverse", "facts")
    for each in book.relations.values():
        values = "one" if each.functional else "many"
        inverse = each.name if each.symmetric else each.inverse
        cells = (each.name, each.noun, values, inverse, str(facts.get(each.name, 0)))
        table.add_row(*map(escape, cells))
    console.print(table)


def render_redefinition(result: RedefineResult, console: Console) -> None:
    """Show what a change of the book does."""
    console.print(f"{Sign.DONE if result.done else Sign.ASK} {escape(headline(result))}.")
    for line in result.differences:
        console.print(f"  {line}", markup=False, highlight=False)
    changes = result.changes
    _facts("follow now", changes.derived_added, console)
    _facts("do not follow any more", changes.derived_retracted, console)
    if result.done and changes.derived_added:
        text = "The model was not taught what follows now; a job of the kind repair teaches it."
        console.print(f"  {text}", highlight=False)


def _facts(what: str, facts: tuple[Triple, ...], console: Console) -> None:
    if not facts:
        return
    console.print(f"  {len(facts)} facts {what}:", highlight=False)
    for fact in facts[:MOST_SHOWN]:
        console.print(f"    {fact}", markup=False, highlight=False)
    if len(facts) > MOST_SHOWN:
        console.print(f"    and {len(facts) - MOST_SHOWN} more", highlight=False)
