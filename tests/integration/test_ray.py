"""Two replicas under Ray Serve, with a tiny model: they follow, die, come back, and never lie."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from editor.errors import PromptTooLong
from oneedit.errors import ReplicasUnavailable
from oneedit.replicas.replica import ReplicaStatus
from oneedit.results import AskResult
from oneedit.settings import Settings
from oneedit.wiring import Application, start_pool
from tests.support.fakes import LOCAL
from tests.support.replicas import (
    do,
    thirty_edits_and_five_undos,
    tiny_application,
    tiny_settings,
)

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]

QUESTION = "Where was Mike Pence born?"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    tiny = tiny_settings(tmp_path_factory.mktemp("ray"))
    return tiny.model_copy(update={"replicas": 2, "engine": "ray"})


@pytest.fixture(scope="module")
def oneedit(settings: Settings) -> Iterator[Application]:
    application = tiny_application(settings, partial(start_pool, settings))
    yield application
    application.close()


def wait_for(holds: Callable[[], bool]) -> None:
    """Look until something holds; fail after a minute."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if holds():
            return
        pause.wait(0.05)
    pytest.fail("it did not happen within a minute")


def statuses(oneedit: Application) -> Sequence[ReplicaStatus]:
    assert oneedit.pool is not None
    return oneedit.pool.statuses()


def both_follow(oneedit: Application) -> bool:
    """Tell whether both replicas are at the head; their hashes must be those of their versions."""
    found = statuses(oneedit)
    for each in found:
        assert each.state_hash == oneedit.ledger.event(each.version).content.state_hash
    return [each.version for each in found] == [oneedit.ledger.head()] * 2


def ask(oneedit: Application) -> AskResult:
    result = oneedit.service.ask(LOCAL, QUESTION)
    assert isinstance(result, AskResult)
    return result


def kill(status: ReplicaStatus) -> None:
    os.kill(status.pid, signal.SIGKILL)


def test_two_replicas_have_equal_hashes_at_equal_versions_through_30_edits_and_5_undos(
    oneedit: Application,
) -> None:
    assert len({each.pid for each in statuses(oneedit)} | {os.getpid()}) == 3
    for message in thirty_edits_and_five_undos():
        do(oneedit, message)
        wait_for(partial(both_follow, oneedit))
    assert oneedit.ledger.head() == 35


def test_an_answer_is_that_of_a_replica_at_the_version_that_it_says(oneedit: Application) -> None:
    do(oneedit, "Mike Pence was born in Lyon.")
    result = ask(oneedit)  # at once: a replica that is behind goes to the version first
    assert result.model_version == result.version == oneedit.ledger.head()
    assert result.answer != oneedit.editor.ask(QUESTION)  # which only pretends to be the model


def test_errors_of_the_model_come_back_as_they_are(oneedit: Application) -> None:
    with pytest.raises(PromptTooLong, match="the text is 1205 tokens long"):
        oneedit.service.ask(LOCAL, "Why " * 400 + "?", free=True)


def test_questions_are_answered_while_versions_come(oneedit: Application) -> None:
    done, results = threading.Event(), list[AskResult]()

    def keep_asking() -> None:
        while not done.is_set():
            results.append(ask(oneedit))

    asking = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in asking:
        thread.start()
    for message in ["Mike Pence was born in Paris.", "undo"] * 2:
        asked = len(results)
        do(oneedit, message)
        wait_for(lambda asked=asked: len(results) > asked + len(asking))  # type: ignore[misc]
    done.set()
    for thread in asking:
        thread.join()
    assert all(each.model_version is not None for each in results)
    assert len({each.model_version for each in results}) > 1


def test_a_killed_replica_is_asked_for_no_more_and_comes_back_with_the_right_weights(
    oneedit: Application,
) -> None:
    gone, stays = statuses(oneedit)
    kill(gone)
    do(oneedit, "Mike Pence was born in Berlin.")
    for _ in range(20):
        assert ask(oneedit).model_version == oneedit.ledger.head()
    wait_for(lambda: gone.pid not in {each.pid for each in statuses_or_none(oneedit)})
    wait_for(lambda: len(statuses_or_none(oneedit)) == 2 and both_follow(oneedit))
    assert stays.pid in {each.pid for each in statuses(oneedit)}


def test_a_replica_joins_only_with_the_right_weights(
    oneedit: Application, settings: Settings
) -> None:
    last = oneedit.ledger.patches(oneedit.ledger.head())[-1].sha256
    patch = settings.home / "patches" / f"{last}.safetensors"
    whole = patch.read_bytes()
    patch.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    gone, stays = statuses(oneedit)
    kill(gone)
    wait_for(lambda: "its tensors were changed" in failure_of_a_start())
    assert [each.pid for each in statuses(oneedit)] == [stays.pid]
    assert ask(oneedit).model_version == oneedit.ledger.head()
    patch.write_bytes(whole)
    wait_for(lambda: len(statuses_or_none(oneedit)) == 2 and both_follow(oneedit))


def statuses_or_none(oneedit: Application) -> Sequence[ReplicaStatus]:
    """Return the statuses, or none while a replica is dying."""
    try:
        return statuses(oneedit)
    except ReplicasUnavailable:
        return ()


def failure_of_a_start() -> str:
    """Return what Ray says about replicas that do not start."""
    from ray import serve

    found: Any = serve.status().applications["oneedit"].deployments["ServedReplica"]
    return str(found.message)
