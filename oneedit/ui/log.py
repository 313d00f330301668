"""The messages on a page, each with the place of what came of it."""

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files

from nicegui import ui

from oneedit.ledger.conversation import Message
from oneedit.ui.parts import words

_COPY = (
    "(event) => navigator.clipboard.writeText("
    "event.currentTarget.closest('.turn').querySelector('.message').innerText)"
)


@dataclass(frozen=True, slots=True)
class MessageTools:
    """What the buttons beside a message do.

    Attributes:
        edit: puts its words into the input.
        retry: sends it again.
    """

    edit: Callable[[str], None]
    retry: Callable[[str], Awaitable[None]]


class Log:
    """Messages in order; those of others, and what is added while somebody reads, never move it.

    Args:
        tools: what can be done with a message; None where nobody writes.
    """

    def __init__(self, tools: MessageTools | None = None) -> None:
        self._tools = tools
        self._turns = deque[ui.element]()
        with ui.element("div").classes("log").props("role=log aria-label=Conversation") as self.top:
            pass

    def __len__(self) -> int:
        return len(self._turns)

    @property
    def last(self) -> ui.element | None:
        """Return the place of the newest message."""
        return self._turns[-1] if self._turns else None

    @property
    def first(self) -> ui.element | None:
        """Return the place of the oldest message that is shown."""
        return self._turns[0] if self._turns else None

    def watch(self) -> None:
        """Let the browser keep the reader's place; once the page is built."""
        ui.run_javascript(files("oneedit.ui").joinpath("log.js").read_text(encoding="utf-8"))

    def add(self, message: Message, *, mine: bool = True, first: bool = False) -> ui.element:
        """Add a message, and return the place of what comes of it.

        Args:
            message: the message.
            mine: whether whoever looks wrote it.
            first: before all others instead of after them.
        """
        whose = "mine" if mine else "others"
        with self.top, ui.element("div").classes(f"turn {whose}") as place:
            place.props["data-message"] = str(message.id)
            author = "You" if mine else message.author
            moment = message.created_at[:16].replace("T", " ")
            words(f"{author}, {moment} UTC" if moment else author, "byline quiet", tag="p")
            words(message.text, "message", tag="p")
            if self._tools is not None:
                self._add_tools(message.text, self._tools)
        if first:
            place.move(self.top, 0)
            self._turns.appendleft(place)
        else:
            self._turns.append(place)
        return place

    def remove_first(self) -> None:
        """Take the oldest message off the page."""
        self._turns.popleft().delete()

    def follow(self) -> None:
        """Bring the newest message into view, and what comes of it."""
        with self.top:
            ui.run_javascript("window.oneeditLog?.follow()")

    def _add_tools(self, text: str, tools: MessageTools) -> None:
        with ui.element("div").classes("message-tools"):
            copy = _small("content_copy", "Copy this message")
            copy.on("click", js_handler=_COPY)
            edit = _small("edit", "Edit this message and send it again")
            edit.on_click(lambda: tools.edit(text))
            again = _small("refresh", "Send this message again")
            again.on_click(lambda: tools.retry(text))


def _small(icon: str, label: str) -> ui.button:
    button = ui.button(icon=icon, color=None).props("flat round dense size=sm")
    button.props["aria-label"] = label
    button.props["title"] = label
    return button
