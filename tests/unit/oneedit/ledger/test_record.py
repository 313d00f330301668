"""What the controller reads of the past."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.record import EditRecord
from kg_data.changes import Changes
from kg_data.triples import Slot, Triple
from oneedit.ledger.events import Content, EventDraft, EventKind
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.record import LedgerRecord
from tests.support.fakes import BOOK, ENDED
from tests.unit.oneedit.ledger.test_ledger import GENESIS, HARRIS, NOON, PENCE


class Clock:
    """Returns a later minute each time."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> datetime:
        self.minutes += 1
        return NOON + timedelta(minutes=self.minutes - 1)


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=Clock())
    ensure_genesis(opened, GENESIS)
    yield opened
    opened.close()


def commit(
    ledger: Ledger, kind: EventKind, changes: Changes, target: int | None = None, actor: str = "me"
) -> None:
    targets = (target,) if kind is EventKind.REVERT and target is not None else ()
    ledger.commit(
        EventDraft(
            actor=actor,
            kind=kind,
            reason="words",
            base_version=ledger.head(),
            target_version=target,
            content=Content(changes=changes, state_hash="next", targets=targets),
        )
    )


ADDED = Changes((PENCE,), (HARRIS,))


def test_edits_come_with_their_asserted_changes_their_actor_and_their_time(ledger: Ledger) -> None:
    record: EditRecord = LedgerRecord(ledger)
    commit(ledger, EventKind.ADD, ADDED, actor="ada")
    (edit,) = record.edits(since=NOON)
    assert (edit.version, edit.actor, edit.at) == (1, "ada", NOON + timedelta(minutes=1))
    assert (edit.added, edit.retracted, edit.undone) == ((PENCE,), (HARRIS,), False)


def test_edits_before_the_time_are_left_out(ledger: Ledger) -> None:
    record = LedgerRecord(ledger)
    commit(ledger, EventKind.ADD, ADDED)
    commit(ledger, EventKind.REVERT, ADDED.inverted(), 1)
    assert [each.version for each in record.edits(since=NOON + timedelta(minutes=2))] == [2]
    assert record.edits(since=NOON + timedelta(minutes=3)) == ()


def test_a_time_in_another_zone_is_the_same_time(ledger: Ledger) -> None:
    commit(ledger, EventKind.ADD, ADDED)
    later = datetime.fromisoformat("2026-01-02T14:01:00+02:00")
    assert later.astimezone(UTC) == NOON + timedelta(minutes=1)
    assert len(LedgerRecord(ledger).edits(since=later)) == 1
    assert LedgerRecord(ledger).edits(since=later + timedelta(seconds=1)) == ()


def test_what_was_undone_or_rolled_back_is_marked_until_it_is_in_force_again(
    ledger: Ledger,
) -> None:
    record = LedgerRecord(ledger)

    def undone() -> list[int]:
        return [each.version for each in record.edits(since=NOON) if each.undone]

    commit(ledger, EventKind.ADD, ADDED)
    assert undone() == []
    commit(ledger, EventKind.REVERT, ADDED.inverted(), 1)
    assert undone() == [1]
    commit(ledger, EventKind.ROLLBACK, ADDED, 1)
    assert undone() == [2]
    commit(ledger, EventKind.CONSOLIDATE, Changes(), 3)
    assert undone() == [2]
    commit(ledger, EventKind.ROLLBACK, ADDED.inverted(), 0)
    assert undone() == [1, 2, 3]
    assert LedgerRecord(ledger).edits(since=NOON) == record.edits(since=NOON)


def test_what_was_read_is_not_read_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record = LedgerRecord(ledger)
    commit(ledger, EventKind.ADD, ADDED)
    later = NOON + timedelta(minutes=2)
    assert record.edits(since=later) == ()
    assert [each.version for each in record.edits(since=NOON)] == [1]
    monkeypatch.delattr(Ledger, "changes_since")
    commit(ledger, EventKind.REVERT, ADDED.inverted(), 1)
    assert [each.version for each in record.edits(since=NOON)] == [1, 2]
    monkeypatch.delattr(Ledger, "events")
    assert [each.version for each in record.edits(since=later)] == [2]
    assert [each.undone for each in record.edits(since=NOON)] == [True, False]


def test_the_start_and_consolidations_are_no_edits(ledger: Ledger) -> None:
    commit(ledger, EventKind.CONSOLIDATE, Changes(), 0)
    assert LedgerRecord(ledger).edits(since=NOON - timedelta(days=1)) == ()


def test_the_past_of_a_slot_has_its_ended_facts_with_their_dates(ledger: Ledger) -> None:
    record = LedgerRecord(ledger)
    (past,) = record.past(ENDED.slot)
    assert (past, past.valid_from, past.valid_to) == (ENDED, ENDED.valid_from, ENDED.valid_to)
    assert record.past(Slot("Joe Biden", "vice_president")) == ()


def test_asserted_facts_are_told_from_derived_ones(ledger: Ledger) -> None:
    follows = Triple("Kamala Harris", "vice_president_to", "Joe Biden")
    commit(ledger, EventKind.ADD, replace(Changes(), derived_added=(follows,)))
    record = LedgerRecord(ledger)
    assert (record.is_asserted(HARRIS), record.is_asserted(follows)) == (True, False)


def test_edits_and_the_past_are_found_by_indexes(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", BOOK)
    with ledger.reading() as session:
        plans = [
            session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
            for query in (
                "SELECT * FROM event WHERE created_at >= '2026'",
                "SELECT * FROM fact WHERE s = 'x' AND p = 'y' AND valid_to IS NOT NULL",
            )
        ]
    assert "event_created" in str(plans[0])
    assert "fact_subject" in str(plans[1])
    ledger.close()
