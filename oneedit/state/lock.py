"""The lock that lets one edit at a time into ONEEDIT_HOME, whatever process it comes from."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from oneedit.errors import HomeBusy

POLL_INTERVAL = 0.02
"""Seconds between two tries."""

REPORT_INTERVAL = 5.0
"""Seconds between two reports of somebody who waits."""

HOLDER = "lock.holder"
"""Name of the file in a home that holds the id of the process that had the lock last."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A home's lock in the hands of one thread.

    Attributes:
        home: the folder.
        lock: its lock, with a descriptor of its own, so that threads exclude each other too.
    """

    home: Path
    lock: FileLock

    def take(self) -> None:
        """Wait for the lock.

        Raises:
            HomeBusy: somebody else held it longer than its timeout.
        """
        if not self.take_if_free():
            self._wait()
        with suppress(OSError):  # a full disk: only those who wait miss it
            (self.home / HOLDER).write_text(str(os.getpid()), encoding="ascii")

    def take_if_free(self) -> bool:
        """Take the lock unless somebody else holds it, and tell whether it was free."""
        try:
            self.lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _wait(self) -> None:
        """Wait for the lock; the log says at once, and again and again, who holds it."""
        start = time.monotonic()
        while True:
            waited = time.monotonic() - start
            left = self.lock.timeout - waited
            if left <= 0:
                raise HomeBusy(self.home, self.lock.timeout)
            if self._holder not in {"", str(os.getpid())}:
                _LOG.info(
                    "waiting for process %s, which edits this home (%.0f s)", self._holder, waited
                )
            try:
                self.lock.acquire(timeout=min(REPORT_INTERVAL, left), poll_interval=POLL_INTERVAL)
            except Timeout:
                continue
            return

    @property
    def _holder(self) -> str:
        try:
            return (self.home / HOLDER).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let others in inside a ``with`` block, while a person thinks.

        The commit that follows notices what they have committed meanwhile.

        Raises:
            HomeBusy: somebody else held it longer than its timeout.
        """
        self.lock.release()
        yield
        self.take()


@dataclass(frozen=True, slots=True)
class HomeLock:
    """An advisory lock on a folder; the system frees it when its holder dies.

    Attributes:
        home: the folder.
        timeout: seconds to wait for other holders.
    """

    home: Path
    timeout: float = 600.0

    @contextmanager
    def held(self) -> Iterator[HeldLock]:
        """Hold the lock inside a ``with`` block; threads exclude each other too.

        Raises:
            HomeBusy: somebody else held it longer than the timeout.
        """
        held = self._new()
        held.take()
        try:
            yield held
        finally:
            held.lock.release()

    @contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Hold the lock inside a ``with`` block unless somebody else does; tell whether it is."""
        held = self._new()
        free = held.take_if_free()
        try:
            yield free
        finally:
            if free:
                held.lock.release()

    def _new(self) -> HeldLock:
        return HeldLock(self.home, FileLock(self.home / "lock", self.timeout, thread_local=False))
