"""Commits until it is told to stop; arguments: URL HOME NAME ACKS STOP.

Each commit has a key of its own and is sent until it is acknowledged. What was acknowledged
stands in ACKS, one JSON line each, synced before the next commit.
"""

import json
import os
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

from oneedit.errors import LedgerUnavailable, StaleHead
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from tests.support.fakes import BOOK

AGAIN_SECONDS = 0.05


@dataclass
class Writer:
    """Sends one commit after the other.

    Attributes:
        lost: how often a connection was lost.
        found: how many of the commits sent again after that had been kept.
    """

    ledger: Ledger
    name: str
    lost: int = 0
    found: int = 0
    in_doubt: bool = field(default=False, init=False)

    def send(self, number: int) -> Event:
        """Return the event of a commit; it is sent until the ledger acknowledges it."""
        draft = EventDraft(
            actor=self.name,
            kind=EventKind.ADD,
            reason="words",
            base_version=0,
            idem=str(number),
            request_sha=f"request {number}",
            content=Content(state_hash="next"),
        )
        self.in_doubt = False
        while True:
            try:
                return self._try(draft)
            except StaleHead:
                continue
            except LedgerUnavailable:
                self.lost += 1
                self.in_doubt = True
                time.sleep(AGAIN_SECONDS)

    def _try(self, draft: EventDraft) -> Event:
        stored = self.ledger.find_idempotent(self.name, str(draft.idem), draft.request_sha)
        if stored is not None:
            self.found += self.in_doubt
            return stored
        return self.ledger.commit(replace(draft, base_version=self.ledger.head()))


def main(url: str, home: str, name: str, acks: str, stop: str) -> None:
    """Commit until the file STOP exists; the last line tells what was lost and found."""
    ledger = Ledger.open(Location.in_home(Path(home), SecretStr(url)), BOOK)
    writer = Writer(ledger, name)
    number = 0
    with Path(acks).open("a", encoding="utf-8") as stream:
        while not Path(stop).exists():
            version = writer.send(number).version
            _write(stream.fileno(), {"key": str(number), "version": version})
            number += 1
        _write(stream.fileno(), {"lost": writer.lost, "found": writer.found})
    ledger.close()


def _write(descriptor: int, entry: dict[str, object]) -> None:
    os.write(descriptor, (json.dumps(entry) + "\n").encode())
    os.fsync(descriptor)


if __name__ == "__main__":
    main(*sys.argv[1:])
