"""Rebuilds the rows of facts, entities and patches from the events; the history stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.relations import RelationBook
from oneedit.errors import LedgerDamaged
from oneedit.ledger import books, entity_rows, fact_rows, rows, verification
from oneedit.ledger.events import Event
from oneedit.ledger.genesis import ROWS, rows_hash
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import ArtifactRow, BookRow, EntityRow, EventRow, FactRow, HeadRow

IMPORT_LOST = "facts of an import were changed, and no event holds them; restore a backup"
LOST = "facts of version 0 were changed, and what it was made from is not here; restore a backup"


@dataclass(frozen=True, slots=True)
class Sources:
    """What version 0 was made from.

    Attributes:
        entities: its entities.
        facts: its asserted and derived facts, as added ones.
    """

    entities: Sequence[Entity]
    facts: Changes


def rebuild(ledger: Ledger, sources: Sources | None) -> None:
    """Make the rows of facts, entities and patches anew, in one transaction.

    Args:
        ledger: its events and its head are only read.
        sources: what version 0 was made from, if that is there; without it, the rows of version 0
            must be whole, and its entities stay as they are.

    Raises:
        LedgerDamaged: the events or the head are not sound, or version 0 is lost.
    """
    with ledger.writing() as session:
        events = session.exec(select(EventRow).order_by(col(EventRow.version))).all()
        for fault in verification.chain_faults(events, session.get(HeadRow, 1)):
            raise LedgerDamaged(fault.version, fault.detail)
        genesis = _genesis_facts(session, events[0], sources)
        committed = [_with_imported_facts(session, rows.to_event(row)) for row in events]
        session.connection().execute(delete(FactRow))
        session.connection().execute(delete(ArtifactRow))
        session.connection().execute(delete(EntityRow).where(col(EntityRow.added) > 0))
        alive = update(EntityRow).values(removed=None, operation="", successor="")
        session.connection().execute(alive)
        session.expire_all()
        first = books.row_at(session, 0)
        book = ledger.book if first is None else RelationBook.parse(first.content)
        fact_rows.add_facts(session, genesis, book, version=0)
        if sources is not None:
            session.connection().execute(delete(EntityRow))
            entity_rows.add_entities(session, sources.entities, version=0)
        for event in committed:
            book = _replay(session, event, book)
        for fault in verification.projection_faults(session, events):
            raise LedgerDamaged(fault.version, f"{fault.detail}, and could not be rebuilt")


def _genesis_facts(session: Session, first: EventRow, sources: Sources | None) -> Changes:
    """Return the facts of version 0: those of its rows if they are whole, else of its sources."""
    recorded = rows.to_event(first).content.genesis[ROWS]
    found = session.exec(select(FactRow).where(FactRow.added == 0).order_by(col(FactRow.id))).all()
    kept = Changes(
        added=tuple(rows.to_triple(row) for row in found if row.cause == "asserted"),
        derived_added=tuple(rows.to_triple(row) for row in found if row.cause == "derived"),
    )
    if rows_hash(kept) == recorded:
        return kept
    if sources is None or rows_hash(sources.facts) != recorded:
        raise LedgerDamaged(0, LOST)
    return sources.facts


def _with_imported_facts(session: Session, event: Event) -> Event:
    """Return an event; an import with its facts, which only the rows hold."""
    imported = event.content.imported
    if imported is None:
        return event
    changes = fact_rows.changed_by(session, event.version)
    if fact_rows.rows_hash(changes) != imported.rows_sha256:
        raise LedgerDamaged(event.version, IMPORT_LOST)
    return replace(event, content=replace(event.content, changes=changes))


def _replay(session: Session, event: Event, book: RelationBook) -> RelationBook:
    """Add what one event changes, and return the relation book that holds from it on."""
    content, version = event.content, event.version
    if version:
        fact_rows.end_facts(session, content.changes, version=version)
        if content.book is not None:
            book = RelationBook.parse(session.get_one(BookRow, version).content)
            books.put_constraints(session, book)
        fact_rows.add_facts(session, content.changes, book, version=version)
        entity_rows.remove_entities(session, content.removed_entities, version=version)
        entity_rows.add_entities(session, content.entities, version=version)
    fact_rows.add_artifacts(session, content.patches, version)
    return book
