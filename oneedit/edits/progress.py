"""Which stage an edit is at, and how many seconds each stage took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oneedit.ports import Progress


class StageTimer:
    """Adds up how long the stages of one edit take, in the order in which they began.

    Args:
        timer: returns seconds.
        progress: is told when a stage begins, and the share of it that is done.
    """

    def __init__(self, timer: Callable[[], float], progress: Progress | None = None) -> None:
        self._timer, self._progress = timer, progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Count the time of a ``with`` block towards a stage; gives what to tell its share to."""
        begin = self._timer()
        self.seconds.setdefault(name, 0.0)
        self._tell(name, 0.0)
        try:
            yield lambda share: self._tell(name, share)
        finally:
            self.seconds[name] += self._timer() - begin

    def _tell(self, name: str, share: float) -> None:
        if self._progress:
            self._progress(name, share)
