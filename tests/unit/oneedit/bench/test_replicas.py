"""The benchmark of replicas, with a fake model and a replica in this process."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from oneedit.bench.replicas import CommitWatcher, ReplicaBench, memory
from oneedit.ledger.ledger import Ledger
from oneedit.replicas.replica import Replica, ReplicaStatus, Reply
from oneedit.settings import Settings
from oneedit.wiring import Application, assemble
from tests.support.fakes import BOOK, DATA, FakeEditor, FakePatches
from tests.support.replicas import do


class PlainPool:
    """One replica, in this process."""

    def __init__(self, home: Path) -> None:
        ledger = Ledger.at(home / "ledger.sqlite3", BOOK)
        self._replica = Replica(FakeEditor, ledger, FakePatches(home / "patches"), poll=0.01)
        self._replica.start()

    def answer(self, text: str, *, version: int, steps: bool, timeout: float) -> Reply:
        return self._replica.answer(text, version=version, steps=steps, timeout=timeout)

    def statuses(self) -> Sequence[ReplicaStatus]:
        return [self._replica.status()]

    def close(self) -> None:
        self._replica.close()


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    home = tmp_path / "home"
    application = assemble(
        home,
        BOOK,
        DATA,
        editor=FakeEditor(),
        patches=FakePatches(home / "patches"),
        start_pool=lambda: PlainPool(home),
    )
    yield application
    application.close()


def bench(oneedit: Application) -> ReplicaBench:
    return ReplicaBench(settings=Settings(home=oneedit.home), asks=40, askers=4, commits=4)


def test_questions_go_to_the_replicas(oneedit: Application) -> None:
    figures = bench(oneedit).answers(oneedit)
    assert figures.keys() == {"asks_per_s", "p50_ms", "p95_ms", "right"}
    assert isinstance(oneedit.editor, FakeEditor)
    assert oneedit.editor.prompts == []


def test_every_commit_is_followed(oneedit: Application) -> None:
    do(oneedit, "Joe Biden's vice president is Mike Pence.")
    figures = bench(oneedit).followers(oneedit)
    assert isinstance(figures["all_at_version_ms"], dict)
    assert figures["all_at_version_ms"]["commits"] == 4
    assert oneedit.ledger.head() == 5


def test_a_commit_is_seen_as_another_process_sees_it(oneedit: Application) -> None:
    watcher = CommitWatcher(oneedit.ledger, 1)
    watcher.start()
    do(oneedit, "Joe Biden's vice president is Mike Pence.")
    watcher.join()
    assert 0 < watcher.seen <= time.time()


def test_memory_without_replicas_is_that_of_this_process(tmp_path: Path) -> None:
    home = tmp_path / "alone"
    alone = assemble(home, BOOK, DATA, editor=FakeEditor(), patches=FakePatches(home / "patches"))
    assert memory(alone).keys() == {"main_mb"}
    alone.close()
