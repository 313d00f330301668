"""What a job's function is given while it runs: its cursor, its log, and whether to end."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oneedit.errors import RunCancelled, RunInterrupted
from oneedit.ledger.job import JobRun
from oneedit.ledger.jobs import JobRecords
from oneedit.ledger.lease import Lease

SHARE_SECONDS = 2.0
"""Seconds between two writes of the share that is done."""

CHECK_SECONDS = 1.0
"""Seconds between two looks within an edit whether the run is to end."""


@dataclass(kw_only=True)
class RunContext:
    """Implements :class:`oneedit.jobs.pull_request.PullContext` for a run in the ledger.

    Attributes:
        run: the run.
        records: keeps the cursor and the log.
        lease: that of the job; what is written without it is refused.
        stopping: set when the process ends.
    """

    run: JobRun
    records: JobRecords
    lease: Lease
    stopping: threading.Event
    _cursor: Mapping[str, Any] = field(default_factory=dict)
    _last_share: float = 0.0
    _last_check: float = 0.0

    def __post_init__(self) -> None:
        self._cursor = self.run.cursor

    @property
    def dry_run(self) -> bool:
        return self.run.dry_run

    def load_cursor(self) -> Mapping[str, Any] | None:
        return self._cursor or None

    def save_cursor(self, cursor: Mapping[str, Any]) -> None:
        """Save where the run goes on; plain values only.

        Raises:
            LeaseLost: another process goes on with the run.
        """
        self._cursor = cursor
        self.records.save_cursor(self.run.id, cursor, self.lease)

    def log(self, text: str) -> None:
        """Write a line to the log of the run.

        Raises:
            LeaseLost: another process goes on with the run.
        """
        self.records.log(self.run.id, text, self.lease)

    def cancelled(self) -> bool:
        return self.stopping.is_set() or bool(self._cancelled_by())

    def check(self) -> None:
        """Return if the run may go on; a job calls it between two steps of its work.

        Raises:
            RunCancelled: somebody wants it to end.
            RunInterrupted: the process ends; the run goes on later.
        """
        if self.stopping.is_set():
            raise RunInterrupted
        by = self._cancelled_by()
        if by:
            raise RunCancelled(by)

    def stage(self, _name: str, share: float) -> None:
        """Take the share of a stage of an edit that is done; ends it if the run is to end.

        Raises:
            RunCancelled, RunInterrupted, LeaseLost: as in :meth:`check` and :meth:`progress`.
        """
        self.check_now_and_then()
        self.progress(share)

    def check_now_and_then(self) -> None:
        """Do what :meth:`check` does, at most once in ``CHECK_SECONDS``.

        Raises:
            RunCancelled, RunInterrupted: as in :meth:`check`.
        """
        now = time.monotonic()
        if now - self._last_check >= CHECK_SECONDS:
            self._last_check = now
            self.check()

    def progress(self, share: float) -> None:
        """Take the share that is done, from 0 to 1; it is written now and then.

        Raises:
            LeaseLost: another process goes on with the run.
        """
        now = time.monotonic()
        if now - self._last_share >= SHARE_SECONDS:
            self._last_share = now
            self.records.save_share(self.run.id, share, self.lease)

    def _cancelled_by(self) -> str:
        return self.records.run(self.run.id).cancelled_by
