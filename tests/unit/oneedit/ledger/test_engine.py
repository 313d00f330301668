"""What both databases promise the ledger: order, isolation, durability, and clear failures."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import event

from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple
from oneedit.errors import (
    BadDatabaseUrl,
    FactRefused,
    LedgerNotDurable,
    LedgerUnavailable,
    TextRefused,
)
from oneedit.ledger import engine as engines
from oneedit.ledger.events import Content
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger, Refusal
from oneedit.ledger.location import Location
from oneedit.ledger.verification import verify
from tests.support.databases import execute
from tests.support.fakes import BOOK
from tests.unit.oneedit.ledger.test_ledger import GENESIS, NOON, draft

NAMES = ("a b", "B", "a", "Ab", "a-b", "ä", "Zoë", "z", "_", "Å", "ab", "𐌀", "ﬁ", "1", "10", "2")
PASSWORD = "very secret"


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    opened = Ledger.open(location, BOOK, clock=lambda: NOON)
    ensure_genesis(opened, GENESIS)
    yield opened
    opened.close()


def test_texts_are_sorted_by_code_points_whatever_the_database_would_do(ledger: Ledger) -> None:
    facts = tuple(Triple(name, "also_known_as", "Somebody") for name in NAMES)
    entities = tuple(Entity(name, "person") for name in NAMES)
    content = Content(changes=Changes(facts), entities=entities, state_hash="1")
    ledger.commit(replace(draft(), content=content))
    found = [fact.subject for fact in ledger.facts_about_as_of("Somebody", 1)]
    assert found == sorted(NAMES)
    assert [each.subject for each in ledger.facts_about_as_of("Somebody", 1, limit=3)] == found[:3]
    known = [each.id for each in ledger.snapshot().entities]
    assert known == sorted(known)
    assert set(NAMES) < set(known)


def test_a_session_sees_one_committed_state(ledger: Ledger) -> None:
    query = "SELECT version FROM head"
    with ledger.reading() as session:
        before = session.connection().exec_driver_sql(query).scalar()
        ledger.commit(draft())
        assert session.connection().exec_driver_sql(query).scalar() == before == 0
    with ledger.reading() as session:
        assert session.connection().exec_driver_sql(query).scalar() == 1


def test_a_reading_session_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnavailable, match=r"read-?only"), ledger.reading() as session:
        session.connection().exec_driver_sql("UPDATE head SET version = 7")
    assert ledger.head() == 0


def test_a_writer_waits_for_the_one_before_and_sees_its_commit(
    ledger: Ledger, location: Location
) -> None:
    other = Ledger.open(location, BOOK, clock=lambda: NOON)
    seen: list[int] = []

    def commit() -> None:
        with other.writing() as session:
            found = session.connection().exec_driver_sql("SELECT version FROM head").scalar_one()
            seen.append(found)

    waiting = threading.Thread(target=commit)
    with ledger.writing() as session:
        waiting.start()
        session.connection().exec_driver_sql("UPDATE head SET version = 5")
        waiting.join(0.3)
        assert seen == []
    waiting.join()
    assert seen == [5]
    other.close()


@pytest.mark.parametrize("name", ["Ada\x00Quill", "\x00"])
def test_a_nul_character_is_refused_and_changes_nothing(ledger: Ledger, name: str) -> None:
    entity = Content(entities=(Entity(name, "person"),), state_hash="1")
    with pytest.raises(TextRefused, match=r"leave out the NUL character .*x00") as caught:
        ledger.commit(replace(draft(), content=entity))
    assert caught.value.http_status == 422
    fact = Triple(name, "place_of_birth", "Paris")
    with pytest.raises(TextRefused):
        ledger.commit(draft(add=(fact,), retract=()))
    with pytest.raises(TextRefused):
        ledger.commit(replace(draft(), reason=name))
    with pytest.raises(TextRefused):
        ledger.record_refusal(Refusal(actor="me", text=name, verdict="block", reasons=()))
    with pytest.raises(TextRefused):
        ledger.facts_as_of(Slot(name, "spouse"), 0)
    assert verify(ledger) == 1


def test_half_of_a_character_is_refused_in_commits_and_look_ups(ledger: Ledger) -> None:
    for name in ("\ud800", "\udcc5\udc81\u00f3d\u017a"):  # from JSON, and from a C locale
        with pytest.raises(TextRefused, match=r"no character in UTF-8: .*send it as UTF-8"):
            ledger.commit(replace(draft(), reason=name))
        with pytest.raises(TextRefused):
            ledger.removal_of(name, 0)
    assert verify(ledger) == 1


def test_a_long_text_is_shown_in_part() -> None:
    assert len(str(TextRefused("\x00" + 500 * "x"))) < 200


def test_a_violated_constraint_is_told_in_one_line(ledger: Ledger) -> None:
    with pytest.raises(FactRefused) as caught:
        ledger.commit(draft(retract=()))
    assert "\n" not in str(caught.value)
    assert "unique" in str(caught.value).lower()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:very%20secret@host/name",
        "postgresql+psycopg2://me:very%20secret@host/name",
        "very secret",
        "postgresql://me:very secret@host:port/name",
        "sqlite:///very secret",
    ],
)
def test_what_is_no_postgresql_address_is_refused_without_showing_it(
    url: str, tmp_path: Path
) -> None:
    with pytest.raises(BadDatabaseUrl, match="ONEEDIT_DATABASE_URL must be") as caught:
        Ledger.open(Location.in_home(tmp_path, SecretStr(url)), BOOK)
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_named_but_not_the_password(tmp_path: Path) -> None:
    url = SecretStr(f"postgres://me:{PASSWORD.replace(' ', '%20')}@127.0.0.1:1/name")
    location = Location.in_home(tmp_path, url)
    with pytest.raises(LedgerUnavailable, match=r'no connection to PostgreSQL .*"127') as caught:
        Ledger.open(location, BOOK)
    assert "secret" not in f"{caught.value} {location}"
    assert caught.value.http_status == 503


def test_a_file_that_does_not_wait_for_the_disk_is_refused(tmp_path: Path) -> None:
    engine = engines.open_write(tmp_path / "ledger.sqlite3")
    engines.check_durable(engine)

    @event.listens_for(engine, "checkout")
    def forget(connection: object, *_: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")  # type: ignore[attr-defined]

    with pytest.raises(LedgerNotDurable, match="synchronous = 1"):
        engines.check_durable(engine)
    engine.dispose()


@pytest.mark.postgres
def test_a_database_that_does_not_wait_for_the_disk_is_refused(
    postgres_url: str, tmp_path: Path
) -> None:
    location = Location.in_home(tmp_path, SecretStr(postgres_url))
    Ledger.open(location, BOOK).close()
    name = postgres_url.partition("@/")[2].partition("?")[0]
    execute(location, f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(LedgerNotDurable, match=r"synchronous_commit = off\. ALTER SYSTEM SET") as e:
        Ledger.open(location, BOOK)
    assert e.value.exit_code == 2


@pytest.mark.postgres
def test_a_database_that_cannot_keep_every_text_is_refused(
    postgres_url: str, tmp_path: Path
) -> None:
    location = Location.in_home(tmp_path, SecretStr(postgres_url))
    engine = engines.open_write(location)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
    engine.dispose()
    latin = postgres_url.partition("@/")[0] + "@/latin?" + postgres_url.partition("?")[2]
    with pytest.raises(LedgerNotDurable, match=r"encoding LATIN1.*CREATE DATABASE"):
        Ledger.open(Location.in_home(tmp_path, SecretStr(latin)), BOOK)
