"""The stages of an edit: which one runs, how far it is, and how long each took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from oneedit.ports import Progress


class StageTimer:
    """Adds up the seconds of each stage of one edit, in the order in which the stages began.

    Args:
        timer: returns seconds.
        progress: is called with the stage and the share of it that is done.
    """

    def __init__(self, timer: Callable[[], float], progress: Progress | None = None) -> None:
        self._timer, self._progress = timer, progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[float], None]]:
        """Time a ``with`` block as part of a stage; yields a function that reports its share."""
        start = self._timer()
        self.seconds.setdefault(name, 0.0)
        self._report(name, 0.0)
        try:
            yield partial(self._report, name)
        finally:
            self.seconds[name] += self._timer() - start

    def _report(self, name: str, share: float) -> None:
        if self._progress:
            self._progress(name, share)
