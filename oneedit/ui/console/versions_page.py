"""Versions: the timeline, one of them, the difference of two, undo and roll back."""

from datetime import UTC, datetime

from nicegui import ui

from kg_data.changes import Changes
from oneedit.edits.choice import Choice as EditChoice
from oneedit.edits.choice import Successors
from oneedit.ledger.edit_filter import EditFilter
from oneedit.people.permissions import Operation, may
from oneedit.results import DiffResult, HistoryEntry, HistoryResult
from oneedit.ui.console.follow import FollowedChange
from oneedit.ui.console.widgets import (
    PAGE,
    Choice,
    attempt,
    button,
    cell,
    cells,
    filters,
    missing,
    moment,
    offset_of,
    pager,
    read,
    reload,
    row,
    sentence,
    table,
)
from oneedit.ui.frame import link
from oneedit.ui.parts import changed, section, sentences, words
from oneedit.ui.site import CONSOLE, Visit
from oneedit.ui.tables import KINDS
from oneedit.wording import changed_slots, counted, details, headline

PATH = f"{CONSOLE}/versions"
ONE = f"{PATH}/{{number}}"
DIFF = f"{CONSOLE}/differences"
MOST_LINES = 3
CHOICES = (
    Choice("entity", "Entity", kind="text"),
    Choice("relation", "Relation", kind="text"),
    Choice("actor", "By", kind="text"),
    Choice("since", "From (UTC)", kind="datetime-local"),
    Choice("until", "Until (UTC)", kind="datetime-local"),
    Choice("source", "Source", kind="text"),
)
COLUMNS = ("Version", "What", "Words", "Changes", "By", "When (UTC)")
PAIR = (Choice("since", "Version", kind="text"), Choice("until", "and version", kind="text"))
LATER = {
    Successors.REFUSE: "Undo these",
    Successors.WITH: "Undo these, and later edits of the same",
    Successors.SKIP: "Undo those that no later edit has changed",
}


async def build(visit: Visit) -> None:
    """Build the timeline."""
    filters(visit, CHOICES)
    link("Compare two versions", visit.link(DIFF))
    found = await attempt(
        visit,
        lambda actor: visit.service.history(
            actor, visit.query("entity") or None, wanted=_conditions(visit)
        ),
    )
    if not isinstance(found, HistoryResult):
        words("Nothing to show" if found is None else sentence(found.reason), "notice", tag="p")
        return
    newest = found.entries[::-1]
    shown = newest[offset_of(visit) :][:PAGE]
    if found.conditions or found.entity:
        _undo_of_many(visit, found)
    with table("Versions", COLUMNS):
        for entry in shown:
            _row(visit, entry)
    pager(visit, shown=len(shown), total=len(newest), what="version")


async def build_one(visit: Visit) -> None:
    """Build the page of one version."""
    number = int(visit.request.path_params["number"])
    entry = await read(visit, lambda actor: visit.service.version(actor, number))
    if not isinstance(entry, HistoryEntry):
        missing(sentence(entry.reason))
        return
    with ui.element("article").classes("card tone-plain"):
        words(f"Version {entry.version}: {_kind(entry)}", tag="h2")
        words(f"“{entry.text}”", "quote", tag="p")
        source = f" from {entry.source}" if entry.source else ""
        words(f"by {entry.actor}{source}, {moment(entry.created_at)} UTC", "quiet", tag="p")
        if entry.undone_by is not None:
            target = visit.link(ONE.format(number=entry.undone_by))
            link(f"Undone by version {entry.undone_by}", target)
        if entry.degraded:
            words("The model learned it below the gate.", "notice", tag="p")
        changed(entry.changes)
    VersionTools(visit, entry)


async def build_diff(visit: Visit) -> None:
    """Build the difference of two versions."""
    filters(visit, (*PAIR, Choice("entity", "Entity", kind="text")), action="Compare")
    numbers = [visit.query("since"), visit.query("until")]
    if not all(each.isascii() and each.isdecimal() for each in numbers):
        words("Give two versions to see what differs between them.", "quiet", tag="p")
        return
    since, until = (min(int(each), 2**31 - 1) for each in numbers)
    found = await read(
        visit,
        lambda actor: visit.service.diff(actor, since, until, visit.query("entity") or None),
    )
    if not isinstance(found, DiffResult):
        missing(sentence(found.reason))
        return
    with ui.element("article").classes("card tone-plain"):
        words(headline(found), tag="h2")
        sentences(details(found))
        changed(found.changes, "What differs")
        if found.changes == Changes():
            words("The facts are the same.", tag="p")


