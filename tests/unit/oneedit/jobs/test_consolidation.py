"""A consolidation that fails in the background is attempted again, but not at every edit."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

import pytest

from editor.errors import OutOfMemory
from oneedit.edits.consolidate import MIN_PENDING, Consolidator
from oneedit.errors import HomeBusy
from oneedit.jobs.consolidation import ConsolidationJob
from oneedit.results import Already, ConsolidateOutcome


@dataclass
class FailingConsolidator:
    """A consolidator that is always due, and whose first attempts fail.

    Attributes:
        errors: of the first attempts.
        heads: the ledger's head at each check; the last one stays.
        attempted: heads at which a consolidation was attempted.
        done: set when all heads were read.
    """

    errors: list[Exception]
    heads: list[int]
    attempted: list[int] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    found: int = 0

    @property
    def context(self) -> Self:
        return self

    @property
    def ledger(self) -> Self:
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
        self.attempted.append(self.found)
        if self.errors:
            raise self.errors.pop(0)
        return Already((), ())


def tries(error: Exception, *heads: int) -> list[int]:
    """Return the heads at which a job whose first attempt fails attempts a consolidation."""
    consolidator = FailingConsolidator([error], [head for head in heads for _ in range(3)])
    job = ConsolidationJob(cast("Consolidator", consolidator), interval=0.001)
    job.start()
    assert consolidator.done.wait(timeout=30)
    job.stop()
    job.join()
    return consolidator.attempted


@pytest.mark.parametrize("error", [OSError("disk full"), RuntimeError("device"), OutOfMemory("x")])
def test_a_failed_consolidation_is_repeated_after_min_pending_edits(
    error: Exception,
) -> None:
    heads = (20, 21, 20 + MIN_PENDING - 1, 20 + MIN_PENDING)
    assert tries(error, *heads) == [20, 20 + MIN_PENDING]


def test_a_consolidation_that_found_the_home_busy_is_attempted_again_at_once() -> None:
    assert tries(HomeBusy(Path("home"), 1.0), 20) == [20, 20]
