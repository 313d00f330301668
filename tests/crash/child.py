"""Uses the queue until it is killed.

``python -m tests.crash.child HOME ACKS LABEL NTH [FAULT]`` goes through a story, one step after the
other, and sends itself SIGKILL when it passes a label for the NTH time. With the label ``-`` it
lets three people write at the same time, until somebody else kills it. A fault is planted before.

What somebody was told stands in ACKS, one JSON line each, synced before the next step.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from random import Random

from controller.actor import Actor, Role
from oneedit.edits.choice import Choice
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.results import Proposed
from oneedit.wiring import Application
from tests.crash.faults import FAULTS
from tests.support.fakes import LOCAL, application

ADA, BO = Actor("ada", Role.EDITOR), Actor("bo", Role.EDITOR)
REVIEWER = Actor("rea", Role.REVIEWER)
TOGETHER = (
    (ADA, "Joe Biden was born in Oakland."),
    (BO, "Donald Trump was born in Paris."),
    (LOCAL, "Mike Pence was born in Lyon."),
)
REVIEWED = "The spouse of Joe Biden is Doug Emhoff."
ALONE = "Karen Pence was born in Berlin."
UNDONE = "Mike Pence was born in Lyon."
CITIES = ("Oakland", "Paris", "Lyon", "Berlin", "Munich", "Scranton")
PEOPLE = ("Joe Biden", "Donald Trump", "Mike Pence", "Karen Pence")


class Acks:
    """What people were told, durably."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, ticket: Ticket) -> None:
        """Note that a ticket was accepted, or applied."""
        row = {
            "ticket": ticket.id,
            "author": ticket.author.name,
            "text": ticket.text,
            "state": ticket.state.value,
            "version": ticket.version,
        }
        with self._lock:
            self._stream.write(json.dumps(row) + "\n")
            self._stream.flush()
            os.fsync(self._stream.fileno())


def killer(label: str, nth: int) -> Callable[[str], None]:
    """Return a checkpoint that kills this process when a label is passed for the nth time."""
    left = [nth]

    def checkpoint(passed: str) -> None:
        if passed == label:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def play(oneedit: Application, acks: Acks | None = None) -> None:
    """Go through the story; what an earlier process has done is not done again."""
    story = _Story(oneedit, acks)
    for actor, text in TOGETHER:
        story.submit(actor, text)
    story.carry_out()
    reviewed = story.submit(ADA, REVIEWED)
    result = oneedit.queue.result(LOCAL, reviewed)
    if reviewed.state is TicketState.NEEDS_REVIEW and isinstance(result, Proposed):
        shown = oneedit.service.reviews.show(LOCAL, result.proposal_id).proposal
        oneedit.queue.approve(REVIEWER, shown.id, revision=shown.revision)
    story.carry_out()
    made = next(each for each in oneedit.ledger.events() if each.reason == UNDONE)
    story.note(oneedit.queue.undo(LOCAL, Choice.of(made.version), idempotency_key="undo"))
    story.submit(BO, ALONE)
    story.carry_out()
    kinds = {event.kind.value for event in oneedit.ledger.events()}
    if "CONSOLIDATE" not in kinds:
        oneedit.queue.consolidate(LOCAL)
    story.carry_out()


class _Story:
    def __init__(self, oneedit: Application, acks: Acks | None) -> None:
        self._oneedit, self._acks = oneedit, acks
        self._numbers: list[int] = []

    def submit(self, actor: Actor, text: str) -> Ticket:
        ticket = self._oneedit.queue.submit(actor, text, idempotency_key=text)
        assert isinstance(ticket, Ticket)
        self.note(ticket)
        return self._oneedit.queue.get(LOCAL, ticket.id)

    def note(self, ticket: Ticket) -> None:
        self._numbers.append(ticket.id)
        if self._acks:
            self._acks.write(ticket)

    def carry_out(self) -> None:
        while self._oneedit.worker.carry_out_next():
            pass
        for number in self._numbers:
            ticket = self._oneedit.queue.get(LOCAL, number)
            if self._acks and ticket.state is TicketState.APPLIED:
                self._acks.write(ticket)


def write_at_once(oneedit: Application, acks: Acks, seed: int) -> None:
    """Let three people write until the process is killed."""
    oneedit.worker.start()
    writers = [
        threading.Thread(target=_write, args=(oneedit, acks, actor, Random(f"{seed}{actor.name}")))
        for actor in (ADA, BO, LOCAL)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def _write(oneedit: Application, acks: Acks, actor: Actor, chance: Random) -> None:
    while True:
        text = f"{chance.choice(PEOPLE)} was born in {chance.choice(CITIES)}."
        ticket = oneedit.queue.submit(actor, text)
        if not isinstance(ticket, Ticket):
            continue
        acks.write(ticket)
        done = oneedit.queue.wait(LOCAL, ticket.id, timeout=30.0)
        if done.state is TicketState.APPLIED:
            acks.write(done)


def main(home: str, acks: str, label: str, nth: str, fault: str = "") -> None:
    """Play the story, or write at once."""
    with FAULTS[fault].planted() if fault else nullcontext():
        oneedit = application(Path(home), checkpoint=killer(label, int(nth)))
        if label == "-":
            write_at_once(oneedit, Acks(Path(acks)), int(nth))
        else:
            play(oneedit, Acks(Path(acks)))
        oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
