"""The ledger: commits, constraints, the hash chain, and version 0."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.errors import (
    FactRefused,
    GenesisMismatch,
    KeyReused,
    LedgerDamaged,
    LedgerUnavailable,
    StaleHead,
)
from oneedit.ledger.events import NEW_VERSION, Content, EventDraft, EventKind, LivePatch
from oneedit.ledger.genesis import Genesis, ensure_genesis
from oneedit.ledger.ledger import Ledger, Refusal
from oneedit.ledger.location import Location
from oneedit.ledger.metadata import METADATA
from oneedit.ledger.verification import verify
from tests.support.databases import drop_trigger, execute, fetch
from tests.support.fakes import BOOK, ENDED, ENTITIES, FACTS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HARRIS = Triple("Joe Biden", "vice_president", "Kamala Harris")
PENCE = Triple("Joe Biden", "vice_president", "Mike Pence")
GENESIS = Genesis(
    entities=ENTITIES,
    facts=(*FACTS, ENDED),
    derived=tuple,
    facts_sha256="facts",
    base_hash="base",
    state_hash="state",
    dtype="float32",
)


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=lambda: NOON)
    ensure_genesis(opened, GENESIS)
    yield opened
    opened.close()


def draft(
    *, add: tuple[Triple, ...] = (PENCE,), retract: tuple[Triple, ...] = (HARRIS,), base: int = 0
) -> EventDraft:
    return EventDraft(
        actor="me",
        kind=EventKind.ADD,
        reason="words",
        base_version=base,
        content=Content(changes=Changes(add, retract), state_hash="next"),
    )


def test_version_0_holds_the_facts_and_the_hashes_it_was_made_from(ledger: Ledger) -> None:
    assert ledger.head() == 0
    assert set(ledger.snapshot().facts) == set(FACTS)
    assert ledger.event(0).content.genesis["base model"] == "base"


def test_ended_facts_are_stored_but_not_active(ledger: Ledger) -> None:
    rows = fetch(ledger.location, "SELECT s FROM fact WHERE valid_to IS NOT NULL")
    assert rows == [("Barack Obama",)]
    assert ENDED not in ledger.snapshot().facts


def test_genesis_with_the_same_sources_changes_nothing(ledger: Ledger) -> None:
    ensure_genesis(ledger, GENESIS)
    assert verify(ledger) == 1


def test_another_base_model_is_refused_with_what_to_do(ledger: Ledger) -> None:
    with pytest.raises(GenesisMismatch, match=r"other base model\b.* mv ") as caught:
        ensure_genesis(ledger, replace(GENESIS, base_hash="other"))
    assert caught.value.names == ("base model",)


def test_a_commit_creates_the_next_version_and_changes_the_facts(ledger: Ledger) -> None:
    event = ledger.commit(draft())
    assert (event.version, ledger.head()) == (1, 1)
    assert PENCE in ledger.snapshot().facts
    assert HARRIS not in ledger.snapshot().facts


def test_the_event_stores_the_dates_of_removed_facts(ledger: Ledger) -> None:
    dated = Triple("Joe Biden", "vice_president", "Mike Pence", "2029-01-20")
    ledger.commit(draft(add=(dated,)))
    event = ledger.commit(draft(add=(), retract=(PENCE,), base=1))
    assert event.content.changes.retracted[0].valid_from == "2029-01-20"


def test_a_commit_planned_for_another_version_is_refused(ledger: Ledger) -> None:
    ledger.commit(draft())
    with pytest.raises(StaleHead, match="planned for version 0, but the ledger is at 1"):
        ledger.commit(draft())


def test_a_functional_slot_never_holds_two_objects(ledger: Ledger) -> None:
    with pytest.raises(FactRefused):
        ledger.commit(draft(retract=()))
    assert ledger.head() == 0


def test_an_inverse_functional_object_never_has_two_subjects(ledger: Ledger) -> None:
    thief = Triple("Donald Trump", "vice_president", "Kamala Harris")
    with pytest.raises(FactRefused):
        ledger.commit(draft(add=(thief,), retract=()))


def test_a_fact_that_is_not_active_cannot_be_removed(ledger: Ledger) -> None:
    with pytest.raises(FactRefused, match="is not active"):
        ledger.commit(draft(add=(), retract=(PENCE,)))
    assert verify(ledger) == 1


def test_an_asserted_fact_replaces_the_same_derived_fact(ledger: Ledger) -> None:
    follows = Triple("Kamala Harris", "vice_president_to", "Joe Biden")
    content = Content(changes=Changes(derived_added=(follows,)), state_hash="1")
    ledger.commit(replace(draft(), content=content))
    assert not ledger.is_asserted(follows)
    ledger.commit(draft(add=(follows,), retract=(), base=1))
    assert ledger.is_asserted(follows)
    assert verify(ledger) == 3


def test_a_version_keeps_its_whole_ordered_list_of_patches(ledger: Ledger) -> None:
    patches = (LivePatch(NEW_VERSION, "b"), LivePatch(0, "a"))
    content = Content(patches=patches, state_hash="1")
    ledger.commit(replace(draft(), content=content))
    assert ledger.patches(1) == (LivePatch(1, "b"), LivePatch(0, "a"))
    assert ledger.patches(0) == ()


def test_a_known_entity_is_not_changed(ledger: Ledger) -> None:
    content = Content(entities=(Entity("Paris", "person"), Entity("Ada", "person")), state_hash="1")
    ledger.commit(replace(draft(), content=content))
    classes = {each.id: each.entity_class for each in ledger.snapshot().entities}
    assert (classes["Paris"], classes["Ada"]) == ("city", "person")


def test_an_event_is_found_by_its_idempotency_key(ledger: Ledger) -> None:
    ledger.commit(replace(draft(), idem="key", request_sha="request"))
    found = ledger.find_idempotent("me", "key", "request")
    assert found is not None
    assert found.version == 1
    assert ledger.find_idempotent("you", "key", "request") is None


def test_an_idempotency_key_with_another_request_is_an_error(ledger: Ledger) -> None:
    ledger.commit(replace(draft(), idem="key", request_sha="request"))
    with pytest.raises(KeyReused, match="version 1"):
        ledger.find_idempotent("me", "key", "other")


def test_events_can_be_neither_changed_nor_deleted(ledger: Ledger) -> None:
    for statement in ("UPDATE event SET actor = 'x'", "DELETE FROM event"):
        with pytest.raises(IntegrityError, match="event is append-only"):
            execute(ledger.location, statement)


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (("UPDATE fact SET o = 'Rome' WHERE o = 'Paris'",), "facts were changed"),
        (("UPDATE fact SET removed = 0 WHERE o = 'Paris' AND p = 'capital'",), "facts"),
        (("INSERT INTO artifact VALUES (0, 'm', 0, 0, 'sha')",), "list of patches"),
        (("UPDATE head SET version = 5",), "not the head"),
    ],
)
def test_an_altered_file_is_detected(
    ledger: Ledger, statements: tuple[str, ...], problem: str
) -> None:
    verify(ledger)
    execute(ledger.location, *statements)
    with pytest.raises(LedgerDamaged, match=problem):
        verify(ledger)


def test_an_altered_event_is_detected(ledger: Ledger) -> None:
    dropped = drop_trigger(ledger.location, "event_no_update", "event")
    execute(ledger.location, dropped, "UPDATE event SET actor = 'x'")
    with pytest.raises(LedgerDamaged, match="hash does not fit"):
        verify(ledger)


def test_a_missing_version_is_detected(ledger: Ledger) -> None:
    ledger.commit(draft(add=(), retract=()))
    ledger.commit(draft(add=(), retract=(), base=1))
    dropped = drop_trigger(ledger.location, "event_no_delete", "event")
    execute(ledger.location, dropped, "DELETE FROM event WHERE version = 1")
    with pytest.raises(LedgerDamaged, match="version 1: the version is missing"):
        verify(ledger)


def test_refusals_are_kept_and_get_no_version(ledger: Ledger) -> None:
    reasons = (("role", "why"),)
    ledger.record_refusal(Refusal(actor="me", text="no", verdict="block", reasons=reasons))
    assert ledger.refusals()[0].reasons == reasons
    assert ledger.refusals()[0].created_at == "2026-01-02T12:00:00+00:00"
    assert ledger.head() == 0


def test_each_version_is_committed_by_one_thread(ledger: Ledger) -> None:
    won: list[int] = []

    def commit() -> None:
        for _ in range(40):
            head = ledger.head()
            content = Content(state_hash=str(head))
            try:
                won.append(ledger.commit(replace(draft(base=head), content=content)).version)
            except StaleHead:
                continue

    threads = [threading.Thread(target=commit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(1, len(won) + 1))
    assert verify(ledger) == len(won) + 1


def test_the_migrations_create_exactly_the_declared_tables(ledger: Ledger) -> None:
    with ledger.reading() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, METADATA) == []


def test_the_file_is_durable_and_its_tables_are_strict(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", BOOK)
    with ledger.writing() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        tables = connection.exec_driver_sql("PRAGMA table_list").mappings().all()
        strict = {row["name"] for row in tables if row["strict"]}
    ledger.close()
    assert {"event", "fact", "entity", "artifact", "audit", "head"} <= strict


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_text("no database" * 100)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        Ledger.open(path, BOOK)


@pytest.mark.parametrize(
    ("kind", "target", "problem"),
    [
        (EventKind.ROLLBACK, 0, "does not restore version 0"),
        (EventKind.ROLLBACK, 2, "rolls back to no earlier version"),
        (EventKind.ROLLBACK, None, "rolls back to no earlier version"),
        (EventKind.REVERT, 0, "takes back what cannot be taken back"),
        (EventKind.REVERT, 5, "takes back what cannot be taken back"),
        (EventKind.REVERT, None, "takes back what cannot be taken back"),
    ],
)
def test_an_undo_or_roll_back_of_what_cannot_be_is_detected(
    ledger: Ledger, kind: EventKind, target: int | None, problem: str
) -> None:
    ledger.commit(draft())
    ledger.commit(replace(draft(add=(), retract=(), base=1), kind=kind, target_version=target))
    with pytest.raises(LedgerDamaged, match=f"version 2: it {problem}"):
        verify(ledger)


def test_a_version_is_restored_with_dates_causes_and_ended_facts(ledger: Ledger) -> None:
    dated = Triple("Joe Biden", "vice_president", "Kamala Harris", "2021-01-20")
    ended = Triple("Joe Biden", "vice_president", "Mike Pence", "2017-01-20", "2021-01-20")
    ledger.commit(draft(add=(dated, ended), retract=(HARRIS,)))
    changes = ledger.restoring(0)
    assert [fact.valid_from for fact in changes.added] == [None]
    back = replace(draft(base=1), kind=EventKind.ROLLBACK, target_version=0)
    ledger.commit(replace(back, content=Content(changes=changes, state_hash="state")))
    assert ledger.restoring(0) == Changes()
    assert ledger.ended_facts(ended.slot) == ()
    (now,) = [fact for fact in ledger.snapshot().facts if fact == HARRIS]
    assert now.valid_from is None
    assert verify(ledger) == 3


def test_a_fact_that_was_derived_is_derived_again_after_a_roll_back(ledger: Ledger) -> None:
    follows = Triple("Kamala Harris", "vice_president_to", "Joe Biden")
    first = Content(changes=Changes(derived_added=(follows,)), state_hash="state")
    ledger.commit(replace(draft(), content=first))
    ledger.commit(draft(add=(follows,), retract=(), base=1))
    for version, target in ((2, 1), (3, 2)):
        content = Content(
            changes=ledger.restoring(target), state_hash=("state", "next")[target - 1]
        )
        event = replace(draft(base=version), kind=EventKind.ROLLBACK, target_version=target)
        ledger.commit(replace(event, content=content))
        assert ledger.is_asserted(follows) is (target == 2)
    assert verify(ledger) == 5
