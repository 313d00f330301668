"""Homes whose versions removed entities: doctor, backup and replicas know them as gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg_data.entities import EntityChange, EntityOperation
from oneedit.ledger.ledger import Ledger
from oneedit.replicas.replica import Replica
from oneedit.results import EditResult
from oneedit.upkeep.backup import back_up, restore
from oneedit.upkeep.doctor import Doctor
from oneedit.wiring import Application
from tests.support.damage import FAULTS, damage
from tests.support.fakes import BOOK, DATA, LOCAL, FakeEditor, FakePatches, application

CHANGES = (
    EntityChange(EntityOperation.RENAME, "Joe Biden", "Joseph R. Biden"),
    EntityChange(EntityOperation.MERGE, "Donald Trump", "Kamala Harris"),
    EntityChange(EntityOperation.DELETE, "Lyon", ""),
)
GONE = ("Joe Biden", "Donald Trump", "Lyon")


def changed(oneedit: Application, change: EntityChange) -> None:
    made = oneedit.service.change_entity(LOCAL, change, confirm=lambda *_: True)
    assert isinstance(made, EditResult), made


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    built = application(tmp_path / "home")
    for change in CHANGES:
        changed(built, change)
    yield built
    built.close()


def test_the_doctor_finds_nothing(oneedit: Application) -> None:
    oneedit.close()
    checked = Doctor(home=oneedit.home, book=BOOK, data=DATA).check()
    assert checked.problems == ()


@pytest.mark.parametrize("fault", ["a fact is deleted", "a removed fact holds again"])
def test_a_repair_leaves_the_removed_ones_gone(oneedit: Application, fault: str) -> None:
    facts, entities = set(oneedit.store.facts()), set(oneedit.store.entities())
    oneedit.close()
    damage(oneedit.ledger.path, FAULTS[fault])
    doctor = Doctor(home=oneedit.home, book=BOOK, data=DATA)
    assert doctor.check().problems
    left = {each.code for each in doctor.repair().problems}
    assert left == {"triggers"}  # which the damage removed
    again = application(oneedit.home)
    assert set(again.store.facts()) == facts
    assert set(again.store.entities()) == entities
    again.close()


def test_a_restored_home_knows_where_the_names_lead(oneedit: Application, tmp_path: Path) -> None:
    back_up(oneedit.home, tmp_path / "backup.tar", BOOK)
    restore(tmp_path / "backup.tar", tmp_path / "new", BOOK)
    again = application(tmp_path / "new")
    assert set(again.store.facts()) == set(oneedit.store.facts())
    assert set(again.store.entities()) == set(oneedit.store.entities())
    assert all(again.store.entity(name) is None for name in GONE)
    shown = again.service.show(LOCAL, "Joe Biden")
    assert shown == oneedit.service.show(LOCAL, "Joe Biden")
    again.close()


def test_a_replica_follows(oneedit: Application) -> None:
    ledger = Ledger.at(oneedit.ledger.path, BOOK)
    replica = Replica(FakeEditor, ledger, FakePatches(oneedit.home / "patches"), poll=0.01)
    version = oneedit.ledger.head()
    reply = replica.answer(
        "Who is Joseph R. Biden's vice president?", version=version, steps=False, timeout=5
    )
    assert (reply.text, reply.version) == ("Kamala Harris", version)
    assert reply.state_hash == oneedit.editor.live_hash()
    replica.close()
