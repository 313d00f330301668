"""What must hold after any crash of a process that used the queue."""

import json
import sys
from pathlib import Path

from oneedit.ledger.ticket import RUNNING, TicketState
from oneedit.ledger.verification import verify
from oneedit.wiring import Application

ROOT = Path(__file__).parents[2]


def command(home: Path, acks: Path, label: str, number: int) -> list[str]:
    module = [sys.executable, "-m", "tests.crash.child"]
    return [*module, str(home), str(acks), label, str(number)]


def told(acks: Path) -> list[dict[str, object]]:
    lines = acks.read_text(encoding="utf-8").splitlines() if acks.exists() else []
    return [json.loads(line) for line in lines]


def assert_whole(oneedit: Application, acks: Path) -> None:
    """Check everything that must hold after any crash."""
    version = oneedit.service.status().version
    assert verify(oneedit.ledger) == version + 1
    assert set(oneedit.store.facts()) == set(oneedit.ledger.snapshot().facts)
    assert oneedit.editor.live_hash() == oneedit.ledger.event(version).content.state_hash
    applied = [each for each in oneedit.queue.find() if each.version is not None]
    versions = [each.version for each in applied]
    assert len(set(versions)) == len(versions)  # no ticket was applied twice, nor two as one
    for ticket in applied:
        assert ticket.state is TicketState.APPLIED
        assert oneedit.ledger.event(ticket.version or 0).actor == ticket.author.name
    for row in told(acks):
        ticket = oneedit.queue.tickets.get(int(str(row["ticket"])))
        assert (ticket.author.name, ticket.text) == (row["author"], row["text"])
        if row["state"] == "applied":
            assert (ticket.state, ticket.version) == (TicketState.APPLIED, row["version"])


def assert_nothing_waits(oneedit: Application) -> None:
    while oneedit.worker.carry_out_next():
        pass
    waiting = {TicketState.READING, TicketState.QUEUED, *RUNNING}
    assert not [each for each in oneedit.queue.find() if each.state in waiting]
