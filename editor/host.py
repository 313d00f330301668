"""The thread that owns the model, shared fairly between generation and optimisation.

Two kinds of work reach it. A *call* runs to its end: a batch of generation, a check, a change
of patches. A *job* is a generator that yields between its steps; waiting calls run at every
yield, so that chat stays responsive while an edit is solved.
"""

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from editor.errors import HostClosed

Result = TypeVar("Result")


class ModelHost:
    """Runs everything that touches the model on one thread; knows no method."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="model-host", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` on the model's thread and return what it returns.

        Raises:
            HostClosed: the host was closed.
        """
        return self._submit(work).result()

    def run(
        self,
        job: Generator[float, None, Result],
        progress: Callable[[float], None] | None = None,
    ) -> Result:
        """Advance ``job`` step by step, other calls in between, and return its result.

        Args:
            job: yields the share of it that is done.
            progress: is told that share, on the caller's thread.

        Raises:
            HostClosed: the host was closed.
        """
        while True:
            done, outcome = self.call(lambda: _advance(job))
            if done:
                return cast("Result", outcome)
            if progress:
                progress(outcome)

    def close(self) -> None:
        """End the thread after the work that waits."""
        if not self._closed:
            self._closed = True
            self._calls.put(None)
            self._thread.join()

    def _submit(self, work: Callable[[], Result]) -> "Future[Result]":
        if self._closed:
            raise HostClosed
        future: Future[Result] = Future()

        def call() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  the caller's thread raises it
                future.set_exception(error)

        self._calls.put(call)
        return future

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def finish(job: Generator[float, None, Result]) -> Result:
    """Run a job to its end on the caller's thread and return its result."""
    while True:
        done, outcome = _advance(job)
        if done:
            return cast("Result", outcome)


def _advance(job: Generator[float, None, Any]) -> tuple[bool, Any]:
    try:
        return False, next(job)
    except StopIteration as stop:
        return True, stop.value
