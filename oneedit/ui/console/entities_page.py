"""Entities: search, and one of them with its facts, where they come from, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from controller.actor import Actor
from kg_data.changes import Changes
from kg_data.entities import EntityChange, EntityOperation
from kg_data.triples import Triple
from kg_data.writing import GraphForm
from oneedit.edits.choice import Choice as EditChoice
from oneedit.people.permissions import Operation, may
from oneedit.results import (
    BlameResult,
    NeighbourhoodResult,
    PreviewResult,
    Provenance,
    ShowResult,
    UnclearResult,
)
from oneedit.ui.console import graph_picture
from oneedit.ui.console.downloads import FILE
from oneedit.ui.console.follow import FollowedChange
from oneedit.ui.console.graph_picture import GraphPicture
from oneedit.ui.console.versions_page import ONE as VERSION
from oneedit.ui.console.versions_page import PATH as VERSIONS
from oneedit.ui.console.widgets import (
    Choice,
    answered,
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
    sheet,
    table,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.wording import details, fact_words, guess_words, headline, relation_name

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
        sheet_of_name = NameSheet(self._visit, self._entity.id, EntityOperation.RENAME)
        await self._agree(await sheet_of_name.ask("Rename it", "New name", text=self._entity.id))

    async def _merge(self) -> None:
        sheet_of_name = NameSheet(self._visit, self._entity.id, EntityOperation.MERGE)
        await self._agree(await sheet_of_name.ask("Merge it into another", "Name of the other"))

    async def _agree(self, looked: "ChangeLook | None") -> None:
        if looked is None:
            return
        change, queue = looked.change, self._visit.site.queue
        if await self._followed.agreed(looked.preview, f"{change.operation.capitalize()} it"):
            await self._followed.begin(lambda actor: queue.change_entity(actor, change))

    async def _delete(self) -> None:
        change = EntityChange(EntityOperation.DELETE, self._entity.id)
        service, queue = self._visit.service, self._visit.site.queue
        await self._followed.previewed(
            lambda actor: service.preview_entity_change(actor, change),
            "Delete it",
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


@dataclass(frozen=True, slots=True)
class ChangeLook:
    """A change of an entity as a whole, with what it would do."""

    change: EntityChange
    preview: PreviewResult


class NameSheet:
    """Asks for the other name of a rename or a merge until its preview is not refused.

    Args:
        visit: who asks.
        entity: id of the entity that is changed.
        operation: RENAME or MERGE.
    """

    def __init__(self, visit: Visit, entity: str, operation: EntityOperation) -> None:
        self._visit, self._entity, self._operation = visit, entity, operation

    async def ask(self, title: str, label: str, *, text: str = "") -> ChangeLook | None:
        """Return the change that was asked for; None if it is not wanted after all."""
        with sheet(title) as dialog:
            field = ui.input(label, value=text).props("outlined autofocus maxlength=200")
            refused = ui.element("div").props("role=alert")
            with ui.element("div").classes("choices"):
                look = partial(self._look, dialog, field, refused)
                go = button("Preview", look, main=True)
                button("Cancel", dialog.close)
            field.on("keydown.enter", look)
            go.bind_enabled_from(field, "value", lambda value: bool((value or "").strip()))
        answer = await answered(dialog)
        return answer if isinstance(answer, ChangeLook) else None

    async def _look(self, dialog: ui.dialog, field: ui.input, refused: ui.element) -> None:
        other = (field.value or "").strip()
        if not other:
            return
        change = EntityChange(self._operation, self._entity, other)
        service = self._visit.service
        found = await attempt(
            self._visit, lambda actor: service.preview_entity_change(actor, change)
        )
        if isinstance(found, PreviewResult):
            dialog.submit(ChangeLook(change, found))
            return
        refused.clear()
        if found is not None:
            with refused:
                words(headline(found), "notice", tag="p")
                sentences(details(found))


class _Revert:
    def __init__(self, view: EntityView, version: int) -> None:
        self._view, self._version = view, version

    async def ask(self) -> None:
        """Ask whether the fact's version is to be undone."""
        await self._view.revert(self._version)


def _value(fact: Triple) -> str:
    return fact_words(fact).split(" - ", 2)[2]