class VersionTools:
    """What can be done with one version.

    Args:
        visit: who looks.
        entry: the version.
    """

    def __init__(self, visit: Visit, entry: HistoryEntry) -> None:
        self._visit, self._number = visit, entry.version
        with section("What you can do"), ui.element("div").classes("choices"):
            if entry.version and may(visit.actor, Operation.UNDO_OWN):
                button("Undo it", self._undo)
            if may(visit.actor, Operation.ROLL_BACK):
                button("Roll back to it", self._roll_back)
            button("Ask the model again", self._check)
            if entry.version:
                before = visit.link(DIFF, since=entry.version - 1, until=entry.version)
                link("Compare with the version before", before)
        self._followed = FollowedChange(visit)
        self._checked = ui.element("div")

    async def _undo(self) -> None:
        service, queue = self._visit.service, self._visit.site.queue
        choice = EditChoice.of(self._number)
        await self._followed.previewed(
            lambda actor: service.preview_undo(actor, choice),
            "Undo it",
            lambda actor: queue.undo(actor, choice),
        )

    async def _roll_back(self) -> None:
        service, queue = self._visit.service, self._visit.site.queue
        await self._followed.previewed(
            lambda actor: service.preview_rollback(actor, self._number),
            "Roll back",
            lambda actor: queue.roll_back(actor, self._number),
        )

    async def _check(self) -> None:
        self._checked.clear()
        with self._checked:
            words("Asking the model", "waiting").props("role=status")
        found = await attempt(
            self._visit, lambda actor: self._visit.service.check(actor, self._number)
        )
        self._checked.clear()
        if found is not None:
            with self._checked, ui.element("div").classes("card tone-plain"):
                words(headline(found), tag="h2")
                sentences(details(found))


def _undo_of_many(visit: Visit, found: HistoryResult) -> None:
    if not (found.entries and may(visit.actor, Operation.UNDO_OWN)):
        return
    wanted = _conditions(visit)
    with section(f"Undo {counted(len(found.entries), 'version')} that the filters leave"):
        followed = FollowedChange(visit, reload)
        with ui.element("div").classes("choices"):
            for successors, text in LATER.items():
                choice = EditChoice(
                    entity=found.entity,
                    relation=wanted.relation,
                    actor=wanted.actor,
                    since=wanted.since,
                    until=wanted.until,
                    source=wanted.source,
                    successors=successors,
                )
                button(text, _UndoOfMany(visit, followed, choice).ask)


class _UndoOfMany:
    def __init__(self, visit: Visit, followed: FollowedChange, choice: EditChoice) -> None:
        self._visit, self._followed, self._choice = visit, followed, choice

    async def ask(self) -> None:
        """Show what the undo would do, and do it if the visitor agrees."""
        service, queue = self._visit.service, self._visit.site.queue
        await self._followed.previewed(
            lambda actor: service.preview_undo(actor, self._choice),
            "Undo them",
            lambda actor: queue.undo(actor, self._choice),
        )


def _conditions(visit: Visit) -> EditFilter:
    """Return the conditions of the address, the entity aside; a time that is none is left out."""
    return EditFilter(
        relation=visit.query("relation").replace(" ", "_") or None,
        actor=visit.query("actor") or None,
        since=_time(visit.query("since")),
        until=_time(visit.query("until")),
        source=visit.query("source") or None,
    )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _row(visit: Visit, entry: HistoryEntry) -> None:
    with row():
        with cell():
            link(str(entry.version), visit.link(ONE.format(number=entry.version)))
        cells(_kind(entry), entry.text)
        with cell():
            lines = changed_slots(entry)
            for line in lines[:MOST_LINES]:
                words(line, tag="p")
            if len(lines) > MOST_LINES:
                words(f"and {len(lines) - MOST_LINES:,} more", "quiet", tag="p")
        cells(entry.actor, moment(entry.created_at))


def _kind(entry: HistoryEntry) -> str:
    kind = KINDS.get(entry.kind, entry.kind.lower()) + entry.aim
    return kind if entry.undone_by is None else f"{kind}, undone by {entry.undone_by}"
