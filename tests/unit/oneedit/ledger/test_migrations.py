"""Ledgers made before: they open, verify and go on."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kg_data.changes import NO_CHANGES, Changes
from kg_data.entities import Entity
from oneedit.errors import LedgerNewer
from oneedit.ledger import books, entity_rows
from oneedit.ledger import engine as engines
from oneedit.ledger import ledger as ledgers
from oneedit.ledger.events import Content, EventDraft, EventKind, ImportRecord, to_payload
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.verification import verify
from oneedit.ports import no_checkpoint
from tests.support.databases import execute, fetch
from tests.support.fakes import BOOK
from tests.unit.oneedit.ledger.test_ledger import GENESIS, HARRIS, NOON, PENCE

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(engines.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in scripts][::-1]


REVISIONS = revisions()
NEW_KEYS = (
    "source",
    "batch",
    "targets",
    "together",
    "imported",
    "repaired",
    "book",
    "fold",
    "entity_operation",
    "removed_entities",
)
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
def old(location: Location, monkeypatch: pytest.MonkeyPatch) -> Location:
    """Return a ledger as the first revision wrote it, with an edit and its undo."""

    def old_payload(content: Content) -> dict[str, object]:
        return {name: value for name, value in to_payload(content).items() if name not in NEW_KEYS}

    def add_entities(session: Session, entities: Sequence[Entity], *, version: int) -> None:
        for each in entities:
            row = {"id": each.id, "entity_class": each.entity_class, "qid": each.qid}
            columns = "(id, entity_class, qid, added) VALUES (:id, :entity_class, :qid, :added)"
            statement = text(f"INSERT INTO entity {columns}")
            session.connection().execute(statement, row | {"added": version})

    with monkeypatch.context() as patched:
        patched.setattr(ledgers, "to_payload", old_payload)
        patched.setattr(entity_rows, "add_entities", add_entities)
        patched.setattr(books, "keep", lambda *_, **__: None)
        engine = engines.open_write(location)
        engines.migrate(engine, "0001")
        engine.dispose()
        ledger = Ledger(location, BOOK, clock=lambda: NOON, checkpoint=no_checkpoint)
        ensure_genesis(ledger, GENESIS)
        ledger.commit(draft(0, EventKind.ADD, CHANGES, idem="key"))
        ledger.commit(draft(1, EventKind.REVERT, CHANGES.inverted(), 1))
        ledger.close()
    return location


def test_an_old_ledger_is_migrated_verified_and_goes_on(old: Location) -> None:
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


def test_the_events_stay_append_only(old: Location) -> None:
    Ledger.open(old, BOOK).close()
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(IntegrityError, match="event is append-only"):
            execute(old, statement)


@pytest.mark.parametrize(("idem", "kind"), [("NULL", "'OTHER'"), ("idem", "kind")])
def test_the_migrated_table_refuses_what_the_first_one_refused(
    old: Location, idem: str, kind: str
) -> None:
    Ledger.open(old, BOOK).close()
    row = f"9, {idem}, '', actor, {kind}, '', 0, NULL, payload, '', 'h', ''"
    with pytest.raises(IntegrityError, match="constraint"):
        execute(old, f"INSERT INTO event SELECT {row} FROM event WHERE version = 1")  # noqa: S608


@pytest.fixture
def engine(location: Location) -> Iterator[Engine]:
    """Return an engine on an empty database."""
    opened = engines.open_write(location)
    yield opened
    opened.dispose()


def test_foreign_keys_are_on_after_the_migration(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", BOOK)
    with ledger.writing() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
    ledger.close()


def test_every_revision_goes_up_and_down_and_up_again(engine: Engine) -> None:
    shapes = {}
    for revision in REVISIONS:
        engines.migrate(engine, revision)
        shapes[revision] = shape_of(engine)
    for revision in reversed(REVISIONS[:-1]):
        engines.downgrade(engine, revision)
        assert shape_of(engine) == shapes[revision]
    engines.downgrade(engine, "base")
    assert {each.partition(":")[0] for each in shape_of(engine)} == {"alembic_version"}
    engines.migrate(engine)
    assert shape_of(engine) == shapes[REVISIONS[-1]]


def test_a_ledger_with_edits_goes_down_and_up_again(old: Location) -> None:
    before = rows_of(old)
    engine = engines.open_write(old)
    engines.migrate(engine)
    engines.downgrade(engine, "0001")
    engines.migrate(engine)
    engine.dispose()
    assert rows_of(old) == before
    ledger = Ledger.open(old, BOOK)
    assert verify(ledger) == 3
    ledger.close()


def test_an_old_ledger_takes_imports(old: Location) -> None:
    ledger = Ledger.open(old, BOOK, clock=lambda: NOON)
    plain = draft(2, EventKind.IMPORT, Changes((PENCE,), (HARRIS,)))
    ledger.commit(replace(plain, content=replace(plain.content, imported=ImportRecord())))
    assert verify(ledger) == 4
    event = ledger.event(3)
    assert event.content.changes == NO_CHANGES
    assert ledger.changes_of(event) == Changes((PENCE,), (HARRIS,))
    ledger.close()


def test_many_that_open_a_new_ledger_at_once_migrate_it_once(location: Location) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Ledger.open(location, BOOK), range(4)))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda ledger: ensure_genesis(ledger, GENESIS), opened))
    for ledger in opened:
        assert verify(ledger) == 1
        ledger.close()


def test_a_ledger_of_a_newer_oneedit_is_refused_with_what_to_do(location: Location) -> None:
    Ledger.open(location, BOOK).close()
    execute(location, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerNewer, match=r"revision 9999.* Install the newer OneEdit"):
        Ledger.open(location, BOOK)


def rows_of(location: Location) -> list[tuple[object, ...]]:
    return fetch(location, "SELECT * FROM event ORDER BY version")


def shape_of(engine: Engine) -> dict[str, object]:
    """Return tables, columns, constraints, indexes and triggers of a database."""
    inspector = inspect(engine)
    found: dict[str, object] = {}
    for table in inspector.get_table_names():
        for parts in (
            inspector.get_columns(table),
            [inspector.get_pk_constraint(table)],
            inspector.get_foreign_keys(table),
            inspector.get_unique_constraints(table),
            inspector.get_check_constraints(table),
            inspector.get_indexes(table),
        ):
            for part in parts:
                found[f"{table}: {sorted(map(texts, part.items()))}"] = True
    with engine.connect() as connection:
        for name in connection.exec_driver_sql(TRIGGERS[engine.dialect.name]).scalars():
            found[f"trigger {name}"] = True
    return found


def texts(part: tuple[str, object]) -> str:
    """Return a part of a table as text, conditions of indexes as their SQL."""
    name, value = part
    if isinstance(value, dict):
        return f"{name}={sorted(map(texts, value.items()))}"
    return f"{name}={value}"
