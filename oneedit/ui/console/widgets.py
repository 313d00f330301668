"""What the pages of the console are made of: forms that filter, tables in pages, dialogs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, Literal, TypeVar

from nicegui import run, ui

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.errors import NotSignedIn, ServerEnded
from oneedit.ui.frame import link
from oneedit.ui.parts import words
from oneedit.ui.site import Visit
from oneedit.wording import counted

Found = TypeVar("Found")

PAGE = 25
"""Rows that a page of a table has."""

MOST_OFFSET = 1_000_000
MOST_WORDS = 2_000
"""Characters that a dialog takes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of a form that filters.

    Attributes:
        name: its name in the address's query.
        label: what it is called.
        options: values to choose from, with their names; none for a field to type in.
        kind: the kind of field to type in: "search", "text" or "datetime-local".
    """

    name: str
    label: str
    options: Mapping[str, str] | None = None
    kind: str = "search"


def filters(visit: Visit, choices: Sequence[Choice], *, action: str = "Filter") -> None:
    """Add a form whose values become the query of this page's address."""
    with ui.element("form").props("method=get").classes("filters") as form:
        form.props["action"] = visit.link(visit.path)
        for each in choices:
            with ui.element("label"):
                words(each.label)
                if each.options is None:
                    _field(visit, each)
                else:
                    _select(visit, each, each.options)
        words(action, "plain-button", tag="button").props("type=submit")


def _field(visit: Visit, choice: Choice) -> None:
    field = ui.element("input").props(f"type={choice.kind} maxlength=200")
    field.props["name"], field.props["value"] = choice.name, visit.query(choice.name)


def _select(visit: Visit, choice: Choice, options: Mapping[str, str]) -> None:
    with ui.element("select") as field:
        field.props["name"] = choice.name
        for value, name in options.items():
            option = words(name, tag="option")
            option.props["value"] = value
            if value == visit.query(choice.name):
                option.props["selected"] = True


def offset_of(visit: Visit) -> int:
    """Return how many rows come before those of this page."""
    asked = visit.query("offset")
    return min(int(asked), MOST_OFFSET) if asked.isascii() and asked.isdecimal() else 0


def pager(visit: Visit, *, shown: int, total: int, what: str, many: str = "") -> None:
    """Add what part of a list is shown, with links to the parts before and after."""
    offset = offset_of(visit)
    query = {name: visit.query(name) for name in visit.request.query_params}
    with ui.element("nav").classes("pager").props('aria-label="Parts of the list"'):
        count = counted(total, what, many)
        part = f"{offset + 1:,} to {offset + shown:,} of {count}" if shown < total else count
        words(part if shown or not total else f"none here; {count} in all", "quiet")
        if offset:
            before = query | {"offset": max(offset - PAGE, 0) or ""}
            link("Before", visit.link(visit.path, **before))
        if offset + shown < total:
            after = query | {"offset": offset + PAGE}
            link("After", visit.link(visit.path, **after))


@contextmanager
def table(label: str, columns: Sequence[str]) -> Iterator[None]:
    """Add a table that scrolls by itself where it is too wide; rows go inside the block."""
    with ui.element("div").classes("scrolling").props("tabindex=0 role=region") as region:
        region.props["aria-label"] = label
        with ui.element("table"):
            with ui.element("thead"), ui.element("tr"):
                for name in columns:
                    words(name, tag="th").props("scope=col")
            with ui.element("tbody"):
                yield


@contextmanager
def row() -> Iterator[None]:
    """Add a row of a table."""
    with ui.element("tr"):
        yield


@contextmanager
def cell() -> Iterator[None]:
    """Add a cell of a row."""
    with ui.element("td"):
        yield


def cells(*texts: str) -> None:
    """Add a cell for each text."""
    for text in texts:
        words(text, tag="td")


def button(
    text: str, on_click: Callable[[], Any], *, key: str = "", main: bool = False
) -> ui.button:
    """Add a button, with the key that does the same."""
    made = ui.button(text, on_click=on_click, color="primary" if main else None)
    made.props("no-caps unelevated" if main else "no-caps outline").classes("action")
    if key:
        with made:
            words(key, "key", tag="kbd").props("aria-hidden=true")
        made.props["aria-keyshortcuts"] = key
    return made


