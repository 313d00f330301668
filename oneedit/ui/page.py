"""The pages."""

from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from controller.actor import Actor, Role
from oneedit.queue.queue import EditQueue
from oneedit.ui.chat import Chat
from oneedit.ui.parts import words

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="13" fill="none" stroke="#2f6f5e" stroke-width="5"/>'
    '<path d="M16 9v14" stroke="#2f6f5e" stroke-width="5" stroke-linecap="round"/></svg>'
)


_SIGN_OUT = (
    "() => fetch(window.path_prefix.replace(/\\/ui$/, '') + '/sign-out', {method: 'POST'})"
    ".then(answer => { location.href = answer.url; })"
)
_START_ANEW = "() => { localStorage.removeItem('oneedit.conversation'); location.reload(); }"


def register(
    queue: EditQueue, who: Callable[[Request], Callable[[], Actor] | None], sign_in: str
) -> None:
    """Add the pages to NiceGUI.

    Args:
        queue: takes what people ask for.
        who: returns what tells who looks at a page; None if they have to sign in.
        sign_in: path of the page on which they do.
    """

    @ui.page("/")
    def chat(request: Request) -> RedirectResponse | None:
        visitor = who(request)
        if visitor is None:
            return _to(request, sign_in)
        ui.colors(primary="#2f6f5e")
        ui.add_css(files("oneedit.ui").joinpath("page.css").read_text(encoding="utf-8"))
        _header(visitor())
        followed = ExitStack()
        ui.context.client.on_delete(followed.close)
        Chat(queue, visitor, followed.enter_context(queue.events.subscription()))
        return None


def _header(actor: Actor) -> None:
    with ui.element("header"), ui.element("div"):
        words("OneEdit", tag="h1")
        words("one edit, and the model follows", "quiet")
        anew = ui.button("New conversation", color=None).props("flat no-caps dense")
        anew.on("click", js_handler=_START_ANEW)
        if actor.role is not Role.LOCAL:
            words(f"{actor.name}, {actor.role}", "quiet")
            away = ui.button("Sign out", color=None).props("flat no-caps dense")
            away.on("click", js_handler=_SIGN_OUT)


def _to(request: Request, sign_in: str) -> RedirectResponse:
    """Return the way to the page on which people sign in, and back from there."""
    pages = request.scope.get("root_path", "")
    prefix = pages.removesuffix("/ui")
    return RedirectResponse(f"{prefix}{sign_in}?{urlencode({'to': '/ui/'})}")
