"""A question goes to a replica, and again where another one may do better."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from editor.errors import PromptTooLong
from oneedit.errors import ReplicaBehind, ReplicaQuarantined, ReplicasUnavailable
from oneedit.ports import ModelAnswer
from oneedit.replicas.answers import ReplicaAnswers
from oneedit.replicas.replica import ReplicaStatus, Reply

PATIENCE, TIMEOUT = 20.0, 120.0
AGAIN = (
    ReplicaBehind(1, 2),
    ReplicaQuarantined(2, "its tensors were changed"),
    ReplicasUnavailable("ActorDiedError"),
)


@dataclass
class FakePool:
    """Raises what it is given, then answers."""

    failures: list[Exception] = field(default_factory=list)
    asked: list[tuple[int, float]] = field(default_factory=list)

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        del steps
        self.asked.append((version, timeout))
        if self.failures:
            raise self.failures.pop(0)
        return Reply(text=text.upper(), version=version + 1, state_hash="", replica="one")

    def statuses(self) -> Sequence[ReplicaStatus]:
        return ()

    def close(self) -> None: ...


class FakeTime:
    """A clock that only pauses move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def answers(pool: FakePool) -> ReplicaAnswers:
    time = FakeTime()
    return ReplicaAnswers(pool, PATIENCE, clock=time, pause=time.pause)


def test_the_answer_is_that_of_the_version_that_the_replica_was_at() -> None:
    pool = FakePool()
    assert answers(pool).answer("who?", version=4, timeout=TIMEOUT) == ModelAnswer("WHO?", 5)
    assert pool.asked == [(4, TIMEOUT)]


@pytest.mark.parametrize("error", AGAIN, ids=lambda error: type(error).__name__)
def test_a_replica_that_cannot_answer_is_not_the_last_word(error: Exception) -> None:
    pool = FakePool([error, error])
    assert answers(pool).answer("who?", version=1, timeout=TIMEOUT).text == "WHO?"
    assert [round(TIMEOUT - left, 1) for _, left in pool.asked] == [0.0, 0.1, 0.2]


@pytest.mark.parametrize("error", AGAIN, ids=lambda error: type(error).__name__)
def test_patience_ends(error: Exception) -> None:
    pool = FakePool([error] * 1000)
    with pytest.raises(type(error)):
        answers(pool).answer("who?", version=1, timeout=TIMEOUT)
    assert len(pool.asked) == pytest.approx(PATIENCE / 0.1, abs=3)


def test_the_model_s_own_refusal_is_the_last_word() -> None:
    pool = FakePool([PromptTooLong(300, 160)])
    with pytest.raises(PromptTooLong):
        answers(pool).answer("who?", version=1, timeout=TIMEOUT)
    assert len(pool.asked) == 1
