"""What must hold after any crash of a process that used the queue."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.ticket import RUNNING, Ticket, TicketState
from oneedit.ledger.tickets import Tickets
from oneedit.ledger.verification import verify
from oneedit.upkeep.doctor import Doctor
from oneedit.upkeep.findings import Level
from oneedit.wiring import Application
from tests.crash.child import ALONE, REVIEWED, TOGETHER, play
from tests.support.fakes import BOOK, DATA, LOCAL, application

ROOT = Path(__file__).parents[2]

STRIDE = int(os.environ.get("ONEEDIT_STRIDE", "5"))
"""Places to kill at from one to the next; ``make crash`` leaves none out."""


def command(home: Path, acks: Path, label: str, number: int, fault: str = "") -> list[str]:
    module = [sys.executable, "-m", "tests.crash.child"]
    return [*module, str(home), str(acks), label, str(number), *([fault] if fault else [])]


def is_killed(home: Path, acks: Path, label: str, nth: int, fault: str = "") -> bool:
    """Tell whether the story was killed at a label, rather than told to its end."""
    line = command(home, acks, label, nth, fault)
    code = subprocess.run(line, check=False, timeout=120, cwd=ROOT).returncode
    assert code in {0, -signal.SIGKILL}
    return code != 0


def assert_survived(home: Path, acks: Path) -> None:
    """Check what a kill has left, that nothing waits for ever, and that the story can go on."""
    assert_prefix(home, acks)
    oneedit = application(home)
    assert_nothing_waits(oneedit)
    assert_whole(oneedit, acks)
    play(oneedit)
    assert_whole(oneedit, acks)
    reasons = [event.reason for event in oneedit.ledger.events()]
    for text in (*(text for _, text in TOGETHER), REVIEWED, ALONE, "consolidate"):
        assert reasons.count(text) == 1
    oneedit.close()


def told(acks: Path) -> list[dict[str, object]]:
    lines = acks.read_text(encoding="utf-8").splitlines() if acks.exists() else []
    return [json.loads(line) for line in lines]


def assert_prefix(home: Path, acks: Path) -> None:
    """Check what a crash has left, before anything recovers it."""
    found = Doctor(home=home, book=BOOK, data=DATA).check().problems
    assert [each for each in found if each.level is Level.ERROR] == []
    location = Location.in_home(home)
    if location.path.exists():
        with closing(Ledger.at(location, BOOK)) as ledger:
            _assert_tickets(ledger, Tickets(ledger), acks)


def assert_whole(oneedit: Application, acks: Path) -> None:
    """Check everything that must hold after a recovery from any crash."""
    version = oneedit.service.status(LOCAL).version
    assert verify(oneedit.ledger) == version + 1
    assert set(oneedit.store.facts()) == set(oneedit.ledger.snapshot().facts)
    assert oneedit.editor.live_hash() == oneedit.ledger.event(version).content.state_hash
    _assert_tickets(oneedit.ledger, oneedit.queue.tickets, acks)


def assert_nothing_waits(oneedit: Application) -> None:
    while oneedit.worker.carry_out_next():
        pass
    waiting = {TicketState.READING, TicketState.QUEUED, *RUNNING}
    assert not [each for each in oneedit.queue.find(LOCAL) if each.state in waiting]


def _assert_tickets(ledger: Ledger, tickets: Tickets, acks: Path) -> None:
    """Check that each version is that of one ticket, and that what people were told is so."""
    applied = {each.version: each for each in _all(tickets) if each.version is not None}
    events = ledger.events()
    assert sorted(applied) == [event.version for event in events[1:]]
    for version, ticket in applied.items():
        assert ticket.state is TicketState.APPLIED
        assert events[version].actor == ticket.author.name
        assert events[version].carrier < len(events)  # no part of a group without the rest
    for row in told(acks):
        ticket = tickets.get(int(str(row["ticket"])))
        assert (ticket.author.name, ticket.text) == (row["author"], row["text"])
        if row["state"] == "applied":
            assert (ticket.state, ticket.version) == (TicketState.APPLIED, row["version"])


def _all(tickets: Tickets) -> list[Ticket]:
    found = tickets.find()
    versions = [each.version for each in found if each.version is not None]
    assert len(set(versions)) == len(versions)  # no ticket was applied twice, nor two as one
    return found
