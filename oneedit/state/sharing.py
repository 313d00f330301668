"""A lock that many threads share for reading, and one has alone for a change."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Lets readers in side by side, and a change only when nobody reads.

    A change that waits goes before readers that come later. A thread that reads may begin to read
    again inside; a thread that reads must not begin a change.
    """

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._readers: dict[int, int] = {}
        self._changer: int | None = None
        self._waiting = 0

    @property
    def shared_here(self) -> bool:
        """Tell whether this thread reads."""
        return threading.get_ident() in self._readers

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Keep changes out of a ``with`` block."""
        me = threading.get_ident()
        with self._free:
            while me not in self._readers and self._is_closed(me):
                self._free.wait()
            self._readers[me] = self._readers.get(me, 0) + 1
        try:
            yield
        finally:
            with self._free:
                self._readers[me] -= 1
                if not self._readers[me]:
                    del self._readers[me]
                    self._free.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep readers and other changes out of a ``with`` block."""
        me = threading.get_ident()
        if self._changer == me:
            yield
            return
        with self._free:
            self._waiting += 1
            while self._readers or self._changer is not None:
                self._free.wait()
            self._waiting -= 1
            self._changer = me
        try:
            yield
        finally:
            with self._free:
                self._changer = None
                self._free.notify_all()

    def _is_closed(self, me: int) -> bool:
        """Tell whether a reader has to wait for a change; not for one of its own thread."""
        return self._changer != me and (self._changer is not None or self._waiting > 0)
