"""Where questions wait, to be answered side by side."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future

from editor.errors import Cancelled, HostClosed, TooSlow
from editor.generate import Generated, Wanted
from editor.host import ModelHost, Turn

SIDE_BY_SIDE = 32
"""Questions answered together, at most."""

Answers = Callable[[Sequence[Wanted]], Generator[float, None, list[Generated]]]


class Desk:
    """Takes questions one by one and answers those that wait as one batch.

    Everyone who asks sends a job to the host. The first of them to run takes all that wait, and
    the others find nothing left to do.

    Args:
        host: runs the jobs.
        answers: makes the job that answers a batch.
    """

    def __init__(self, host: ModelHost, answers: Answers) -> None:
        self._host, self._answers = host, answers
        self._waiting: deque[tuple[Wanted, Future[Generated]]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, wanted: Wanted, *, timeout: float | None = None) -> Generated:
        """Return what the model writes.

        Args:
            wanted: what to complete; it may be cancelled.
            timeout: seconds to wait.

        Raises:
            TooSlow: the timeout passed.
            Cancelled: it was cancelled.
            HostBusy, HostClosed: see :class:`editor.host.ModelHost`.
        """
        future: Future[Generated] = Future()
        self._waiting.append((wanted, future))
        self._host.start(self._batch(), turn=Turn.ANSWER)
        try:
            return future.result(timeout)
        except TimeoutError:
            wanted.cancelled.set()
            raise TooSlow(timeout or 0.0) from None

    def close(self) -> None:
        """Tell those who still wait that the host is closed."""
        while self._waiting:
            self._waiting.popleft()[1].set_exception(HostClosed())

    def _batch(self) -> Generator[float, None, None]:
        count = min(len(self._waiting), SIDE_BY_SIDE)
        taken = [self._waiting.popleft() for _ in range(count)]
        if not taken:
            return
        try:
            written = yield from self._answers([wanted for wanted, _ in taken])
        except BaseException as error:
            reason = HostClosed() if isinstance(error, GeneratorExit) else error
            for _, future in taken:
                future.set_exception(reason)
            raise
        for (wanted, future), output in zip(taken, written, strict=True):
            if wanted.cancelled.is_set():
                future.set_exception(Cancelled())
            else:
                future.set_result(output)
