"""What can be done with the conversation on the page: its name, who takes part, link, export."""

from collections.abc import Callable
from functools import partial

from nicegui import run, ui

from kg_data.errors import ExpectedError
from oneedit.conversations.conversations import Conversations
from oneedit.ledger.conversation import MOST_OF_TITLE, Conversation
from oneedit.queue.transcripts import ExportForm, Transcripts
from oneedit.ui.dialogs import FormDialog
from oneedit.ui.parts import sentences, words
from oneedit.ui.site import Visit

SUFFIXES = {ExportForm.JSON: "json", ExportForm.MARKDOWN: "md"}
_COPY = (
    "(event) => navigator.clipboard.writeText("
    "event.currentTarget.closest('.dialog').querySelector('input').value)"
)


class ConversationMenu:
    """The title above the messages, with a menu; its owner sees more of it than others.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._conversation: Conversation | None = None
        self._place = ui.element("div").classes("talk-head")

    @property
    def _conversations(self) -> Conversations:
        return self._visit.site.queue.conversations

    def show(self, conversation: Conversation) -> None:
        """Show a conversation as it is now."""
        if conversation == self._conversation or self._place.is_deleted:
            return
        self._conversation = conversation
        self._place.clear()
        with self._place:
            with ui.element("div"):
                words(conversation.title, tag="h2")
                words(who_takes_part(conversation), "quiet")
            button = ui.button(icon="more_vert", color=None).props("flat round dense")
            button.props["aria-label"] = "What to do with this conversation"
            with button, ui.menu():
                self._items(conversation)

    def _items(self, conversation: Conversation) -> None:
        name, me = conversation.title, self._visit.actor.name
        if conversation.owner == me:
            ui.menu_item("Rename", lambda: self._rename(name))
            ui.menu_item("Members", lambda: self._members(conversation))
            ui.menu_item("Share by a link", self._share)
            if conversation.linked_at:
                ui.menu_item("Revoke the link", lambda: self._do(self._conversations.revoke))
            ui.menu_item(
                "Take out of the archive" if conversation.archived else "Archive", self._archive
            )
        elif me in conversation.members:
            ui.menu_item("Leave", self._leave)
        ui.menu_item("Export as Markdown", lambda: self._export(ExportForm.MARKDOWN))
        ui.menu_item("Export as JSON", lambda: self._export(ExportForm.JSON))
        if conversation.owner == me:
            ui.menu_item("Delete", lambda: self._delete(name))

    def _id(self) -> str:
        return "" if self._conversation is None else self._conversation.id

    def _do(self, action: Callable[..., object]) -> bool:
        """Do something with the conversation; tell whether it was done."""
        try:
            action(self._visit.actor, self._id())
        except ExpectedError as error:
            ui.notify(str(error), type="warning")
            return False
        return True

    def _rename(self, name: str) -> None:
        def rename() -> None:
            self._conversations.rename(self._visit.actor, self._id(), title.value or "")

        with self._place, FormDialog("Rename", "Rename", rename).fields:
            title = ui.input("Title", value=name)
            title.props(f"dense outlined autofocus maxlength={MOST_OF_TITLE}")

    def _members(self, conversation: Conversation) -> None:
        def change() -> None:
            names = [each for each in (members.value or "").split(",") if each.strip()]
            self._conversations.set_members(
                self._visit.actor, self._id(), names, is_open=bool(everybody.value)
            )

        with self._place, FormDialog("Members", "Save", change).fields:
            members = ui.input("Members, by commas", value=", ".join(conversation.members))
            members.props("dense outlined")
            everybody = ui.switch("Open to everybody who may read", value=conversation.open)

    def _share(self) -> None:
        try:
            secret = self._conversations.share(self._visit.actor, self._id())
        except ExpectedError as error:
            ui.notify(str(error), type="warning")
            return
        origin = str(self._visit.request.base_url)
        host = origin[: -len(self._visit.pages) - 1] if self._visit.pages else origin.rstrip("/")
        address = f"{host}{self._visit.link(f'/shared/{secret}')}"
        with self._place, ui.dialog(value=True) as dialog, ui.element("div").classes("card dialog"):
            words("Shared by a link", tag="h2")
            sentences(
                [
                    "Whoever has it and may read sees this conversation, and cannot write. It is "
                    "not shown again; another one ends it."
                ]
            )
            ui.input("Link", value=address).props("dense outlined readonly")
            with ui.element("div").classes("choices"):
                copy = ui.button("Copy").props("unelevated no-caps")
                copy.on("click", js_handler=_COPY)
                close = ui.button("Close", color=None, on_click=dialog.close)
                close.props("outline no-caps")

    def _archive(self) -> None:
        if self._conversation is not None:
            archived = not self._conversation.archived
            self._do(partial(self._conversations.archive, archived=archived))

    def _leave(self) -> None:
        if self._do(self._conversations.leave):
            ui.navigate.to("/")

    def _delete(self, name: str) -> None:
        def delete() -> None:
            self._conversations.delete(self._visit.actor, self._id())
            ui.navigate.to("/")

        with self._place, FormDialog(f"Delete “{name}”?", "Delete", delete).fields:
            sentences(["Its messages are gone then. What was edited stays, and can be undone."])

    async def _export(self, form: ExportForm) -> None:
        transcripts = Transcripts(self._visit.site.queue)
        actor, name = self._visit.actor, self._id()
        text = await run.io_bound(lambda: transcripts.export(actor, name, form))
        if text is not None:
            ui.download.content(text, f"conversation-{name[:8]}.{SUFFIXES[form]}")


def who_takes_part(conversation: Conversation) -> str:
    """Return in words who takes part."""
    if conversation.open:
        return f"Room of {conversation.owner}, open to all"
    if conversation.members:
        return f"Room of {conversation.owner} with {', '.join(conversation.members)}"
    return "Shared by a link" if conversation.linked_at else ""
