"""The site: its pages, what they call, and who looks at one of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from fastapi import Request

from controller.actor import Actor
from oneedit.effective_settings import EffectiveSetting
from oneedit.jobs.jobs import Jobs
from oneedit.people.access_tokens import AccessTokens
from oneedit.people.permissions import Operation
from oneedit.people.sign_in import Doorkeeper
from oneedit.queue.queue import EditQueue
from oneedit.service import EditService
from oneedit.ui.review_news import ReviewNews

CONSOLE = "/console"
"""Path of the pages beside the chat, below that of all pages."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the pages call; each call names who asks, and is authorised there.

    Attributes:
        queue: takes changes, and has the service that answers.
        jobs: what is done on a schedule.
        doorkeeper: invites people, and knows their sign-ins.
        tokens: access tokens of programs.
        who: returns what tells who looks at a page; None if they have to sign in.
        sign_in: path of the page on which they do, beside that of all pages.
        cookie: name of the cookie that holds the secret of a sign-in.
        settings: those that the server was started with.
    """

    queue: EditQueue
    jobs: Jobs
    doorkeeper: Doorkeeper
    tokens: AccessTokens
    who: Callable[[Request], Callable[[], Actor] | None]
    sign_in: str
    cookie: str
    settings: Sequence[EffectiveSetting] = ()

    @cached_property
    def review_news(self) -> ReviewNews:
        """Return what tells all pages that something happened to a proposal."""
        return ReviewNews(self.queue.service.review_queue)


@dataclass(frozen=True)
class Visit:
    """Somebody looks at a page.

    Attributes:
        site: what the page may call.
        request: how they came.
        who: returns who they are at that moment, or raises ``NotSignedIn``.
    """

    site: Site
    request: Request
    who: Callable[[], Actor]

    @property
    def actor(self) -> Actor:
        """Return who looks, as they are now.

        Raises:
            NotSignedIn: they have been signed out meanwhile.
        """
        return self.who()

    @property
    def secret(self) -> str:
        """Return the secret of the visitor's sign-in, or "" if they needed none."""
        return self.request.cookies.get(self.site.cookie, "")

    @property
    def service(self) -> EditService:
        """Return what answers and carries out."""
        return self.site.queue.service

    @property
    def pages(self) -> str:
        """Return the path of all pages as the browser sees it, behind a proxy, too."""
        return str(self.request.scope.get("root_path", ""))

    @property
    def path(self) -> str:
        """Return the path of this page below that of all pages."""
        return str(self.request.scope["path"]).removeprefix(self.pages) or "/"

    def link(self, path: str, **query: object) -> str:
        """Return the address of a page; values that are empty are left out of the query."""
        given = {name: str(value) for name, value in query.items() if value not in {None, ""}}
        return f"{self.pages}{path}" + (f"?{urlencode(given)}" if given else "")

    def query(self, name: str) -> str:
        """Return a value of the address's query, or ""."""
        return self.request.query_params.get(name, "").strip()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the site.

    Attributes:
        path: where it is, below the path of all pages; may have parameters.
        title: its heading, and its name in the navigation bar.
        build: adds what is below the heading.
        operation: who may not ask for this does not see it.
        listed: whether the navigation bar leads to it.
        wide: whether it uses the whole width of a window.
        of_one: whether its address names one thing; the answer then waits until it is known
            whether that is there, for the status to say so.
    """

    path: str
    title: str
    build: Callable[[Visit], Awaitable[None]]
    operation: Operation = Operation.READ
    listed: bool = True
    wide: bool = True
    of_one: bool = False
