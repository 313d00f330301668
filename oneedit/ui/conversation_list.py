"""The conversations and rooms beside the chat: listed, searched, begun."""

from collections.abc import Callable

from nicegui import run, ui

from oneedit.ledger.conversation import MOST_OF_TITLE, Conversation
from oneedit.ui.dialogs import FormDialog
from oneedit.ui.frame import link
from oneedit.ui.parts import words
from oneedit.ui.site import Visit

MOST_LISTED = 100
SEARCH_WAIT = 0.3
"""Seconds after the last key before a search begins."""

PERIOD = 1.0
"""Seconds between two looks at whether the list has changed."""

_DRAWER = """(event) => {
    const open = document.querySelector('.talk').classList.toggle('drawer-open');
    event.currentTarget.setAttribute('aria-expanded', open);
    if (open) scrollTo({top: 0, behavior: 'instant'});
}"""


def drawer_button() -> None:
    """Add the button that opens the list on a phone."""
    button = ui.button("Conversations", icon="menu", color=None)
    button.props("flat no-caps dense aria-expanded=false").classes("drawer")
    button.on("click", js_handler=_DRAWER)


class ConversationList:
    """The list, in the order of the last messages; it follows what happens.

    Args:
        visit: who looks.
        current: returns the id of the conversation on the page.
    """

    def __init__(self, visit: Visit, current: Callable[[], str]) -> None:
        self._visit, self._current = visit, current
        self._changed, self._text, self._archived = True, "", False
        with ui.element("aside").props('aria-label="Conversations"'):
            with ui.element("div").classes("list-tools"):
                link("New conversation", visit.link("/"), "button-link")
                room = ui.button("New room", color=None, on_click=self._ask_for_room)
                room.props("flat no-caps dense")
            self._search = (
                ui.input(placeholder="Search", on_change=self._search_for)
                .props("dense outlined clearable aria-label=Search")
                .props(f"debounce={round(SEARCH_WAIT * 1000)}")
            )
            self._list = ui.element("div")
            archived = ui.switch("Archived", on_change=self._show_archived).props("dense")
            archived.classes("quiet")
        ui.timer(PERIOD, self._look)

    def mark_changed(self) -> None:
        """Let the list be read again soon."""
        self._changed = True

    async def _search_for(self) -> None:
        self._text = (self._search.value or "").strip()
        await self._show()

    async def _show_archived(self) -> None:
        self._archived = not self._archived
        await self._show()

    async def _look(self) -> None:
        if self._changed:
            await self._show()

    async def _show(self) -> None:
        self._changed = False
        found = await run.io_bound(self._found)
        if found is None or self._list.is_deleted:
            return
        self._list.clear()
        with self._list:
            if not found:
                words("Nothing found." if self._text else "Nothing yet.", "quiet", tag="p")
                return
            with ui.element("ul"):
                for each in found:
                    self._entry(each)

    def _found(self) -> list[Conversation]:
        return self._visit.site.queue.conversations.list(
            self._visit.actor, self._text, archived=self._archived, limit=MOST_LISTED
        )

    def _entry(self, conversation: Conversation) -> None:
        with ui.element("li"):
            entry = link(conversation.title, self._visit.link(f"/c/{conversation.id}"))
            if conversation.id == self._current():
                entry.props("aria-current=page")
            if conversation.is_room:
                whose = "open to all" if conversation.open else f"{len(conversation.members) + 1}"
                people = "" if conversation.open else " people"
                words(f"Room, {whose}{people}", "quiet")

    def _ask_for_room(self) -> None:
        def make() -> None:
            names = [each for each in (members.value or "").split(",") if each.strip()]
            room = self._visit.site.queue.conversations.create(
                self._visit.actor,
                title.value or "",
                members=names,
                is_open=bool(everybody.value),
            )
            ui.navigate.to(f"/c/{room.id}")

        with FormDialog("New room", "Make the room", make).fields:
            title = ui.input("Title").props(f"dense outlined autofocus maxlength={MOST_OF_TITLE}")
            members = ui.input("Members, by commas").props("dense outlined")
            everybody = ui.switch("Open to everybody who may read")
