"""Ledgers made before: they open, verify and go on."""

import sqlite3
from pathlib import Path

import pytest

from kg_data.changes import Changes
from oneedit.ledger import engine as engines
from oneedit.ledger import ledger as ledgers
from oneedit.ledger.events import Content, EventDraft, EventKind, to_payload
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.verification import verify
from oneedit.ports import no_checkpoint
from tests.support.fakes import BOOK
from tests.unit.oneedit.ledger.test_ledger import GENESIS, HARRIS, NOON, PENCE

NEW_KEYS = ("source", "batch", "targets")
CHANGES = Changes((PENCE,), (HARRIS,))


def draft(
    base: int, kind: EventKind, changes: Changes, target: int | None = None, idem: str | None = None
) -> EventDraft:
    return EventDraft(
        actor="me",
        kind=kind,
        reason="words",
        base_version=base,
        target_version=target,
        idem=idem,
        content=Content(changes=changes, state_hash="next"),
    )


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a ledger file as the first revision wrote it, with an edit and its undo."""

    def old_payload(content: Content) -> dict[str, object]:
        return {name: value for name, value in to_payload(content).items() if name not in NEW_KEYS}

    path = tmp_path / "ledger.sqlite3"
    with monkeypatch.context() as patched:
        patched.setattr(ledgers, "to_payload", old_payload)
        engine = engines.open_write(path)
        engines.migrate(engine, "0001")
        engine.dispose()
        ledger = Ledger(path, BOOK, clock=lambda: NOON, checkpoint=no_checkpoint)
        ensure_genesis(ledger, GENESIS)
        ledger.commit(draft(0, EventKind.ADD, CHANGES, idem="key"))
        ledger.commit(draft(1, EventKind.REVERT, CHANGES.inverted(), 1))
        ledger.close()
    return path


def test_an_old_ledger_is_migrated_verified_and_goes_on(old: Path) -> None:
    before = rows_of(old)
    ledger = Ledger.open(old, BOOK, clock=lambda: NOON)
    assert rows_of(old) == before
    assert verify(ledger) == 3
    assert ledger.event(2).targets == (1,)
    ledger.commit(draft(2, EventKind.ROLLBACK, CHANGES, 1))
    assert ledger.find_idempotent("me", "key", "") == ledger.event(1)
    ledger.close()
    again = Ledger.open(old, BOOK)
    assert again.head() == 3
    again.close()


def test_the_events_stay_append_only(old: Path) -> None:
    Ledger.open(old, BOOK).close()
    connection = sqlite3.connect(old)
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="event is append-only"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(("idem", "kind"), [("NULL", "'OTHER'"), ("idem", "kind")])
def test_the_migrated_table_refuses_what_the_first_one_refused(
    old: Path, idem: str, kind: str
) -> None:
    Ledger.open(old, BOOK).close()
    row = f"9, {idem}, '', actor, {kind}, '', 0, NULL, payload, '', 'h', ''"
    connection = sqlite3.connect(old)
    with pytest.raises(sqlite3.IntegrityError, match="constraint"):
        connection.execute(f"INSERT INTO event SELECT {row} FROM event WHERE version = 1")  # noqa: S608
    connection.close()


def test_foreign_keys_are_on_after_the_migration(old: Path) -> None:
    ledger = Ledger.open(old, BOOK)
    with ledger.writing() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
    ledger.close()


def rows_of(path: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT * FROM event ORDER BY version").fetchall()
    finally:
        connection.close()
