"""A simulated visitor of the pages, over the whole application around a fake model."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from nicegui import Client, ui
from nicegui.testing import User
from nicegui.testing.general import nicegui_reset_globals

from interpreter.intents import Intent
from oneedit.api.app import build_app
from oneedit.wiring import Application
from tests.support.fakes import FakeEditor, application
from tests.support.readers import reading

Story = Callable[[User, Application], Awaitable[None]]
RETRIES = 100
"""Looks at the page, a tenth of a second apart, before a test gives up."""


def play(
    home: Path,
    story: Story,
    editor: FakeEditor | None = None,
    intents: Mapping[str, Intent] | None = None,
) -> None:
    """Open the chat as a visitor and go through a story.

    Args:
        home: folder of the ledger.
        story: what the visitor does.
        editor: the model.
        intents: what the messages are read as, instead of by rules.
    """

    async def run() -> None:
        oneedit = application(home, editor=editor)
        if intents is not None:
            oneedit = replace(oneedit, queue=reading(oneedit, intents))
        oneedit.worker.start()
        try:
            async with _visitor(oneedit) as user:
                await user.open("/ui/")
                await story(user, oneedit)
        finally:
            oneedit.close()

    asyncio.run(run())


async def say(user: User, message: str) -> None:
    """Type a message and press Enter."""
    user.find(ui.textarea).trigger("keydown.enter", message)
    await asyncio.sleep(0)


async def sees(user: User, *texts: str) -> None:
    """Wait until the page shows each of the texts."""
    for text in texts:
        await user.should_see(text, retries=RETRIES)


def button(user: User, label: str) -> ui.button:
    """Return the newest button of this label."""
    found = user.find(kind=ui.button, content=label).elements
    return max(found, key=lambda each: each.id)


@contextmanager
def fresh_pages() -> Iterator[None]:
    """Let an application be built as if it were the first of the process; NiceGUI allows one.

    NiceGUI collects garbage several times for a page and at its reset, and a process of tests holds
    much: what it holds already is left out.
    """
    gc.freeze()
    try:
        with nicegui_reset_globals():
            try:
                yield
            finally:  # else the reset would unload our own modules, and import them twice
                Client.page_routes.clear()
    finally:
        gc.unfreeze()


@asynccontextmanager
async def _visitor(oneedit: Application) -> AsyncIterator[User]:
    with fresh_pages():
        app = build_app(oneedit)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            yield User(client)
