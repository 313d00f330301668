"""Questions that go to replicas instead of the model that is edited."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from oneedit.errors import ReplicaBehind, ReplicaQuarantined, ReplicasUnavailable
from oneedit.ports import ModelAnswer
from oneedit.replicas.replica import ReplicaStatus, Reply

ASK_AGAIN = (ReplicaBehind, ReplicaQuarantined, ReplicasUnavailable)
"""What another replica, or the same one a little later, may do better."""

PAUSE = 0.1
"""Seconds before a question is asked again."""


class PoolPort(Protocol):
    """Some replicas, of which any may answer."""

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        """Let one of them answer at a version or a later one.

        Raises:
            ReplicaBehind, ReplicaQuarantined: see :class:`oneedit.replicas.replica.Replica`.
            ReplicasUnavailable: it died meanwhile, or none answered in time.
            EditorError: the model cannot answer this text, or not in time.
        """
        ...

    def statuses(self) -> Sequence[ReplicaStatus]:
        """Return where each of them is."""
        ...

    def close(self) -> None:
        """End them."""
        ...


@dataclass(frozen=True)
class ReplicaAnswers:
    """Answers with replicas, and asks again if the one that was asked could not answer.

    Attributes:
        pool: the replicas.
        patience: seconds during which a question is asked again.
        clock: returns the time in seconds.
        pause: waits for so many seconds.
    """

    pool: PoolPort
    patience: float = 20.0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        """Let a replica at a version, or a later one, answer.

        Raises:
            ReplicaBehind, ReplicaQuarantined, ReplicasUnavailable: none could in time.
            EditorError: the model cannot answer this text, or not in time.
        """
        limit = self.patience if timeout is None else timeout
        begun = self.clock()
        while True:
            left = limit - (self.clock() - begun)
            try:
                reply = self.pool.answer(text, version=version, steps=steps, timeout=left)
            except ASK_AGAIN:
                if self.clock() - begun > min(limit, self.patience):
                    raise
                self.pause(PAUSE)
            else:
                return ModelAnswer(reply.text, reply.version)
