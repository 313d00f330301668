"""Where questions wait, to be answered side by side."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence

from editor.errors import HostClosed, OutOfMemory, TooSlow
from editor.generation.generate import Completion, CompletionRequest
from editor.model.host import ModelHost, Priority

SIDE_BY_SIDE = 32
"""Questions answered together, at most."""

Answers = Callable[[Sequence[CompletionRequest]], Generator[float, None, list[Completion]]]


class Batcher:
    """Takes questions one by one and answers those that wait as one batch.

    Everyone who asks sends a job to the host. The first of them to run takes all that wait, and
    the others find nothing left to do. Nobody waits in the line without a job that is admitted,
    so it is never longer than the host allows.

    Args:
        host: runs the jobs.
        answers: makes the job that answers a batch; it tells each :attr:`Wanted.told` its outcome.
    """

    def __init__(self, host: ModelHost, answers: Answers) -> None:
        self._host, self._answers = host, answers
        self._waiting: deque[CompletionRequest] = deque()
        self._line = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, wanted: CompletionRequest, *, timeout: float | None = None) -> Completion:
        """Return what the model writes, as soon as it is written.

        Args:
            wanted: what to complete; it may be cancelled.
            timeout: seconds to wait.

        Raises:
            TooSlow: the timeout passed.
            Cancelled: it was cancelled.
            PromptTooLong: it leaves no room for an answer.
            OutOfMemory: the device's memory did not suffice; the model is as it was.
            HostBusy, HostClosed: see :class:`editor.model.host.ModelHost`.
        """
        with self._line:  # the job may run at once, but takes nobody before this one has lined up
            self._host.start(self._batch(), priority=Priority.ANSWER)
            self._waiting.append(wanted)
        try:
            return wanted.told.result(timeout)
        except TimeoutError:
            if wanted.told.done():  # at the last moment, or its stream ran into a time-out
                return wanted.told.result()
            wanted.cancelled.set()
            raise TooSlow(timeout or 0.0) from None

    def close(self) -> None:
        """Tell those who still wait that the host is closed."""
        for wanted in self._take(len(self._waiting)):
            wanted.told.set_exception(HostClosed())

    def _take(self, most: int) -> list[CompletionRequest]:
        with self._line:
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), most))]

    def _batch(self) -> Generator[float, None, None]:
        taken = self._take(SIDE_BY_SIDE)
        if not taken:
            return
        try:
            yield from self._answers(taken)
        except BaseException as error:
            reason = HostClosed() if isinstance(error, GeneratorExit) else OutOfMemory.of(error)
            for wanted in taken:
                if not wanted.told.done():
                    wanted.told.set_exception(reason)
            raise
