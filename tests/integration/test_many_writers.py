"""Sixteen people write four facts at once: the history that comes of it has one order.

``ONEEDIT_EDITS`` says how many edits each of them makes.
"""

import os
import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

from controller.actor import Actor, Role
from kg_data.triples import Slot
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.ledger.verification import verify
from oneedit.results import Already, AskResult, ShowResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application

WRITERS, EDITS = 16, int(os.environ.get("ONEEDIT_EDITS", "4"))
PEOPLE = ("Joe Biden", "Donald Trump", "Mike Pence", "Kamala Harris")
CITIES = ("Scranton", "Oakland", "Columbus", "Paris", "Lyon", "Berlin", "Munich")
PATIENCE = 240.0
BIRTHPLACE = "place_of_birth"


@dataclass(frozen=True, slots=True)
class Told:
    """What a writer did and saw.

    Attributes:
        head_before: the version that was committed before the message was sent.
        ticket: what became of it.
    """

    head_before: int
    ticket: Ticket


class Writer(threading.Thread):
    """One person who tells facts, and agrees whenever somebody else was faster."""

    def __init__(self, oneedit: Application, name: str) -> None:
        super().__init__(name=name)
        # a curator: nobody is asked to review, and no edit war is called off
        self._oneedit, self._actor = oneedit, Actor(name, Role.ADMIN)
        self._chance = Random(name)
        self.told: list[Told] = []

    def run(self) -> None:
        for _ in range(EDITS):
            head = self._oneedit.ledger.head()
            text = f"{self._chance.choice(PEOPLE)} was born in {self._chance.choice(CITIES)}."
            ticket = self._oneedit.queue.submit(self._actor, text)
            assert isinstance(ticket, Ticket)
            ticket = self._oneedit.queue.wait(LOCAL, ticket.id, PATIENCE)
            while ticket.state is TicketState.NEEDS_ANSWER:
                self._oneedit.queue.agree(self._actor, ticket.id)
                ticket = self._oneedit.queue.wait(LOCAL, ticket.id, PATIENCE)
            self.told.append(Told(head, ticket))


class Reader(threading.Thread):
    """One person who looks at the facts until the others are done."""

    def __init__(self, oneedit: Application) -> None:
        super().__init__(name="reader")
        self._oneedit, self.done = oneedit, threading.Event()
        self.seen: list[tuple[int, str, tuple[str, ...]]] = []

    def run(self) -> None:
        chance = Random(5)
        while not self.done.is_set():
            person = chance.choice(PEOPLE)
            answer = self._oneedit.service.ask(LOCAL, f"Where was {person} born?")
            assert isinstance(answer, AskResult)
            self.seen.append((answer.version, person, answer.expected))


def test_many_writers_leave_one_order_of_versions(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home")
    oneedit.worker.start()
    writers = [Writer(oneedit, f"writer {number:02}") for number in range(WRITERS)]
    reader = Reader(oneedit)
    for thread in (reader, *writers):
        thread.start()
    for writer in writers:
        writer.join(PATIENCE)
    reader.done.set()
    reader.join(PATIENCE)

    told = [each for writer in writers for each in writer.told]
    assert len(told) == WRITERS * EDITS
    assert {each.ticket.state for each in told} == {TicketState.APPLIED}
    values = values_by_version(oneedit)
    assert verify(oneedit.ledger) == oneedit.ledger.head() + 1
    for each in told:
        assert_linearized(oneedit, each)
    assert reader.seen
    for version, person, expected in reader.seen:
        assert expected == values[version][person]
    for person in PEOPLE:
        shown = oneedit.service.show(LOCAL, person)
        assert isinstance(shown, ShowResult)
        assert len([fact for fact in shown.facts if fact.relation == BIRTHPLACE]) <= 1
    oneedit.close()


def values_by_version(oneedit: Application) -> list[dict[str, tuple[str, ...]]]:
    """Return what each slot held at each version; each edit replaces what was there before it."""
    now: dict[str, tuple[str, ...]] = {
        person: tuple(
            fact.object for fact in oneedit.ledger.facts_as_of(Slot(person, BIRTHPLACE), 0)
        )
        for person in PEOPLE
    }
    found = [dict(now)]
    for event in oneedit.ledger.events(after=0):
        gone: defaultdict[str, list[str]] = defaultdict(list)
        for fact in event.content.changes.retracted:
            gone[fact.subject].append(fact.object)
        for fact in event.content.changes.added:
            assert tuple(gone[fact.subject]) == now[fact.subject], event.version
            now[fact.subject] = (fact.object,)
        found.append(dict(now))
    return found


def assert_linearized(oneedit: Application, told: Told) -> None:
    """Check that an edit took effect after it was asked for, or was so already."""
    if told.ticket.version is None:
        assert isinstance(oneedit.queue.result(LOCAL, told.ticket), Already)
        return
    assert told.ticket.version > told.head_before
    event = oneedit.ledger.event(told.ticket.version)
    assert (event.actor, event.reason) == (told.ticket.author.name, told.ticket.text)
