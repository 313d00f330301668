"""Batching of completion requests that come from several threads."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import TypeAlias

from editor.errors import HostClosed, OutOfMemory, TooSlow
from editor.generation.generate import Completion, CompletionRequest
from editor.model.host import ModelHost, Priority

MAX_BATCH = 32
"""Requests of one batch, at most."""

BatchJob: TypeAlias = Callable[
    [Sequence[CompletionRequest]], Generator[float, None, list[Completion]]
]
"""Makes the job that completes a batch and sets the outcome of each request."""


class Batcher:
    """A queue of completion requests; those that wait are completed as one batch.

    Each request starts a job on the host. The first job to run takes all waiting requests, and
    the later ones find the queue empty. A request waits only if the host admitted its job, so the
    queue is never longer than the host allows.

    Args:
        host: runs the jobs.
        complete_batch: makes the job that completes a batch.
    """

    def __init__(self, host: ModelHost, complete_batch: BatchJob) -> None:
        self._host, self._complete_batch = host, complete_batch
        self._waiting: deque[CompletionRequest] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def complete(self, request: CompletionRequest, *, timeout: float | None = None) -> Completion:
        """Return the completion of a request as soon as it is written.

        Args:
            request: what to complete; it may be cancelled.
            timeout: seconds to wait.

        Raises:
            TooSlow: the timeout passed.
            Cancelled: the request was cancelled.
            PromptTooLong: the prompt leaves no room for an answer.
            OutOfMemory: the device's memory did not suffice; the model is as it was.
            HostBusy, HostClosed: see :class:`editor.model.host.ModelHost`.
        """
        with self._lock:  # the job may run at once; it must not find the queue without this request
            self._host.start(self._batch_job(), priority=Priority.ANSWER)
            self._waiting.append(request)
        try:
            return request.outcome.result(timeout)
        except TimeoutError:
            if request.outcome.done():  # just in time, or its stream raised a TimeoutError
                return request.outcome.result()
            request.cancelled.set()
            raise TooSlow(timeout or 0.0) from None

    def close(self) -> None:
        """Fail the waiting requests with ``HostClosed``."""
        for request in self._take(len(self._waiting)):
            request.outcome.set_exception(HostClosed())

    def _take(self, limit: int) -> list[CompletionRequest]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), limit))]

    def _batch_job(self) -> Generator[float, None, None]:
        requests = self._take(MAX_BATCH)
        if not requests:
            return
        try:
            yield from self._complete_batch(requests)
        except BaseException as error:
            reason = HostClosed() if isinstance(error, GeneratorExit) else OutOfMemory.of(error)
            for request in requests:
                if not request.outcome.done():
                    request.outcome.set_exception(reason)
            raise
