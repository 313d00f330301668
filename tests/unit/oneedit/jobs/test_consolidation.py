"""A consolidation that fails by itself is tried again, but not at every edit."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from editor.errors import OutOfMemory
from oneedit.edits.consolidate import FEWEST, Consolidator
from oneedit.errors import HomeBusy
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.results import Already, ConsolidateOutcome


@dataclass
class Failing:
    """Stands in for a consolidation; it is always due, and fails as it is told.

    Attributes:
        errors: of the first attempts.
        heads: that one look after the other finds, the last for ever.
        tried: heads at which it was attempted.
        done: set when the last head was found.
    """

    errors: list[Exception]
    heads: list[int]
    tried: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    found: int = 0

    @property
    def ledger(self) -> "Failing":
        return self

    def head(self) -> int:
        if self.heads:
            self.found = self.heads.pop(0)
        else:
            self.done.set()
        return self.found

    def due(self) -> bool:
        return True

    def consolidate(self, actor: object) -> ConsolidateOutcome:
        del actor
        self.tried.append(self.found)
        if self.errors:
            raise self.errors.pop(0)
        return Already((), ())


def tries(error: Exception, *heads: int) -> list[int]:
    """Return the heads at which a background tries, whose first attempt fails."""
    failing = Failing([error], [head for head in heads for _ in range(3)])
    worker = ConsolidationJob(cast("Consolidator", failing), pause=0.001)
    worker.start()
    assert failing.done.wait(timeout=30)
    worker.stop()
    worker.join()
    return failing.tried


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("device"), OutOfMemory("x")])
def test_one_that_fails_is_tried_again_after_as_many_edits_as_may_wait(error: Exception) -> None:
    heads = (20, 21, 20 + FEWEST - 1, 20 + FEWEST)
    assert tries(error, *heads) == [20, 20 + FEWEST]


def test_one_that_found_the_home_busy_is_tried_again_at_once() -> None:
    assert tries(HomeBusy(Path("home"), 1.0), 20) == [20, 20]
