"""Relations: what they mean, how many facts each has, and those of one of them."""

from dataclasses import replace
from functools import partial
from operator import attrgetter

from nicegui import ui

from controller.actor import Actor
from kg_data.book_changes import BookAction, BookChange
from kg_data.book_text import contents, in_toml
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Triple
from oneedit.ledger.fact_pages import FactFilter
from oneedit.people.permissions import Operation, may
from oneedit.results import (
    Already,
    FactsResult,
    RedefineOutcome,
    RedefineResult,
    Refused,
    RelationsResult,
)
from oneedit.ui.console.entities_page import ONE as ENTITY
from oneedit.ui.console.versions_page import ONE as VERSION
from oneedit.ui.console.widgets import (
    SheetForm,
    answered,
    attempt,
    button,
    cell,
    cells,
    missing,
    read,
    reload,
    row,
    sheet,
    table,
    tell,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import changed, section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import details, fact_words, headline, relation_name

PATH = f"{CONSOLE}/relations"
ONE = f"{PATH}/show"
MOST_FACTS = 50
COLUMNS = ("Relation", "Facts", "From", "To", "Values", "Inverse", "Marks")


async def build(visit: Visit) -> None:
    """Build the list of relations."""
    found = await attempt(visit, visit.service.relations)
    if not isinstance(found, RelationsResult):
        return
    with table("Relations", COLUMNS):
        for each in sorted(
            RelationBook.parse(found.text).relations.values(), key=attrgetter("name")
        ):
            with row():
                with cell():
                    link(relation_name(each.name), visit.link(ONE, name=each.name))
                cells(f"{found.facts.get(each.name, 0):,}", *_meaning(each))


async def build_one(visit: Visit) -> None:
    """Build the page of one relation with its facts."""
    name = visit.query("name").replace(" ", "_")
    found = await read(visit, visit.service.relations)
    if not isinstance(found, RelationsResult):
        return
    book = RelationBook.parse(found.text)
    if name not in book.relations:
        missing(f"The book has no relation “{relation_name(name)}”.")
        return
    relation = book.relations[name]
    with ui.element("article").classes("card tone-plain"):
        words(relation_name(name), tag="h2")
        with ui.element("dl").classes("figures"):
            for label, value in zip(COLUMNS[2:], _meaning(relation), strict=True):
                if value:
                    with ui.element("div"):
                        words(label, tag="dt")
                        words(value, tag="dd")
        with section("How it is said"), ui.element("ul"):
            for wording in (*relation.statements.for_edits(), *relation.questions.for_edits()):
                words(wording, tag="li")
        if may(visit.actor, Operation.MANAGE_RELATIONS):
            with ui.element("div").classes("choices"):
                button("Change it", BookEditor(visit, name, book).ask)
    await _facts(visit, name)


class BookEditor:
    """Changes the entry of a relation, after a look at what would follow.

    Args:
        visit: who changes it.
        name: the relation.
        book: the book that it is in.
    """

    def __init__(self, visit: Visit, name: str, book: RelationBook) -> None:
        self._visit, self._name = visit, name
        self._text = in_toml({"relations": {name: contents(book)["relations"][name]}})

    async def ask(self) -> None:
        """Ask for the entry as TOML, show what that would do, and do it if it is agreed to."""
        with sheet(f"Change {relation_name(self._name)}") as dialog:
            words("The entry takes the place of the one that there is.", tag="p")
            with ui.element("div").classes("sheet-body"):
                given = ui.textarea("TOML", value=self._text)
                given.props("outlined autogrow autofocus")
            form = SheetForm(self._visit, dialog, lambda actor: self._looked(actor, given.value))
            with ui.element("div").classes("choices"):
                button("Preview", form.send, main=True)
                button("Cancel", dialog.close)
        looked = await answered(dialog)
        if isinstance(looked, RedefineResult | Refused | Already):
            await self._agree(BookChange(BookAction.EDIT, given.value), looked)

    def _looked(self, actor: Actor, text: str) -> RedefineOutcome:
        change = BookChange(BookAction.EDIT, text)
        return self._visit.service.preview_redefine(actor, change)

    async def _agree(self, change: BookChange, found: RedefineOutcome) -> None:
        service = self._visit.service
        with sheet(headline(found)) as dialog:
            with ui.element("div").classes("sheet-body"):
                sentences(details(found))
                if isinstance(found, RedefineResult):
                    changed(found.changes, "What would follow")
            with ui.element("div").classes("choices"):
                if isinstance(found, RedefineResult):
                    button("Change it", partial(dialog.submit, "change"), main=True)
                button("Cancel", dialog.close)
        if await answered(dialog) == "change" and isinstance(found, RedefineResult):
            agreed = replace(change, base=found.base)
            done = await attempt(self._visit, lambda actor: service.redefine(actor, agreed))
            if isinstance(done, RedefineResult):
                reload()
            elif done is not None:
                tell(headline(done), "warning")


async def _facts(visit: Visit, relation: str) -> None:
    """Add a page of the relation's facts, with a link to the next one."""
    parts = [visit.query("subject"), visit.query("object")]
    after = Triple(parts[0], relation, parts[1]) if all(parts) else None
    wanted = FactFilter(relation=relation)
    found = await attempt(
        visit, lambda actor: visit.service.facts(actor, wanted, after=after, limit=MOST_FACTS)
    )
    if not isinstance(found, FactsResult):
        return
    with section("Facts"):
        if not found.facts:
            words("There are none.", "quiet", tag="p")
            return
        with table("Facts", ("Fact", "Since version", "How")):
            for each in found.facts:
                with row():
                    with cell():
                        link(fact_words(each.fact), visit.link(ENTITY, name=each.fact.subject))
                    with cell():
                        link(str(each.since), visit.link(VERSION.format(number=each.since)))
                    cells("follows" if each.derived else "")
        if found.more:
            last = found.facts[-1].fact
            target = visit.link(ONE, name=relation, subject=last.subject, object=last.object)
            link("After", target)


def _meaning(relation: Relation) -> tuple[str, ...]:
    """Return what a relation means: its classes, values, inverse, and what else holds of it."""
    marks = ("symmetric", "protected", "derived", "acyclic", "container")
    return (
        ", ".join(map(relation_name, relation.domain)),
        ", ".join(map(relation_name, relation.range)),
        "one" if relation.functional else "many",
        relation_name(relation.inverse),
        ", ".join(each for each in marks if getattr(relation, each)),
    )
