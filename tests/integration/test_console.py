"""The console in a real Chromium: two reviewers at once, by keys, on every kind of screen.

With ``ONEEDIT_SCREENSHOTS``, a folder, every page is written there as PNG. With ``ONEEDIT_AXE``,
the path of ``axe.min.js`` (``npm install axe-core``), every page is judged by it, too.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.browser import (
    CHROMIUM,
    DRIVER,
    Browser,
    free_port,
    process,
    until,
)
from tests.support.console import PASSWORD

ROOT = Path(__file__).parents[2]
SCREENSHOTS = os.environ.get("ONEEDIT_SCREENSHOTS", "")
AXE = os.environ.get("ONEEDIT_AXE", "")
PAGES = {
    "": "Correct what the model knows",
    "console/reviews": "What is around it",
    "console/entities?text=biden": "Jill Biden",
    "console/entities/show?name=Joe+Biden": "Change it as a whole",
    "console/versions": "4 versions",
    "console/versions?actor=me": "3 versions",
    "console/versions/1": "Roll back to it",
    "console/differences?since=0&until=3": "Mike Pence - place of birth",
    "console/relations": "place of birth",
    "console/relations/show?name=spouse": "Michelle Obama",
    "console/jobs": "nightly-audit",
    "console/jobs/runs/1": "nothing is wrong",
    "console/model": "What the base model knew",
    "console/users": "reviewer",
    "console/account": "127.0.0.1",
    "console/audit": "1 refusal",
    "console/settings": "They are read when the server starts",
    "nowhere": "No page of OneEdit has this address.",
}
"""The pages, each with words that stand on it once it is built."""

SIZES = {
    "light": {"width": 1280, "height": 900},
    "dark": {"width": 1280, "height": 900, "dark": True},
    "phone": {"width": 390, "height": 800, "phone": True},
}
NAMELESS = """
const named = e => e.ariaLabel || e.textContent?.trim() || e.labels?.length || e.title
    || e.getAttribute('aria-labelledby') || e.type === 'hidden';
return [...document.querySelectorAll('button, a, input, select, textarea')]
    .filter(e => e.offsetParent && !named(e)).map(e => e.outerHTML.slice(0, 200));
"""
OVERFLOW = "return document.documentElement.scrollWidth - window.innerWidth"
HEADINGS = "return [...document.querySelectorAll('h1')].length"
JUDGE = """
const done = arguments[arguments.length - 1];
axe.run({resultTypes: ['violations']}).then(found => done(found.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200)).join(' | '))));
"""

pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on this machine"
    ),
]


@dataclass
class Visitor:
    """Somebody who has signed in, at their own browser."""

    browser: Browser
    server: str

    def goes(self, path: str, *texts: str) -> None:
        self.browser.open(f"{self.server}/ui/{path}")
        self.browser.sees(*texts)

    def presses(self, key: str) -> None:
        self.browser.type("body", key)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("console"), free_port()
    module = [sys.executable, "-m", "tests.integration.console_child"]
    log = folder / "server.log"
    with process([*module, str(folder / "home"), str(port)], log, ROOT):
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address), 120, log.read_text)
        yield address


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").is_success
    except httpx.TransportError:
        return False


def signed_in(server: str, name: str, profile: Path) -> Iterator[Visitor]:
    with Browser.started(profile) as browser:
        browser.resize(1280, 900)
        browser.open(f"{server}/sign-in")
        browser.type("[name=name]", name)
        browser.type("[name=password]", PASSWORD)
        browser.click("button")
        browser.sees("Sign out")
        yield Visitor(browser, server)


@pytest.fixture(scope="module")
def grace(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    yield from signed_in(server, "grace", tmp_path_factory.mktemp("grace"))


@pytest.fixture(scope="module")
def root(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    yield from signed_in(server, "root", tmp_path_factory.mktemp("root"))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_read_on_every_screen(root: Visitor, path: str) -> None:
    browser = root.browser
    for name, size in SIZES.items():
        browser.resize(**size)  # type: ignore[arg-type]
        root.goes(path, PAGES[path])
        if SCREENSHOTS:
            browser.screenshot(Path(SCREENSHOTS) / f"{file_name(path)}-{name}.png")
        assert browser.run(OVERFLOW) <= 0, name
        assert browser.run(HEADINGS) == 1
        assert browser.run(NAMELESS) == []
        assert judged(browser) == []
    browser.resize(1280, 900)


def file_name(path: str) -> str:
    """Return the name of a page's picture."""
    return re.sub(r"\W+", "-", path) or "chat"


def judged(browser: Browser) -> list[str]:
    """Return the serious complaints of axe, if it is there."""
    if not AXE:
        return []
    browser.run(Path(AXE).read_text(encoding="utf-8"))
    found: Any = browser.run_async(JUDGE)
    return list(found)


def test_a_reviewer_decides_by_keys_and_another_sees_it_at_once(
    grace: Visitor, root: Visitor
) -> None:
    root.goes("console/reviews", "Proposal 1", "3 proposals")
    grace.goes("console/reviews", "Proposal 1", "Joe Biden was born in Oakland.", "Scranton")
    grace.presses("j")
    grace.browser.sees("Proposal 2")
    grace.presses("k")
    grace.browser.sees("Proposal 1")
    grace.presses("a")
    grace.browser.sees("Proposal 1 is approved", "Proposal 2", "2 proposals")
    root.browser.sees("2 proposals", "Proposal 1 was changed by grace")
    grace.presses("r")
    grace.browser.sees("Reject proposal 2")
    grace.browser.type(".sheet textarea", "no source for a")
    grace.browser.click(".sheet .bg-primary")
    grace.browser.sees("Proposal 3", "1 proposal")
    root.browser.sees("1 proposal")
    badge = "return document.querySelector('.badge').innerText"
    until(lambda: grace.browser.run(badge) == "1", 30, grace.browser.text)


def test_everything_on_the_page_of_a_version_works(root: Visitor) -> None:
    root.goes("console/versions/3", "Karen Pence", "Undo it")
    root.browser.run("[...document.querySelectorAll('.action')][0].click()")
    root.browser.sees("What would change", "Cancel")
    root.browser.click(".sheet .bg-primary")
    root.browser.sees("takes version 3 back")
    root.goes("console/versions", "undone by")


def test_the_graph_comes_as_a_file(root: Visitor) -> None:
    fetched = (
        "const done = arguments[0]; fetch('/ui/console/graph/csv').then(a => a.text()).then(done)"
    )
    root.goes("console/entities", "All facts as a file")
    text = root.browser.run_async(fetched)
    assert "Joe Biden" in text
    assert httpx.get(f"{root.server}/ui/console/graph/csv").status_code == 401


def test_a_phone_has_the_pages_behind_a_button(root: Visitor) -> None:
    root.browser.resize(390, 800, phone=True)
    root.goes("console/model", "live patches")
    root.browser.click(".menu")
    root.browser.sees("Relations", "Audit")
    root.browser.resize(1280, 900)


def test_a_browser_stays_dark(root: Visitor) -> None:
    root.goes("console/model", "live patches")
    root.browser.click(".dark-switch")
    dark = "return document.body.classList.contains('body--dark')"
    until(lambda: bool(root.browser.run(dark)), 30, root.browser.text)
    root.goes("console/users", "reviewer")
    until(lambda: bool(root.browser.run(dark)), 30, root.browser.text)
    root.browser.click(".dark-switch")
    until(lambda: not root.browser.run(dark), 30, root.browser.text)
