"""Entities: search, and one of them with its facts, where they come from, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui

from controller.actor import Actor
from kg_data.changes import Changes
from kg_data.entities import EntityChange, EntityOperation
from kg_data.triples import Triple
from kg_data.writing import GraphForm
from oneedit.edits.choice import Choice as EditChoice
from oneedit.people.permissions import Operation, may
from oneedit.results import BlameResult, NeighbourhoodResult, Provenance, ShowResult, UnclearResult
from oneedit.ui.console import graph_picture
from oneedit.ui.console.downloads import FILE
from oneedit.ui.console.follow import FollowedChange
from oneedit.ui.console.graph_picture import GraphPicture
from oneedit.ui.console.versions_page import ONE as VERSION
from oneedit.ui.console.versions_page import PATH as VERSIONS
from oneedit.ui.console.widgets import (
    Choice,
    asked_words,
    attempt,
    button,
    cell,
    cells,
    filters,
    missing,
    moment,
    read,
    reload,
    row,
    sentence,
    table,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import fact_words, guess_words, relation_name

PATH = f"{CONSOLE}/entities"
ONE = f"{PATH}/show"
MOST_FOUND = 50
FORMS = {GraphForm.TURTLE: "Turtle", GraphForm.CSV: "CSV", GraphForm.JSONL: "JSON lines"}
CHOICES = (Choice("text", "Name or part of it"),)
COLUMNS = ("Relation", "Value", "Since", "Told by", "When (UTC)", "Before", "Actions")


async def build(visit: Visit) -> None:
    """Build the search."""
    filters(visit, CHOICES, action="Search")
    with ui.element("p").classes("files"):
        words("All facts as a file:")
        for form, name in FORMS.items():
            link(name, visit.link(FILE.format(form=form.value))).props("download")
    text = visit.query("text")
    if not text:
        words("Search by any of its names, or a part of one.", "quiet", tag="p")
        return
    found = await attempt(visit, lambda actor: visit.service.search(actor, text, limit=MOST_FOUND))
    if found is None or not found.found:
        words(f"Nothing is called “{text}”.", "notice", tag="p")
        return
    with table("Entities", ("Name", "Class", "Found by")):
        for each in found.found:
            with row():
                with cell():
                    link(each.entity.id, visit.link(ONE, name=each.entity.id))
                other = each.name if each.name != each.entity.id else ""
                cells(relation_name(each.entity.entity_class), other)


async def build_one(visit: Visit) -> None:
    """Build the page of one entity."""
    name = visit.query("name")
    found = await read(visit, lambda actor: looked_up(visit, actor, name))
    if not isinstance(found, EntityLook):
        missing(sentence(found.reason))
        with ui.element("ul"):
            for option in found.options:
                with ui.element("li"):
                    link(option, visit.link(ONE, name=option))
        return
    EntityView(visit, found)


@dataclass(frozen=True, slots=True)
class EntityLook:
    """What the page of an entity shows.

    Attributes:
        shown: the entity with its facts.
        origins: where each fact comes from.
        around: the facts around it.
    """

    shown: ShowResult
    origins: Sequence[Provenance]
    around: tuple[Triple, ...]


def looked_up(visit: Visit, actor: Actor, name: str) -> EntityLook | UnclearResult:
    """Return what the page of an entity shows."""
    shown = visit.service.show(actor, name)
    if isinstance(shown, UnclearResult):
        return shown
    traced = visit.service.blame(actor, shown.entity.id)
    near = visit.service.neighbourhood(actor, shown.entity.id, limit=60)
    return EntityLook(
        shown,
        traced.facts if isinstance(traced, BlameResult) else (),
        near.facts if isinstance(near, NeighbourhoodResult) else (),
    )


class EntityView:
    """One entity.

    Args:
        visit: who looks.
        look: what is shown.
    """

    def __init__(self, visit: Visit, look: EntityLook) -> None:
        self._visit, self._entity = visit, look.shown.entity
        with ui.element("article").classes("card tone-plain"):
            self._head(look.shown)
            self._facts(look.origins)
            if look.shown.about:
                with section("Named by other facts"), ui.element("ul"):
                    for fact in look.shown.about:
                        words(fact_words(fact), tag="li")
            if look.around:
                with section("What is around it"):
                    middle = (self._entity.id,)
                    graph_picture.show_one(GraphPicture(middle, look.around, Changes()))
            self._tools()
        self._followed = FollowedChange(visit, reload)

    def _head(self, shown: ShowResult) -> None:
        words(self._entity.id, tag="h2")
        qid = f", {self._entity.qid}" if self._entity.qid else ""
        words(f"{relation_name(self._entity.entity_class)}{qid}", "quiet", tag="p")
        sentences(map(guess_words, shown.guesses))
        if shown.redirect:
            words(sentence(shown.redirect), "notice", tag="p")
        if shown.aliases:
            words(f"Also known as {', '.join(shown.aliases)}", tag="p")
        target = self._visit.link(VERSIONS, entity=self._entity.id)
        link(f"History ({len(shown.versions):,})", target)

    def _facts(self, origins: Sequence[Provenance]) -> None:
        undoes = may(self._visit.actor, Operation.UNDO_OWN)
        with section("Facts"), table("Facts", COLUMNS):
            for each in origins:
                with row():
                    cells(relation_name(each.fact.relation), _value(each.fact))
                    with cell():
                        number = each.edit.version
                        link(str(number), self._visit.link(VERSION.format(number=number)))
                        if each.derived:
                            words("follows", "tag")
                    cells(each.edit.actor, moment(each.edit.created_at))
                    cells(", ".join(_value(before.fact) for before in each.earlier))
                    with cell():
                        if undoes and number and not each.derived:
                            revert = button("Revert", _Revert(self, number).ask)
                            revert.props["aria-label"] = f"Revert {fact_words(each.fact)}"

    def _tools(self) -> None:
        actor = self._visit.actor
        if not may(actor, Operation.PROPOSE):
            return
        title = "Change it as a whole"
        if not may(actor, Operation.CHANGE_ENTITIES):
            title += " (a reviewer has to agree)"
        with section(title), ui.element("div").classes("choices"):
            button("Rename", self._rename)
            button("Merge into another", self._merge)
            button("Delete", self._delete)

    async def _rename(self) -> None:
        other = await asked_words("Rename it", "New name", "Preview", text=self._entity.id)
        if other is not None:
            await self._change(EntityOperation.RENAME, other)

    async def _merge(self) -> None:
        other = await asked_words("Merge it into another", "Name of the other", "Preview")
        if other is not None:
            await self._change(EntityOperation.MERGE, other)

    async def _delete(self) -> None:
        await self._change(EntityOperation.DELETE, "Actions")

    async def _change(self, operation: EntityOperation, other: str) -> None:
        change = EntityChange(operation, self._entity.id, other)
        service, queue = self._visit.service, self._visit.site.queue
        await self._followed.previewed(
            lambda actor: service.preview_entity_change(actor, change),
            f"{operation.capitalize()} it",
            lambda actor: queue.change_entity(actor, change),
        )

    async def revert(self, version: int) -> None:
        """Undo the version that introduced a fact, after a look at what else it would undo."""
        choice = EditChoice.of(version)
        service, queue = self._visit.service, self._visit.site.queue
        await self._followed.previewed(
            lambda actor: service.preview_undo(actor, choice),
            f"Undo version {version}",
            lambda actor: queue.undo(actor, choice),
        )


class _Revert:
    def __init__(self, view: EntityView, version: int) -> None:
        self._view, self._version = view, version

    async def ask(self) -> None:
        """Ask whether the fact's version is to be undone."""
        await self._view.revert(self._version)


def _value(fact: Triple) -> str:
    return fact_words(fact).split(" - ", 2)[2]