def moment(text: str) -> str:
    """Return a time of the ledger to the minute.

    >>> moment("2026-01-31T09:05:00+00:00")
    '2026-01-31 09:05'
    """
    return text[:16].replace("T", " ")


def sentence(text: str) -> str:
    """Return a text with a capital and a full stop.

    >>> sentence("there is no job")
    'There is no job.'
    """
    ended = text.endswith((".", "!", "?"))
    return text[:1].upper() + text[1:] + ("" if ended else ".")


def missing(text: str) -> None:
    """Say that what the page is about is not there, with the status that says so."""
    ui.context.client.status_code = HTTPStatus.NOT_FOUND
    words(text, "notice", tag="p")


def tell(text: str, kind: Literal["info", "positive", "warning"] = "info") -> None:
    """Show a message for a while."""
    ui.notify(sentence(text), type=kind, multi_line=True, timeout=6000, position="top")


def reload() -> None:
    """Load the page again."""
    ui.navigate.reload()


async def read(visit: Visit, work: Callable[[Actor], Found]) -> Found:
    """Return what a page is about, read in the visitor's name in a thread.

    Raises:
        ExpectedError: it cannot be read; the page then says why, with the error's status.
        ServerEnded: the server ends meanwhile.
    """
    found = await run.io_bound(work, visit.actor)
    if found is None:
        raise ServerEnded
    return found


async def attempt(visit: Visit, work: Callable[[Actor], Found]) -> Found | None:
    """Do something in the visitor's name in a thread; say what is wrong, and return None then."""
    try:
        return await run.io_bound(work, visit.actor)
    except NotSignedIn:
        ui.navigate.reload()
    except ExpectedError as error:
        tell(str(error), "warning")
    return None


@contextmanager
def sheet(title: str) -> Iterator[ui.dialog]:
    """Add a dialog; what is added inside the block stands below its heading."""
    with ui.dialog() as dialog, ui.element("div").classes("sheet"):
        dialog.props["aria-label"] = title
        words(title, tag="h2")
        yield dialog


def sheet_is_open() -> bool:
    """Tell whether this page shows a dialog, so that keys belong to it."""
    elements = ui.context.client.elements.values()
    return any(isinstance(each, ui.dialog) and each.value for each in elements)


async def answered(dialog: ui.dialog) -> object:
    """Show a dialog, wait for its answer, and take it off the page."""
    answer = await dialog
    dialog.delete()
    return answer


@dataclass(frozen=True)
class SheetForm(Generic[Found]):
    """What a dialog with fields does; what was typed stays there until it was done.

    Attributes:
        visit: who asks.
        dialog: the dialog; its answer is what came of the work.
        work: does it, from what the fields hold at that moment.
    """

    visit: Visit
    dialog: ui.dialog
    work: Callable[[Actor], Found]

    async def send(self) -> None:
        """Do the work, and close the dialog if it was done."""
        found = await attempt(self.visit, self.work)
        if found is not None:
            self.dialog.submit(found)


async def confirmed(title: str, text: str, yes: str) -> bool:
    """Ask whether something is to be done, and return whether it is."""
    with sheet(title) as dialog:
        words(text, tag="p")
        with ui.element("div").classes("choices"):
            button(yes, partial(dialog.submit, yes), main=True)
            button("Cancel", dialog.close)
    return await answered(dialog) == yes


async def asked_words(
    title: str, label: str, yes: str, *, text: str = "", needed: bool = True
) -> str | None:
    """Ask for some words, and return them; None if they are not given after all."""
    with sheet(title) as dialog:
        field = ui.textarea(label, value=text).props("outlined autogrow autofocus")
        field.props["maxlength"] = MOST_WORDS
        with ui.element("div").classes("choices"):
            go = button(yes, lambda: dialog.submit(field.value.strip()), main=True)
            button("Cancel", dialog.close)
        if needed:
            go.bind_enabled_from(field, "value", lambda value: bool((value or "").strip()))
    answer = await answered(dialog)
    return answer if isinstance(answer, str) else None
