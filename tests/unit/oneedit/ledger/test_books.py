"""The relation book in the ledger: kept with the version that brings it, and hashed with it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from kg_data.changes import NO_CHANGES, Changes
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.errors import FactRefused, GenesisMismatch, LedgerDamaged
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.events import Content, Event, EventDraft, EventKind
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.repair import rebuild
from oneedit.ledger.verification import verify
from tests.support.books import book_of
from tests.support.databases import drop_trigger, execute, fetch
from tests.unit.oneedit.ledger.test_ledger import GENESIS

FIRST, SECOND = Triple("a", "p", "b"), Triple("a", "p", "c")
OWN = replace(
    GENESIS,
    facts=(FIRST, Triple("b", "q", "c")),
    entities=tuple(Entity(name, "thing") for name in "abc"),
)
FUNCTIONAL = {"cardinality": "functional"}


def first_book() -> RelationBook:
    return book_of({"p": FUNCTIONAL, "q": {}})


def shipped() -> RelationBook:
    """Return a book that a test may change."""
    return RelationBook.shipped()


@pytest.fixture
def ledger(location: Location) -> Iterator[Ledger]:
    opened = Ledger.open(location, first_book())
    ensure_genesis(opened, OWN)
    yield opened
    opened.close()


def redefine(ledger: Ledger, book: RelationBook, changes: Changes = NO_CHANGES) -> Event:
    head = ledger.head()
    content = Content(state_hash="state", changes=changes, book=BookRecord.of(book))
    draft = EventDraft(
        actor="me", kind=EventKind.REDEFINE, reason="words", base_version=head, content=content
    )
    event = ledger.commit(draft)
    ledger.follow_book()
    return event


def test_a_home_opens_with_its_own_book_whatever_book_comes_with_oneedit(ledger: Ledger) -> None:
    again = Ledger.open(ledger.location, shipped())
    ensure_genesis(again, GENESIS)
    assert list(again.book.names()) == ["p", "q", "also_known_as"]
    assert verify(again) == 1
    again.close()


def test_a_version_brings_another_book_and_the_facts_go_by_it(ledger: Ledger) -> None:
    redefine(ledger, book_of({"p": {}, "q": {}}), Changes((SECOND,)))
    assert not ledger.book["p"].functional
    assert set(ledger.snapshot().facts) >= {FIRST, SECOND}
    assert verify(ledger) == 2
    before = ledger.book_at(0)
    assert before is not None
    assert before["p"].functional


def test_facts_that_contradict_a_book_refuse_it_and_nothing_changes(ledger: Ledger) -> None:
    redefine(ledger, book_of({"p": {}, "q": {}}), Changes((SECOND,)))
    with pytest.raises(FactRefused):
        redefine(ledger, first_book())
    assert ledger.head() == 1
    assert verify(ledger) == 2


def test_the_rows_are_rebuilt_with_the_book_of_each_version(ledger: Ledger) -> None:
    redefine(ledger, book_of({"p": {}, "q": {}}), Changes((SECOND,)))
    flags = "SELECT s, p, o, functional, removed FROM fact ORDER BY s, p, o"
    before = fetch(ledger.location, flags)
    rebuild(ledger, None)
    assert fetch(ledger.location, flags) == before
    assert verify(ledger) == 2


@pytest.mark.parametrize("version", [0, 1])
def test_a_changed_row_of_a_book_is_found(ledger: Ledger, version: int) -> None:
    redefine(ledger, book_of({"p": {}, "q": {}}))
    execute(
        ledger.location,
        drop_trigger(ledger.location, "book_no_update", "book"),
        f"UPDATE book SET content = content || '#' WHERE version = {version}",  # noqa: S608
    )
    with pytest.raises(LedgerDamaged, match="its relation book was changed"):
        verify(ledger)


def test_rows_of_books_are_append_only(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError, match="book is append-only"):
        execute(ledger.location, "DELETE FROM book")


def make_old(location: Location, book: RelationBook) -> None:
    """Make a ledger as it was before books were kept."""
    ledger = Ledger.open(location, book)
    ensure_genesis(ledger, GENESIS)
    ledger.close()
    execute(location, drop_trigger(location, "book_no_delete", "book"), "DELETE FROM book")


def test_an_older_ledger_takes_over_the_book_it_was_made_with(location: Location) -> None:
    make_old(location, shipped())
    ledger = Ledger.open(location, shipped())
    assert ledger.book_at(0) is None
    assert verify(ledger) == 1
    ensure_genesis(ledger, GENESIS)
    assert ledger.book_at(0) == shipped()
    ledger.close()


def test_an_older_ledger_refuses_another_book(location: Location) -> None:
    make_old(location, shipped())
    ledger = Ledger.open(location, first_book())
    with pytest.raises(GenesisMismatch, match="other relation book"):
        ensure_genesis(ledger, GENESIS)
    ledger.close()
