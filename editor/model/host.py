"""The thread that owns the model, shared fairly between people who wait and work that can wait.

All work is a generator that yields between its steps. *Answers* - a question somebody asked -
take turns, a token each, before anything else. *Work* - a solve, a check, a consolidation - takes
turns a pass at a time while nobody waits for an answer. Where somebody always does, work that
waits gets one step after every ``IN_A_ROW`` steps of answers, so that it goes on under any load.
The rule counts steps and looks at no clock.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar, cast

from editor.errors import HostBusy, HostClosed, OutOfMemory

Result = TypeVar("Result")

MOST_WAITING = 256
"""Jobs that may wait; beyond it the host refuses."""

IN_A_ROW = 32
"""Steps of answers that go before one step of work that waits: more than most answers have, which
so meet no work in their midst."""


class Priority(Enum):
    """Who goes first."""

    ANSWER = 0
    WORK = 1


@dataclass(eq=False)
class _Task:
    """A job on its way.

    Attributes:
        job: what is advanced.
        priority: whether it is an answer or work.
        told: shares for the caller, then the outcome.
        left: set when the caller no longer waits.
    """

    job: Generator[float, None, Any]
    priority: Priority
    told: "queue.SimpleQueue[tuple[str, Any]]" = field(default_factory=queue.SimpleQueue)
    left: threading.Event = field(default_factory=threading.Event)


class ModelHost:
    """Runs everything that touches the model on one thread; knows no method."""

    def __init__(self) -> None:
        self._new: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._open: dict[Priority, deque[_Task]] = {priority: deque() for priority in Priority}
        self._waiting = 0
        self._in_a_row = 0
        self._counting = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="model-host", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` on the model's thread, before jobs that can wait; return what it returns.

        Raises:
            HostClosed, HostBusy, OutOfMemory: see :meth:`run`.
        """

        def job() -> Generator[float, None, Result]:
            yield from ()
            return work()

        return self.run(job(), priority=Priority.ANSWER)

    def start(self, job: Generator[float, None, Any], *, priority: Priority) -> None:
        """Advance ``job`` step by step, others in between; nobody waits for its result.

        Raises:
            HostClosed: the host was closed.
            HostBusy: too many jobs wait.
        """
        self._admit(_Task(job, priority))

    def run(
        self,
        job: Generator[float, None, Result],
        progress: Callable[[float], None] | None = None,
        *,
        priority: Priority = Priority.WORK,
    ) -> Result:
        """Advance ``job`` step by step, others in between, and return its result.

        Args:
            job: yields the share of it that is done.
            progress: is told that share, on the caller's thread; what it raises ends the job.
            priority: whether it is an answer or work.

        Raises:
            HostClosed: the host was closed.
            HostBusy: too many jobs wait.
            OutOfMemory: the device's memory did not suffice; the model is as it was.
        """
        task = _Task(job, priority)
        self._admit(task)
        try:
            while True:
                kind, value = task.told.get()
                if kind == "error":
                    raise value
                if kind == "result":
                    return cast("Result", value)
                if progress:
                    progress(value)
        finally:
            task.left.set()

    def close(self) -> None:
        """End the thread; jobs that are not done are told so."""
        with self._counting:
            closed, self._closed = self._closed, True
        if not closed:
            self._new.put(None)
            self._thread.join()

    def _admit(self, task: _Task) -> None:
        with self._counting:
            if self._closed:
                raise HostClosed
            if self._waiting >= MOST_WAITING:
                raise HostBusy(MOST_WAITING)
            self._waiting += 1
            self._new.put(task)

    def _serve(self) -> None:
        while self._take_in():
            tasks = self._open[self._next_priority()]
            task = tasks.popleft()
            if self._advance(task):
                tasks.append(task)
            else:
                with self._counting:
                    self._waiting -= 1
        for tasks in self._open.values():
            for task in tasks:
                task.job.close()
                task.told.put(("error", HostClosed()))

    def _next_priority(self) -> Priority:
        """Tell whose step is next: an answer's, unless work has waited for enough of them."""
        answers, work = self._open[Priority.ANSWER], self._open[Priority.WORK]
        if answers and not (work and self._in_a_row >= IN_A_ROW):
            self._in_a_row += bool(work)
            return Priority.ANSWER
        self._in_a_row = 0
        return Priority.WORK

    def _take_in(self) -> bool:
        """Put what is new in its line, and wait if there is nothing to do; False at the end."""
        while True:
            idle = not any(self._open.values())
            try:
                task = self._new.get(block=idle)
            except queue.Empty:
                return True
            if task is None:
                return False
            self._open[task.priority].append(task)

    def _advance(self, task: _Task) -> bool:
        """Take one step of a job; tell whether there are more."""
        try:
            if task.left.is_set():
                task.job.close()
                return False
            done, outcome = _step(task.job)
        except BaseException as error:  # noqa: BLE001  the caller's thread raises it
            task.told.put(("error", OutOfMemory.of(error)))
            return False
        task.told.put(("result" if done else "share", outcome))
        return not done


def finish(job: Generator[float, None, Result]) -> Result:
    """Run a job to its end on the caller's thread and return its result."""
    while True:
        done, outcome = _step(job)
        if done:
            return cast("Result", outcome)


def _step(job: Generator[float, None, Any]) -> tuple[bool, Any]:
    try:
        return False, next(job)
    except StopIteration as stop:
        return True, stop.value
