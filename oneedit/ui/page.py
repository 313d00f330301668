"""The pages."""

from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files

from nicegui import ui

from controller.actor import Actor
from oneedit.queue.queue import EditQueue
from oneedit.ui.chat import Chat
from oneedit.ui.parts import words

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="13" fill="none" stroke="#2f6f5e" stroke-width="5"/>'
    '<path d="M16 9v14" stroke="#2f6f5e" stroke-width="5" stroke-linecap="round"/></svg>'
)


_START_ANEW = "() => { localStorage.removeItem('oneedit.conversation'); location.reload(); }"


def register(queue: EditQueue, actor: Callable[[], Actor]) -> None:
    """Add the pages to NiceGUI.

    Args:
        queue: takes what people ask for.
        actor: returns who is looking at the page.
    """

    @ui.page("/")
    def chat() -> None:
        ui.colors(primary="#2f6f5e")
        ui.add_css(files("oneedit.ui").joinpath("page.css").read_text(encoding="utf-8"))
        with ui.element("header"), ui.element("div"):
            words("OneEdit", tag="h1")
            words("one edit, and the model follows", "quiet")
            anew = ui.button("New conversation", color=None).props("flat no-caps dense")
            anew.on("click", js_handler=_START_ANEW)
        followed = ExitStack()
        ui.context.client.on_delete(followed.close)
        Chat(queue, actor(), followed.enter_context(queue.events.subscription()))
