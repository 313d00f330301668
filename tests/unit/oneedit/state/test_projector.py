"""The projector: graph and weights follow the ledger, whichever process commits."""

import json
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from controller.graph.networkx_store import NetworkxStore
from controller.rules import closure
from kg_data.entities import Entity
from kg_data.shipped import Dataset
from kg_data.triples import Triple
from oneedit.errors import GraphAhead, GraphForeign, HomeBusy, StateMismatch
from oneedit.ledger.events import LivePatch
from oneedit.results import EditResult
from oneedit.state.lock import HomeLock
from oneedit.wiring import Application
from tests.support.fakes import BOOK, DATA, ENDED, FACTS, LOCAL, FakeEditor, application

PENCE = "Joe Biden's vice president is Mike Pence."


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    built = application(tmp_path / "home")
    yield built
    built.close()


def tell(oneedit: Application, text: str) -> EditResult:
    result = oneedit.service.submit(LOCAL, text, confirm=lambda _plan, _report: True)
    assert isinstance(result, EditResult)
    return result


def test_the_graph_holds_active_facts_and_those_derived_from_them(oneedit: Application) -> None:
    assert oneedit.store.version == 0
    assert list(oneedit.store.subjects("vice_president_to", "Joe Biden")) == ["Kamala Harris"]
    assert ENDED not in oneedit.store


def test_a_restart_gives_the_same_graph_and_weights(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    again = application(oneedit.home)
    assert set(again.store.facts()) == set(oneedit.store.facts())
    assert again.editor.live_hash() == oneedit.editor.live_hash()
    again.close()


def test_a_process_follows_what_another_one_committed(oneedit: Application) -> None:
    other = application(oneedit.home)
    tell(other, PENCE)
    other.close()
    assert oneedit.store.version == 0
    assert oneedit.service.status(LOCAL).version == 1
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"


def test_two_processes_edit_in_turns(oneedit: Application) -> None:
    other = application(oneedit.home)
    assert tell(other, PENCE).version == 1
    assert tell(oneedit, "Donald Trump was born in Columbus.").version == 2
    assert tell(other, "Joe Biden was born in Oakland.").version == 3
    assert oneedit.service.status(LOCAL).live_hash == other.service.status(LOCAL).live_hash
    other.close()


def test_advancing_twice_does_nothing(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    facts = list(oneedit.store.facts())
    assert oneedit.projector.advance() == oneedit.projector.advance() == 1
    assert list(oneedit.store.facts()) == facts


def test_a_replaced_patch_file_is_detected(oneedit: Application) -> None:
    sha256 = tell(oneedit, PENCE).patch_sha256
    path = oneedit.home / "patches" / f"{sha256}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"method": "forged"}))
    with pytest.raises(StateMismatch, match="weights of version 1"):
        application(oneedit.home)


def test_a_home_keeps_its_facts_whatever_facts_come_with_oneedit(oneedit: Application) -> None:
    facts = list(oneedit.store.facts())
    again = application(oneedit.home, data=Dataset((Triple("x", "spouse", "y"),), (), "changed"))
    assert list(again.store.facts()) == facts
    again.close()


def test_a_failed_update_of_the_weights_is_repeated_by_the_next_advance(tmp_path: Path) -> None:
    editor = EditorFailingOnce()
    oneedit = application(tmp_path, editor=editor)
    editor.fails = True
    with pytest.raises(ConnectionError):
        tell(oneedit, PENCE)
    assert oneedit.service.status(LOCAL).version == 1
    assert editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"
    oneedit.close()


class EditorFailingOnce(FakeEditor):
    """Fails to apply patches once, when asked to."""

    fails = False

    def use(self, patches: object) -> None:
        if self.fails:
            self.fails = False
            raise ConnectionError
        super().use(patches)  # type: ignore[arg-type]


def test_the_patches_of_a_version_are_listed_in_order(oneedit: Application) -> None:
    first = tell(oneedit, PENCE).patch_sha256
    second = tell(oneedit, "Joe Biden was born in Oakland.").patch_sha256
    assert oneedit.ledger.patches(2) == (LivePatch(1, first), LivePatch(2, second))


def test_the_lock_excludes_other_holders(tmp_path: Path) -> None:
    impatient = HomeLock(tmp_path, timeout=0.0)
    with (
        HomeLock(tmp_path).held(),
        pytest.raises(HomeBusy, match="more than 0 seconds"),
        impatient.held(),
    ):
        pass


def test_the_lock_passes_to_the_next_holder_when_released(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with HomeLock(tmp_path).held():
            order.append("second")

    thread = threading.Thread(target=second)
    with HomeLock(tmp_path).held():
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_released_lock_is_free_and_then_held_again(tmp_path: Path) -> None:
    impatient = HomeLock(tmp_path, timeout=0.0)
    with HomeLock(tmp_path).held() as held:
        with held.released(), impatient.held():
            pass
        with pytest.raises(HomeBusy), impatient.held():
            pass


def test_a_graph_that_is_behind_is_brought_forward_event_by_event(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE)
    tell(oneedit, "Donald Trump was born in Columbus.")
    store, ledger = NetworkxStore(), oneedit.ledger
    store.load(DATA.entities, [*FACTS, *closure(FACTS, BOOK)], version=0, origin=ledger.origin)
    labels: list[str] = []
    again = application(oneedit.home, store=store, checkpoint=labels.append)
    assert store.version == 2
    assert labels.count("graph.applied") == 2
    assert "graph.loaded" not in labels
    assert set(store.facts()) == set(ledger.snapshot().facts)
    again.close()


def test_a_graph_of_another_ledger_is_refused_with_what_to_do(oneedit: Application) -> None:
    store = NetworkxStore()
    store.load(DATA.entities, FACTS, version=0, origin="another ledger")
    with pytest.raises(GraphForeign, match="oneedit graph rebuild"):
        application(oneedit.home, store=store)
    assert store.version == 0


def test_a_graph_that_is_ahead_of_the_ledger_is_refused_with_what_to_do(
    oneedit: Application,
) -> None:
    store = NetworkxStore()
    store.load(DATA.entities, FACTS, version=4, origin=oneedit.ledger.origin)
    with pytest.raises(GraphAhead, match=r"at version 4.*ends at 0.*oneedit graph rebuild"):
        application(oneedit.home, store=store)
    assert store.version == 4


def test_an_event_that_another_process_has_applied_meanwhile_is_not_applied_twice(
    oneedit: Application,
) -> None:
    class Shared(NetworkxStore):
        """A store that another process brings to the same version, just before this one."""

        def replace(
            self,
            *,
            add: Iterable[Triple],
            retract: Iterable[Triple],
            entities: Iterable[Entity] = (),
            removed: Iterable[str] = (),
            expect: int,
        ) -> None:
            add, retract, gone = tuple(add), tuple(retract), tuple(removed)
            for _ in range(2):
                super().replace(
                    add=add, retract=retract, entities=entities, removed=gone, expect=expect
                )

    shared = Shared()
    other = application(oneedit.home, store=shared)
    tell(oneedit, PENCE)
    tell(oneedit, "Donald Trump was born in Columbus.")
    assert other.service.status(LOCAL).version == 2
    assert set(shared.facts()) == set(oneedit.store.facts())
    other.close()
