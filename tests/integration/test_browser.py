"""The pages in a real Chromium: what no simulation shows."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.browser import (
    CHROMIUM,
    DRIVER,
    ENTER,
    Browser,
    free_port,
    process,
    until,
)

ROOT = Path(__file__).parents[2]
PENCE = "Joe Biden's vice president is Mike Pence."

pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on this machine"
    ),
]


class Site:
    """A server that can be ended and started again, and a browser that looks at it."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.port, self.browser = free_port(), browser
        self.address = f"http://127.0.0.1:{self.port}/ui/"
        module = [sys.executable, "-m", "tests.integration.serve_child"]
        self._command = [*module, str(folder / "home"), str(self.port)]
        self._log = folder / "server.log"
        self.hold = folder / "hold"
        self.start()

    def start(self) -> None:
        self._running = process(self._command, self._log, ROOT)
        self._running.__enter__()
        until(self._answers, 60, self._log.read_text)

    def stop(self) -> None:
        self._running.__exit__(None, None, None)

    def say(self, message: str) -> None:
        self.browser.type("textarea", message + ENTER)
        until(self._is_sent, 30, self.browser.text)

    def _is_sent(self) -> bool:
        return bool(self.browser.run("return !document.querySelector('textarea')?.value"))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser.started(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture
def site(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, browser)
    browser.resize(1200, 800)
    browser.complaints()  # those of the test before
    browser.open(made.address)
    browser.sees("Correct what the model knows")
    yield made
    made.stop()


def test_an_edit_is_told_and_undone_without_a_complaint_of_the_browser(site: Site) -> None:
    site.say(PENCE)
    site.browser.sees("Applied as version 1", "Kamala Harris")
    site.browser.click(".card-foot button")
    site.browser.sees("Version 2 takes version 1 back", "Undone")
    assert site.browser.complaints() == []


def test_everything_comes_from_the_server_itself(site: Site) -> None:
    names = site.browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert len(names) > 5
    origin = f"http://127.0.0.1:{site.port}/"
    assert [name for name in names if not name.startswith((origin, "data:"))] == []


def test_what_people_write_is_never_markup(site: Site) -> None:
    site.say("<img src=x onerror=\"document.title='owned'\"> ${alert(1)} {{1+1}}")
    site.browser.sees("<img src=x onerror=", "{{1+1}}")
    assert site.browser.run("return document.title") == "OneEdit"
    assert site.browser.run("return document.querySelectorAll('.log img').length") == 0


def test_a_draft_survives_a_reload(site: Site) -> None:
    site.browser.type("textarea", "Joe Biden's vice pres")
    site.browser.reload()
    value = "return document.querySelector('textarea')?.value ?? ''"
    until(lambda: site.browser.run(value) == "Joe Biden's vice pres", 30)
    site.browser.type("textarea", ENTER)
    site.browser.sees("Joe Biden's vice pres")
    until(lambda: site.browser.run(value) == "", 30)
    drafts = "return Object.keys(sessionStorage).filter(key => key.startsWith('oneedit.draft'))"
    assert site.browser.run(drafts) == []


def test_what_is_typed_before_the_connection_is_made_is_sent_once(site: Site) -> None:
    until(lambda: site.browser.run("return window.did_handshake"), 30)
    site.browser.run("window.did_handshake = false")
    site.browser.type("textarea", "Who is Joe Biden's vice president?" + ENTER + "history" + ENTER)
    assert site.browser.run("return document.querySelector('textarea').value") == ""
    assert site.browser.run("return document.querySelectorAll('.message').length") == 0
    site.browser.run("window.did_handshake = true")
    site.browser.sees("Model and graph agree", "Who and when")
    sent = "return [...document.querySelectorAll('.message')].map(e => e.innerText)"
    # each waits for the connection by a timer of its own, so that either may be the first
    assert sorted(site.browser.run(sent)) == ["Who is Joe Biden's vice president?", "history"]
    assert site.browser.run("return document.querySelector('textarea').value") == ""


def test_a_server_that_went_away_is_shown_and_the_draft_outlives_it(site: Site) -> None:
    hidden = "return document.getElementById('popup').ariaHidden"
    site.browser.type("textarea", "Joe Biden was")
    site.stop()
    until(lambda: site.browser.run(hidden) == "false", 30)
    site.start()
    until(lambda: site.browser.run(hidden) == "true", 60)
    value = "return document.querySelector('textarea')?.value ?? ''"
    until(lambda: site.browser.run(value) == "Joe Biden was", 30)


def test_a_reload_in_the_middle_of_an_edit_keeps_conversation_and_outcome(site: Site) -> None:
    site.hold.touch()
    site.say("Who is Joe Biden's vice president?")
    site.browser.sees("Model and graph agree")
    site.say(PENCE)
    site.browser.sees("Solving")
    site.browser.reload()
    site.browser.sees("Model and graph agree", PENCE, "Solving", "Cancel")
    site.hold.unlink()
    site.browser.sees("Applied as version 1")
    site.browser.reload()
    site.browser.sees("Model and graph agree", "Applied as version 1", "Kamala Harris")
    site.browser.click(".card-foot button")
    site.browser.sees("Version 2 takes version 1 back", "Undone")
    assert site.browser.complaints() == []


def test_a_restart_with_four_edits_waiting_loses_none(site: Site) -> None:
    site.hold.touch()
    site.say(PENCE)
    site.browser.sees("Solving")
    for name, city in (("Mike Pence", "Lyon"), ("Karen Pence", "Paris"), ("Doug Emhoff", "Lyon")):
        site.say(f"{name} was born in {city}.")
        site.browser.sees(f"{name} was born in {city}.", "Cancel")
    site.stop()
    site.hold.unlink()
    site.start()
    site.browser.reload()
    site.browser.sees(*(f"Applied as version {number}" for number in (1, 2, 3, 4)))


def test_a_new_conversation_begins_empty_and_the_old_one_is_found_again(site: Site) -> None:
    site.say("Who is Joe Biden's vice president?")
    site.browser.sees("Model and graph agree")
    site.browser.click(".list-tools a")
    site.browser.sees("Correct what the model knows")
    listed = "return document.querySelectorAll('aside li a').length"
    until(lambda: site.browser.run(listed) == 1, 30)
    site.browser.click("aside li a")
    site.browser.sees("Model and graph agree")


def test_an_answer_takes_no_more_room_than_its_words(site: Site) -> None:
    site.say("Who is Joe Biden's vice president?")
    site.browser.sees("Model and graph agree")
    heights = "return [...document.querySelectorAll('.side')].map(side => side.offsetHeight)"
    lines = "return [...document.querySelectorAll('.side')].map(side => side.children.length)"
    found, words = site.browser.run(heights), site.browser.run(lines)
    assert found
    assert all(height < 50 * count for height, count in zip(found, words, strict=True))


def test_a_reader_stays_where_they_are_while_something_is_added(site: Site) -> None:
    for _ in range(3):
        site.say("history")
    shown = "return document.querySelectorAll('.turn table').length"
    until(lambda: site.browser.run(shown) == 3, 30)
    run = site.browser.run
    until(lambda: run("return scrollY") > 0, 30)
    run("scrollTo({top: 0, behavior: 'instant'})")
    name = run("return location.pathname.split('/').at(-1)")
    address = site.address.replace("/ui/", f"/api/v1/conversations/{name}/messages")
    httpx.post(address, json={"text": "status"}).raise_for_status()
    site.browser.sees("New messages")
    assert run("return scrollY") == 0
    site.browser.click(".news")
    until(lambda: run("return scrollY") > 0, 30)
    assert run("return document.querySelector('header').getBoundingClientRect().top") == 0


def test_the_last_message_comes_back_with_the_up_arrow(site: Site) -> None:
    site.say("history")
    site.browser.sees("Who and when")
    site.browser.type("textarea", "\ue013")
    value = "return document.querySelector('textarea').value"
    until(lambda: site.browser.run(value) == "history", 30)


def test_a_phone_needs_no_sideways_scrolling(site: Site) -> None:
    site.browser.resize(390, 800, phone=True)
    site.say(PENCE)
    site.browser.sees("Applied as version 1")
    site.say("history")
    site.browser.sees("Who and when")
    wide = "return document.documentElement.scrollWidth - window.innerWidth"
    assert site.browser.run(wide) <= 0


def test_the_page_is_named_for_screen_readers_and_keyboards(site: Site) -> None:
    run = site.browser.run
    assert run("return document.documentElement.lang").startswith("en")
    assert run("return [...document.querySelectorAll('h1')].map(e => e.innerText)") == ["Chat"]
    assert run("return document.querySelector('textarea').ariaLabel") == "Message"
    nameless = "return [...document.querySelectorAll('button')].filter(b => !(b.ariaLabel || b.innerText.trim())).length"  # noqa: E501
    assert run(nameless) == 0
