"""The lock that lets one edit at a time into ONEEDIT_HOME, whatever process it comes from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from oneedit.errors import HomeBusy

POLL_INTERVAL = 0.02
"""Seconds between two tries."""


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
        try:
            self.lock.acquire(poll_interval=POLL_INTERVAL)
        except Timeout as error:
            raise HomeBusy(self.home, self.lock.timeout) from error

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
        held = HeldLock(self.home, FileLock(self.home / "lock", self.timeout, thread_local=False))
        held.take()
        try:
            yield held
        finally:
            held.lock.release()
