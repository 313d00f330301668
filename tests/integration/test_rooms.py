"""Two people in one room, each in a Chromium of their own."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from controller.actor import Role
from tests.integration.browser import (
    CHROMIUM,
    DRIVER,
    ENTER,
    Browser,
    free_port,
    process,
    until,
)
from tests.support.fakes import LOCAL, application

ROOT = Path(__file__).parents[2]
PASSWORD = "a quiet green door"
PENCE = "Joe Biden's vice president is Mike Pence."

pytestmark = [
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="no chromium and chromedriver on this machine"
    ),
]


class Person:
    """Somebody who is signed in.

    Args:
        browser: theirs.
        address: of the pages.
        name: of their account.
    """

    def __init__(self, browser: Browser, address: str, name: str) -> None:
        self.browser, self.address = browser, address
        browser.resize(1200, 800)
        browser.open(f"{address}/sign-in?to=/ui/")
        browser.type("input[name=name]", name)
        browser.type("input[name=password]", PASSWORD + ENTER)
        browser.sees("Correct what the model knows")
        browser.complaints()  # those of the plain page

    def say(self, message: str) -> None:
        self.browser.type("textarea", message + ENTER)
        empty = "return !document.querySelector('textarea').value"
        until(lambda: bool(self.browser.run(empty)), 30, self.browser.text)

    def enter(self, room: str) -> None:
        self.browser.open(f"{self.address}/ui/c/{room}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Return the address of a server, and the id of a room of Ada's in which Bea takes part."""
    folder = tmp_path_factory.mktemp("rooms")
    oneedit = application(folder / "home")
    ada, _ = (oneedit.people.add(LOCAL, name, Role.EDITOR) for name in ("ada", "bea"))
    for name in ("ada", "bea"):
        oneedit.doorkeeper.accept(oneedit.doorkeeper.invite(LOCAL, name), PASSWORD)
    room = oneedit.conversations.create(ada.actor, "Vice presidents", members=["bea"])
    oneedit.close()
    port, log = free_port(), folder / "server.log"
    command = [sys.executable, "-m", "tests.integration.serve_child", str(folder / "home")]
    address = f"http://127.0.0.1:{port}"
    with process([*command, str(port)], log, ROOT):
        until(lambda: answers(address), 60, log.read_text)
        yield address, room.id


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def people(
    server: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, Person]]:
    address, _ = server
    with ExitStack() as opened:
        browsers = [
            opened.enter_context(Browser.started(tmp_path_factory.mktemp(name)))
            for name in ("ada", "bea")
        ]
        ada, bea = (
            Person(browser, address, name)
            for browser, name in zip(browsers, ("ada", "bea"), strict=True)
        )
        yield ada, bea


def test_both_see_messages_and_cards_of_each_other_live(
    server: tuple[str, str], people: tuple[Person, Person]
) -> None:
    _, room = server
    ada, bea = people
    for each in people:
        each.enter(room)
        each.browser.sees("Room of ada with bea")
    ada.say("Who is Joe Biden's vice president?")
    bea.browser.sees("Who is Joe Biden's vice president?", "Kamala Harris")
    bea.say(PENCE)
    for each in people:
        each.browser.sees(PENCE, "Applied as version 1", "Version 1 has changed this since")
    ada.browser.reload()
    ada.browser.sees("Kamala Harris", "Applied as version 1", "Version 1 has changed this since")
    bea.browser.click(".card-foot button")
    for each in people:
        each.browser.sees("Version 2 takes version 1 back")
    for each in people:
        sent = each.browser.run("return document.querySelectorAll('.message').length")
        assert sent == 3
        assert each.browser.complaints() == []


def test_what_is_private_is_found_by_its_owner_alone(people: tuple[Person, Person]) -> None:
    ada, bea = people
    ada.browser.open(f"{ada.address}/ui/")
    ada.browser.sees("Correct what the model knows")
    ada.say("Where was Barack Obama born?")
    ada.browser.sees("Version")
    private = ada.browser.run("return location.pathname.split('/').at(-1)")
    ada.browser.type("aside input", "barack")
    mine = "return [...document.querySelectorAll('aside li a')].map(e => e.innerText)"
    until(lambda: ada.browser.run(mine) == ["Where was Barack Obama born?"], 30, ada.browser.text)
    bea.enter(private)
    bea.browser.sees("There is no conversation")
    bea.browser.open(f"{bea.address}/ui/")
    bea.browser.type("aside input", "barack")
    bea.browser.sees("Nothing found.")
