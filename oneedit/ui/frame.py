"""What stands around every page: the navigation bar, who is signed in, dark mode, the heading."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from nicegui import run, ui
from nicegui.elements.mixins.text_element import TextElement

from controller.actor import Role
from oneedit.errors import NotSignedIn
from oneedit.people.permissions import may
from oneedit.ui.parts import words
from oneedit.ui.site import CONSOLE, Page, Visit

DARK = "oneedit_dark"
"""Name of the cookie by which a browser keeps its choice of light or dark."""

NEWS_PERIOD = 1.0
"""Seconds between two looks at what the navigation bar counts."""

ACCOUNT = f"{CONSOLE}/account"
"""Path of the page of one's own account."""

ACCENT = "#2f6f5e"
STYLE_SHEETS = ("page.css", "chat.css")

_SIGN_OUT = (
    "() => fetch(window.path_prefix.replace(/\\/ui$/, '') + '/sign-out', {method: 'POST'})"
    ".then(answer => { location.href = answer.url; })"
)
_SWITCH = f"""(event) => {{
    const dark = !document.body.classList.contains('body--dark');
    setDark(dark);
    event.currentTarget.setAttribute('aria-pressed', dark);
    document.cookie = `{DARK}=${{dark}}; path=/; max-age=31536000; samesite=lax`;
}}"""
_PRESSED = (
    "document.querySelector('.dark-switch')"
    "?.setAttribute('aria-pressed', document.body.classList.contains('body--dark'))"
)
_MENU = """(event) => {
    const open = event.currentTarget.closest('header').classList.toggle('open');
    event.currentTarget.setAttribute('aria-expanded', open);
}"""


@dataclass(frozen=True)
class Frame:
    """Builds what stands around the pages.

    Attributes:
        pages: all pages, in the order of the navigation bar.
        counted: path of the page beside whose name the proposals are counted that wait.
    """

    pages: tuple[Page, ...]
    counted: str

    def put_around(self, visit: Visit) -> None:
        """Add the frame to the page that is built; its content comes below."""
        dress(visit)
        client = ui.context.client
        with client.layout:  # beside the element of the content, which Quasar makes the landmark
            words("Skip to the content", "skip", tag="a").props("href=#content")
            self._header(visit)
            client.page_container.move(client.layout)

    def _header(self, visit: Visit) -> None:
        with ui.element("header"), ui.element("div"):
            link("OneEdit", visit.link("/"), "brand")
            menu = ui.button("Menu", color=None).props("flat no-caps dense aria-expanded=false")
            menu.classes("menu").on("click", js_handler=_MENU)
            with ui.element("nav").props('aria-label="Pages"'), ui.element("ul"):
                for page in self._seen(visit):
                    self._entry(visit, page)
            self._visitor(visit)

    def _seen(self, visit: Visit) -> Iterable[Page]:
        actor = visit.actor
        return (page for page in self.pages if page.listed and may(actor, page.operation))

    def _entry(self, visit: Visit, page: Page) -> None:
        with ui.element("li"):
            entry = link(page.title, visit.link(page.path))
            if _leads_to(page, visit.path):
                entry.props("aria-current=page")
            if page.path == self.counted:
                with entry:
                    ReviewCount(visit)

    def _visitor(self, visit: Visit) -> None:
        with ui.element("div").classes("visitor"):
            dark = ui.button(icon="contrast", color=None).props("flat round dense")
            dark.props["aria-label"] = "Dark mode"
            dark.classes("dark-switch").on("click", js_handler=_SWITCH)
            ui.run_javascript(_PRESSED)
            actor = visit.actor
            if actor.role is Role.LOCAL:
                return
            link(f"{actor.name}, {actor.role}", visit.link(ACCOUNT), "quiet")
            away = ui.button("Sign out", color=None).props("flat no-caps dense")
            away.on("click", js_handler=_SIGN_OUT)


class ReviewCount:
    """The number of proposals that wait, beside the name of their page; it follows what happens.

    Args:
        visit: who looks.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit, self._steps = visit, -1
        self._badge = words("", "badge")
        self._badge.visible = False
        ui.timer(NEWS_PERIOD, self._look)

    async def _look(self) -> None:
        try:
            actor = self._visit.actor
        except NotSignedIn:
            ui.navigate.reload()  # the page then asks to sign in
            return
        steps = await self._visit.site.review_news.steps()
        if steps == self._steps:
            return
        self._steps = steps
        waiting = await run.io_bound(self._visit.service.review_queue.count_waiting, actor)
        if waiting is not None:
            self._badge.text = f"{waiting:,}"
            self._badge.props["aria-label"] = f"{waiting:,} waiting"
            self._badge.visible = waiting > 0


def _leads_to(page: Page, path: str) -> bool:
    """Tell whether an address belongs to a page; those outside the console are of the chat."""
    if page.path == "/":
        return not path.startswith(f"{CONSOLE}/")
    return path == page.path or path.startswith(f"{page.path}/")


def dress(visit: Visit) -> None:
    """Give the page its colours: those that the browser chose, or the system's."""
    ui.colors(primary=ACCENT)
    for sheet in STYLE_SHEETS:
        ui.add_css(files("oneedit.ui").joinpath(sheet).read_text(encoding="utf-8"))
    chosen = visit.request.cookies.get(DARK)
    if chosen in {"true", "false"}:
        ui.dark_mode(chosen == "true")


@contextmanager
def content(title: str, *, wide: bool = False) -> Iterator[None]:
    """Add the heading; what is added inside the block stands below it."""
    ui.page_title(f"{title} - OneEdit" if title != "Chat" else "OneEdit")
    with ui.element("div").props("id=content tabindex=-1").classes("page wide" if wide else "page"):
        words(title, tag="h1")
        yield


def link(text: str, target: str, classes: str = "") -> TextElement:
    """Add a link to an address of this site."""
    found = words(text, classes, tag="a")
    found.props["href"] = target
    return found
