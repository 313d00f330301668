"""A replica follows the ledger, and answers only at a version whose hash is right."""

import json
import threading
from collections.abc import Callable, Iterator

import pytest

from oneedit.errors import LedgerUnavailable, ReplicaBehind, ReplicaQuarantined
from oneedit.ledger.ledger import Ledger
from oneedit.replicas.replica import Replica
from oneedit.wiring import Application
from tests.support.fakes import BOOK, FakeEditor, FakePatches
from tests.support.replicas import do

TELL = "Joe Biden's vice president is Mike Pence."
QUESTION = "Who is Joe Biden's vice president?"


def open_replica(oneedit: Application, load: Callable[[], FakeEditor] = FakeEditor) -> Replica:
    ledger = Ledger.at(oneedit.ledger.path, BOOK)
    return Replica(load, ledger, FakePatches(oneedit.home / "patches"), poll=0.01)


@pytest.fixture
def replica(oneedit: Application) -> Iterator[Replica]:
    opened = open_replica(oneedit)
    yield opened
    opened.close()


def ask(replica: Replica, *, version: int = 0) -> tuple[str, int]:
    reply = replica.answer(QUESTION, version=version, steps=False, timeout=5)
    return reply.text, reply.version


def damage_patches(oneedit: Application) -> None:
    """Change what the patches teach; the fake store does not look at their hashes."""
    for path in (oneedit.home / "patches").glob("*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(entry | {"method": "forged"}), encoding="utf-8")


def test_an_answer_says_which_version_wrote_it(oneedit: Application, replica: Replica) -> None:
    assert ask(replica) == ("Kamala Harris", 0)
    do(oneedit, TELL)
    reply = replica.answer(QUESTION, version=1, steps=False, timeout=5)
    assert (reply.text, reply.version) == ("Mike Pence", 1)
    assert reply.state_hash == oneedit.ledger.event(1).content.state_hash
    assert reply.replica == replica.name


def test_a_version_that_somebody_has_seen_is_waited_for(
    oneedit: Application, replica: Replica
) -> None:
    found: list[tuple[str, int]] = []
    asking = threading.Thread(target=lambda: found.append(ask(replica, version=1)))
    asking.start()
    do(oneedit, TELL)
    asking.join()
    assert found == [("Mike Pence", 1)]


def test_a_version_that_never_comes_is_not_waited_for_longer(replica: Replica) -> None:
    with pytest.raises(ReplicaBehind, match="is at version 0, and the question needs version 7"):
        replica.answer(QUESTION, version=7, steps=False, timeout=0.05)


def test_it_follows_without_being_asked(oneedit: Application, replica: Replica) -> None:
    replica.start()
    do(oneedit, TELL)
    patience = threading.Event()
    while replica.status().version < 1:
        patience.wait(0.01)
    assert replica.status().state_hash == oneedit.editor.live_hash()


def test_a_version_without_new_patches_leaves_the_weights(oneedit: Application) -> None:
    class Counting(FakeEditor):
        used = 0

        def use(self, patches: object) -> None:
            type(self).used += 1
            super().use(patches)  # type: ignore[arg-type]

    do(oneedit, TELL)
    replica = open_replica(oneedit, Counting)
    do(oneedit, "undo")
    do(oneedit, "roll back to version 1")
    assert (replica.advance(), Counting.used) == (3, 1)
    replica.close()


def test_the_weights_do_not_change_while_somebody_is_being_answered(oneedit: Application) -> None:
    entered, go_on = threading.Event(), threading.Event()

    class Slow(FakeEditor):
        def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
            entered.set()
            go_on.wait(5)
            return super().ask(text, steps=steps, timeout=timeout)

    replica, found = open_replica(oneedit, Slow), []
    asking = threading.Thread(target=lambda: found.append(ask(replica)))
    asking.start()
    entered.wait(5)
    do(oneedit, TELL)
    advancing = threading.Thread(target=replica.advance)
    advancing.start()
    advancing.join(0.2)  # it would be done by then if it did not wait
    assert advancing.is_alive()
    assert replica.status().version == 0
    go_on.set()
    asking.join()
    advancing.join()
    assert found == [("Kamala Harris", 0)]
    assert ask(replica, version=1) == ("Mike Pence", 1)
    replica.close()


def test_every_answer_while_versions_come_is_that_of_its_version(
    oneedit: Application, replica: Replica
) -> None:
    replica.start()
    found: list[tuple[str, int]] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            found.append(ask(replica))

    asking = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in asking:
        thread.start()
    for message in [TELL, "undo"] * 5:
        do(oneedit, message)
    done.set()
    for thread in asking:
        thread.join()
    truth = {version: ("Kamala Harris", "Mike Pence")[version % 2] for version in range(11)}
    assert {version: text for text, version in found}.items() <= truth.items()
    assert all(truth[version] == text for text, version in found)


def test_wrong_weights_are_computed_once_more_from_a_base_model_loaded_anew(
    oneedit: Application,
) -> None:
    loaded: list[FakeEditor] = []

    class Broken(FakeEditor):
        def live_hash(self) -> str:
            wrong = self is loaded[0] and len(self._live) > 0
            return "bits that a fault of memory changed" if wrong else super().live_hash()

    def load() -> FakeEditor:
        loaded.append(Broken())
        return loaded[-1]

    replica = open_replica(oneedit, load)
    do(oneedit, TELL)
    assert ask(replica, version=1) == ("Mike Pence", 1)
    assert [each.closed for each in loaded] == [True, False]
    replica.close()


def test_a_replica_whose_weights_stay_wrong_answers_no_more(
    oneedit: Application, replica: Replica
) -> None:
    do(oneedit, TELL)
    damage_patches(oneedit)
    with pytest.raises(ReplicaQuarantined, match="version 1 should have the hash"):
        ask(replica, version=1)
    for again in (replica.check, replica.advance, lambda: ask(replica)):
        with pytest.raises(ReplicaQuarantined):
            again()
    assert "set aside" in replica.status().problem


def test_a_replica_with_wrong_weights_does_not_join(oneedit: Application) -> None:
    do(oneedit, TELL)
    damage_patches(oneedit)
    with pytest.raises(ReplicaQuarantined):
        open_replica(oneedit)


def test_it_goes_on_following_when_the_ledger_was_away(oneedit: Application) -> None:
    class Away(Ledger):
        failures = 3

        def head(self) -> int:
            if threading.current_thread().name == "replica" and self.failures:
                self.failures -= 1
                raise LedgerUnavailable("the server is restarted")
            return super().head()

    ledger = Away.at(oneedit.ledger.path, BOOK)
    replica = Replica(FakeEditor, ledger, FakePatches(oneedit.home / "patches"), poll=0.01)
    replica.start()
    do(oneedit, TELL)
    patience = threading.Event()
    while replica.status().version < 1:
        patience.wait(0.01)
    assert ledger.failures == 0
    replica.close()
