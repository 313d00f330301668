"""Edits until it is killed: ``python -m tests.integration.crash_child HOME ACKS LABEL NTH``.

Sends itself SIGKILL when it passes a label for the NTH time. What was acknowledged to the user
stands in ACKS, one JSON line each, synced before the next step.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from oneedit.ledger.events import EventKind
from oneedit.results import (
    Already,
    ConsolidateResult,
    EditResult,
    Result,
    RollbackResult,
    UndoResult,
)
from oneedit.service import EditService
from tests.support.fakes import LOCAL, application

STORY: tuple[str, ...] = (
    "Joe Biden's vice president is Mike Pence.",
    "Joe Biden was born in Oakland.",
    "consolidate",
    "Ada Quill was born in Paris.",
    "undo 1",
    "rollback 4",
    "forget the spouse of Mike Pence",
)


def killer(label: str, nth: int) -> Callable[[str], None]:
    """Return a checkpoint that kills this process when a label is passed for the nth time."""
    left = [nth]

    def checkpoint(passed: str) -> None:
        if passed == label:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def say(service: EditService, text: str) -> Result:
    """Submit a message of the story under a key of its own; consolidate once."""
    if text == "consolidate":
        kinds = {event.kind for event in service.context.ledger.events()}
        again = EventKind.CONSOLIDATE in kinds
        return Already((), ()) if again else service.consolidate(LOCAL)
    if text.startswith("rollback"):
        version = int(text.split()[1])
        return service.roll_back(
            LOCAL, version, idempotency_key=text, confirm=lambda _plan, _report: True
        )
    return service.submit(LOCAL, text, idempotency_key=text, confirm=lambda _plan, _report: True)


def acknowledge(stream: TextIO, text: str, result: Result) -> None:
    """Write down what the user was told."""
    if isinstance(result, EditResult | UndoResult | RollbackResult | ConsolidateResult):
        stream.write(json.dumps({"text": text, "version": result.version}) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def main(home: str, acks: str, label: str, nth: str) -> None:
    """Play the story."""
    oneedit = application(Path(home), checkpoint=killer(label, int(nth)))
    with Path(acks).open("a", encoding="utf-8") as stream:
        for text in STORY:
            acknowledge(stream, text, say(oneedit.service, text))
    oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
