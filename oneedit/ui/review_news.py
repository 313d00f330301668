"""Tells pages that something happened to a proposal, whoever did it and in whichever process."""

import time
from dataclasses import dataclass, field

from nicegui import run

from oneedit.reviews.review_queue import ReviewQueue

PERIOD = 1.0
"""Seconds between two looks at the ledger, for all pages together."""


@dataclass
class ReviewNews:
    """Asks the ledger how many steps reviews have taken, once a period for all pages.

    Attributes:
        queue: the proposals.
    """

    queue: ReviewQueue
    _steps: int = field(default=0, init=False)
    _due: float = field(default=0.0, init=False)

    async def steps(self) -> int:
        """Return the number of steps; another one than before means that there is news."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PERIOD
            self._steps = await run.io_bound(self.queue.steps_taken) or self._steps
        return self._steps
