"""The thread that owns the model and divides its time between answers and long work.

Every job is a generator that yields between its steps. *Answers*, which a user waits for, take
turns of one token and go first. *Work*, such as a solve, a check or a consolidation, takes turns
of one forward pass while no answer is pending. Under a constant load of answers, waiting work
still gets one step after every ``ANSWER_STEPS_PER_WORK_STEP`` steps of answers. Only steps count,
not time.
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

MAX_WAITING_JOBS = 256
"""Jobs that may wait; the host refuses further ones."""

ANSWER_STEPS_PER_WORK_STEP = 32
"""Steps of answers before one step of waiting work; most answers are shorter, so that work seldom
interrupts them."""


class Priority(Enum):
    """The class of a job: answers run before work."""

    ANSWER = 0
    WORK = 1


@dataclass(eq=False)
class _Task:
    """A job on the host's thread.

    Attributes:
        job: the generator to advance.
        priority: its class.
        messages: pairs of kind and value for the caller: "share", then one "result" or "error".
        abandoned: set when the caller no longer waits.
    """

    job: Generator[float, None, Any]
    priority: Priority
    messages: "queue.SimpleQueue[tuple[str, Any]]" = field(default_factory=queue.SimpleQueue)
    abandoned: threading.Event = field(default_factory=threading.Event)


class ModelHost:
    """Runs every job that touches the model on one thread; knows no editing method."""

    def __init__(self) -> None:
        self._incoming: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._queues: dict[Priority, deque[_Task]] = {priority: deque() for priority in Priority}
        self._job_count = 0
        self._answer_steps = 0  # since the last step of work, while work waits
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="model-host", daemon=True)
        self._thread.start()

    def call(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` on the model's thread with the priority of an answer; return its result.

        Raises:
            HostClosed, HostBusy, OutOfMemory: see :meth:`run`.
        """

        def job() -> Generator[float, None, Result]:
            yield from ()
            return work()

        return self.run(job(), priority=Priority.ANSWER)

    def start(self, job: Generator[float, None, Any], *, priority: Priority) -> None:
        """Advance ``job`` in turn with others, without waiting for its result.

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
        """Advance ``job`` in turn with others, and return its result.

        Args:
            job: yields the share of it that is done.
            progress: called with that share on the caller's thread; an exception ends the job.
            priority: its class.

        Raises:
            HostClosed: the host was closed.
            HostBusy: too many jobs wait.
            OutOfMemory: the device's memory did not suffice; the model is as it was.
        """
        task = _Task(job, priority)
        self._admit(task)
        try:
            while True:
                kind, value = task.messages.get()
                if kind == "error":
                    raise value
                if kind == "result":
                    return cast("Result", value)
                if progress:
                    progress(value)
        finally:
            task.abandoned.set()

    def close(self) -> None:
        """End the thread; unfinished jobs fail with ``HostClosed``."""
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._incoming.put(None)
            self._thread.join()

    def _admit(self, task: _Task) -> None:
        with self._lock:
            if self._closed:
                raise HostClosed
            if self._job_count >= MAX_WAITING_JOBS:
                raise HostBusy(MAX_WAITING_JOBS)
            self._job_count += 1
            self._incoming.put(task)

    def _serve(self) -> None:
        while self._receive():
            tasks = self._queues[self._next_priority()]
            task = tasks.popleft()
            if self._advance(task):
                tasks.append(task)
            else:
                with self._lock:
                    self._job_count -= 1
        for tasks in self._queues.values():
            for task in tasks:
                task.job.close()
                task.messages.put(("error", HostClosed()))

    def _next_priority(self) -> Priority:
        """Return the class of the next step: an answer, unless work has waited long enough."""
        answers, work = self._queues[Priority.ANSWER], self._queues[Priority.WORK]
        if answers and not (work and self._answer_steps >= ANSWER_STEPS_PER_WORK_STEP):
            self._answer_steps += bool(work)
            return Priority.ANSWER
        self._answer_steps = 0
        return Priority.WORK

    def _receive(self) -> bool:
        """Put incoming tasks into their queues, and block while all are empty; False at the end."""
        while True:
            idle = not any(self._queues.values())
            try:
                task = self._incoming.get(block=idle)
            except queue.Empty:
                return True
            if task is None:
                return False
            self._queues[task.priority].append(task)

    def _advance(self, task: _Task) -> bool:
        """Run one step of a job; tell whether there are more."""
        try:
            if task.abandoned.is_set():
                task.job.close()
                return False
            done, outcome = _step(task.job)
        except BaseException as error:  # noqa: BLE001  the caller's thread raises it
            task.messages.put(("error", OutOfMemory.of(error)))
            return False
        task.messages.put(("result" if done else "share", outcome))
        return not done


def finish(job: Generator[float, None, Result]) -> Result:
    """Run a job to its end on the caller's thread and return its result."""
    while True:
        done, outcome = _step(job)
        if done:
            return cast("Result", outcome)


def _step(job: Generator[float, None, Any]) -> tuple[bool, Any]:
    """Return whether a job is done after one more step, and its result or what it yielded."""
    try:
        return False, next(job)
    except StopIteration as stop:
        return True, stop.value
