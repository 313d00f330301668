"""The lock that lets one edit at a time into ONEEDIT_HOME, whatever process it comes from."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from oneedit.errors import HomeBusy

_PAUSE = 0.02  # seconds between two tries


class HomeLock:
    """An advisory lock on a folder; the system frees it when its holder dies."""

    def __init__(
        self,
        home: Path,
        *,
        timeout: float = 600.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._home, self._timeout = home, timeout
        self._monotonic, self._sleep = monotonic, sleep

    @contextmanager
    def held(self) -> Iterator["Hold"]:
        """Hold the lock inside a ``with`` block; threads exclude each other too.

        Raises:
            HomeBusy: somebody else held it longer than the timeout in seconds.
        """
        # a descriptor of its own for each holder, or two threads would share one lock
        with (self._home / "lock").open("a") as stream:
            hold = Hold(stream.fileno(), self._take)
            self._take(hold.descriptor)
            yield hold

    def _take(self, descriptor: int) -> None:
        deadline = self._monotonic() + self._timeout
        while not _locked(descriptor):
            if self._monotonic() >= deadline:
                raise HomeBusy(self._home, self._timeout)
            self._sleep(_PAUSE)


@dataclass(frozen=True, slots=True)
class Hold:
    """A lock in somebody's hands."""

    descriptor: int
    take: Callable[[int], None]

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Let others in inside a ``with`` block, while a person thinks.

        What they commit meanwhile, the commit that follows will notice.

        Raises:
            HomeBusy: somebody else kept it longer than the timeout in seconds.
        """
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        yield
        self.take(self.descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
