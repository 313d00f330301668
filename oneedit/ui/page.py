"""The pages, and what happens at an address where there is none, or none for whoever asks."""

from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import RedirectResponse, Response
from nicegui import Client, app, run, ui
from starlette.exceptions import HTTPException

from kg_data.errors import ExpectedError
from oneedit.ledger.conversation import Conversation
from oneedit.people.permissions import require
from oneedit.ui.chat import Chat
from oneedit.ui.console import (
    account_page,
    audit_page,
    entities_page,
    jobs_page,
    model_page,
    relations_page,
    review_page,
    settings_page,
    users_page,
    versions_page,
)
from oneedit.ui.console.downloads import FILE, GraphDownload
from oneedit.ui.frame import ACCOUNT, Frame, content, link
from oneedit.ui.parts import sentences
from oneedit.ui.shared import shared
from oneedit.ui.site import Page, Site, Visit

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<circle cx="16" cy="16" r="13" fill="none" stroke="#2f6f5e" stroke-width="5"/>'
    '<path d="M16 9v14" stroke="#2f6f5e" stroke-width="5" stroke-linecap="round"/></svg>'
)

LONGEST_WAIT = 30.0
"""Seconds that a page may take to build until an answer has to be there."""


async def chat(visit: Visit) -> None:
    """Build a new conversation."""
    _show_chat(visit, None)


async def conversation(visit: Visit) -> None:
    """Build the conversation of an address.

    Raises:
        UnknownConversation: whoever looks takes part in none of this id.
    """
    name = str(visit.request.path_params["name"])
    found = await run.io_bound(visit.site.queue.conversations.get, visit.actor, name)
    if found is not None:  # None if the server is shutting down
        _show_chat(visit, found)


def _show_chat(visit: Visit, found: Conversation | None) -> None:
    followed = ExitStack()
    ui.context.client.on_delete(followed.close)
    subscription = followed.enter_context(visit.site.queue.events.subscription())
    shown = Chat(visit, subscription, found)
    ui.timer(0.0, shown.start, once=True)  # what takes longer comes once the page is there


PAGES = (
    Page(path="/", title="Chat", build=chat),
    Page(path="/c/{name}", title="Conversation", build=conversation, listed=False, of_one=True),
    Page(
        path="/shared/{secret}",
        title="Shared",
        build=shared,
        listed=False,
        wide=False,
        of_one=True,
    ),
    Page(
        path=review_page.PATH,
        title="Review",
        build=review_page.build,
        operation=review_page.OPERATION,
    ),
    Page(path=entities_page.PATH, title="Entities", build=entities_page.build),
    Page(
        path=entities_page.ONE,
        title="Entity",
        build=entities_page.build_one,
        listed=False,
        of_one=True,
    ),
    Page(path=versions_page.PATH, title="Versions", build=versions_page.build),
    Page(
        path=versions_page.ONE,
        title="Version",
        build=versions_page.build_one,
        listed=False,
        of_one=True,
    ),
    Page(
        path=versions_page.DIFF,
        title="Differences",
        build=versions_page.build_diff,
        listed=False,
        of_one=True,
    ),
    Page(path=relations_page.PATH, title="Relations", build=relations_page.build),
    Page(
        path=relations_page.ONE,
        title="Relation",
        build=relations_page.build_one,
        listed=False,
        of_one=True,
    ),
    Page(
        path=jobs_page.PATH,
        title="Jobs",
        build=jobs_page.build,
        operation=jobs_page.OPERATION,
    ),
    Page(
        path=jobs_page.RUN,
        title="Run",
        build=jobs_page.build_run,
        operation=jobs_page.OPERATION,
        listed=False,
        of_one=True,
    ),
    Page(path=model_page.PATH, title="Model", build=model_page.build),
    Page(
        path=users_page.PATH,
        title="Users",
        build=users_page.build,
        operation=users_page.OPERATION,
    ),
    Page(path=ACCOUNT, title="Account", build=account_page.build, listed=False, of_one=True),
    Page(
        path=audit_page.PATH,
        title="Audit",
        build=audit_page.build,
        operation=audit_page.OPERATION,
    ),
    Page(
        path=settings_page.PATH,
        title="Settings",
        build=settings_page.build,
        operation=settings_page.OPERATION,
    ),
)
"""All pages, in the order of the navigation bar."""


def register(site: Site) -> None:
    """Add the pages to NiceGUI, and what it shows where there is none."""
    frame = Frame(PAGES, review_page.PATH)
    for page in PAGES:
        ui.page(page.path, response_timeout=LONGEST_WAIT)(PageRoute(site, frame, page).show)
    app.get(FILE, include_in_schema=False)(GraphDownload(site).send)
    app.exception_handler(HTTPStatus.NOT_FOUND)(PageMissing(site, frame).show)


@dataclass(frozen=True)
class PageRoute:
    """Answers requests for a page.

    Attributes:
        site: what the page may call.
        frame: stands around it.
        page: the page.
    """

    site: Site
    frame: Frame
    page: Page

    async def show(self, request: Request) -> RedirectResponse | None:
        """Build the page for whoever asks, or say why it is not for them."""
        visitor = self.site.who(request)
        if visitor is None:
            return to_sign_in(self.site, request)
        visit = Visit(self.site, request, visitor)
        if not self.page.of_one:
            self.frame.put_around(visit)
        try:
            require(visit.actor, self.page.operation)
            with content(self.page.title, wide=self.page.wide):
                await self.page.build(visit)
        except ExpectedError as error:
            client = ui.context.client
            client.content.clear()
            client.status_code = error.http_status
            with client.content:
                refuse(visit, HTTPStatus(error.http_status), str(error))
        if self.page.of_one:  # last: the frame's timers would have the page sent at once
            self.frame.put_around(visit)
        return None


@dataclass(frozen=True)
class PageMissing:
    """Answers requests for a page that is not there.

    Attributes:
        site: what the pages call.
        frame: stands around the answer.
    """

    site: Site
    frame: Frame

    async def show(self, request: Request, error: HTTPException) -> Response:
        """Say that there is no such page; missing files of NiceGUI itself get a plain answer."""
        visitor = self.site.who(request)
        if "/_nicegui" in request.url.path:
            return await http_exception_handler(request, error)
        if visitor is None:
            return to_sign_in(self.site, request)
        with Client(ui.page(""), request=request) as client:
            visit = Visit(self.site, request, visitor)
            self.frame.put_around(visit)
            refuse(visit, HTTPStatus.NOT_FOUND, "No page of OneEdit has this address.")
        return client.build_response(request, HTTPStatus.NOT_FOUND)


def refuse(visit: Visit, status: HTTPStatus, text: str) -> None:
    """Add what says why there is nothing else to see, and leads back."""
    titles = {HTTPStatus.NOT_FOUND: "Not found", HTTPStatus.FORBIDDEN: "Not allowed"}
    with content(titles.get(status, "That did not work")):
        sentences([text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")])
        link("Go to the chat", visit.link("/"))


def to_sign_in(site: Site, request: Request) -> RedirectResponse:
    """Return the way to the page on which people sign in, and back from there."""
    pages = str(request.scope.get("root_path", ""))
    path = str(request.scope["path"]).removeprefix(pages) or "/"
    query = f"?{request.url.query}" if request.url.query else ""
    back = urlencode({"to": f"/ui{path}{query}"})
    return RedirectResponse(f"{pages.removesuffix('/ui')}{site.sign_in}?{back}")
