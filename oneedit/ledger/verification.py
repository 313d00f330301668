"""Verification: the ledger's rows are those that its hash chain covers, all of them unchanged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, inspect
from sqlmodel import Session, col, select

from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.errors import LedgerDamaged
from oneedit.ledger import books, entity_rows, fact_rows, fold, rows
from oneedit.ledger.book_record import hash_of_text
from oneedit.ledger.events import RECORDED_KINDS, Event, EventKind
from oneedit.ledger.genesis import BOOK, ENTITIES, ROWS, entities_hash
from oneedit.ledger.hashing import NO_PREVIOUS_HASH, canonical_json, chain_hash, sha256_of
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import ArtifactRow, BookRow, EntityRow, EventRow, FactRow, HeadRow

TAIL = 50
"""Events at the end of the chain that are checked at every start."""

MOST_FACTS = 100_000
"""Facts whose digest is compared at a start; of more, only ``oneedit doctor`` compares it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where the rows differ from what the hash chain covers.

    Attributes:
        code: "chain", "head", "facts", "fold", "entities", "patches", "book" or "links".
        version: the version at which it shows.
        detail: what is wrong.
    """

    code: str
    version: int
    detail: str


def verify(ledger: Ledger) -> int:
    """Check every version and return how many there are.

    Checked are the hash chain, gapless versions, the head, that the rows of facts, entities and
    patches are what the events say, and that undos and roll backs name earlier versions that they
    can take back, and restore.

    Raises:
        LedgerDamaged: names the first version that is not as it was recorded.
    """
    with ledger.reading() as session:
        for fault in faults(session):
            raise LedgerDamaged(fault.version, fault.detail)
        return count_of_events(session)


def verify_start(ledger: Ledger) -> None:
    """Check cheaply what a start relies on: the end of the chain, the head, the facts that hold.

    Earlier events, and rows of facts that do not hold any more, are left to :func:`verify`.

    Raises:
        LedgerDamaged: the last events, the head or the facts are not as they were recorded.
    """
    with ledger.reading() as session:
        for fault in start_faults(session):
            raise LedgerDamaged(fault.version, fault.detail)


def start_faults(session: Session) -> Iterator[Fault]:
    """Yield what :func:`verify_start` finds."""
    count, head = count_of_events(session), session.get(HeadRow, 1)
    if count == 0 and head is None:
        return
    query = select(EventRow).order_by(col(EventRow.version).desc()).limit(TAIL + 1)
    tail = list(reversed(session.exec(query).all()))
    if not tail or tail[-1].version != count - 1:
        yield Fault("chain", count, "a version is missing")
        return
    first = tail[0]
    known = NO_PREVIOUS_HASH if first.version == 0 else first.prev_hash
    chained = list(chain_faults(tail, head, previous=known))
    yield from chained
    if not chained:
        yield from _patch_faults(session, tail[-1])
        yield from _fold_faults(session, tail[-1])


def faults(session: Session) -> Iterator[Fault]:
    """Yield all that is wrong; the rows are compared only if the chain itself is sound."""
    events = session.exec(select(EventRow).order_by(col(EventRow.version))).all()
    chained = list(chain_faults(events, session.get(HeadRow, 1)))
    yield from chained
    if any(fault.code == "chain" for fault in chained):
        return
    yield from projection_faults(session, events)
    committed = [rows.to_event(row) for row in events]
    for event in committed:
        yield from _link_faults(session, event, committed)


def projection_faults(session: Session, events: Sequence[EventRow]) -> Iterator[Fault]:
    """Yield where the rows of facts, entities and patches are not what sound events say."""
    kept = inspect(session.connection()).has_table(BookRow.__tablename__)
    for row in events:
        yield from _fact_faults(session, row)
        yield from _entity_faults(session, row)
        yield from _patch_faults(session, row)
        if kept:
            yield from _book_faults(session, row)
    if events:
        yield from _fold_faults(session, events[-1])


def chain_faults(
    events: Sequence[EventRow], head: HeadRow | None, *, previous: str = NO_PREVIOUS_HASH
) -> Iterator[Fault]:
    """Yield the first fault of a run of events, and what is wrong with the head.

    Args:
        events: the last events, in order, or all of them.
        head: the row of the head.
        previous: the hash before the first of them.
    """
    first = events[0].version if events and previous != NO_PREVIOUS_HASH else 0
    for expected, row in enumerate(events, first):
        if row.version != expected:
            yield Fault("chain", expected, "the version is missing")
            return
        if row.prev_hash != previous or row.hash != chain_hash(previous, rows.hashed_columns(row)):
            yield Fault("chain", expected, "its hash does not fit")
            return
        previous = row.hash
    last = events[-1].version if events else -1
    if head is None:
        yield Fault("head", last, "the row of the head is missing")
    elif (head.version, head.hash) != (last, previous):
        yield Fault("head", last, f"it is not the head; the head is at {head.version}")


def count_of_events(session: Session) -> int:
    """Return the number of versions."""
    return session.exec(select(func.count()).select_from(EventRow)).one()


def _fact_faults(session: Session, row: EventRow) -> Iterator[Fault]:
    event = rows.to_event(row)
    imported = event.kind is EventKind.IMPORT
    agrees = _agrees_import(session, event) if imported else _agrees_facts(session, event)
    if not agrees:
        yield Fault("facts", row.version, "its facts were changed")


def _agrees_import(session: Session, event: Event) -> bool:
    imported = event.content.imported
    found = fact_rows.rows_hash(fact_rows.changed_by(session, event.version))
    return imported is not None and found == imported.rows_sha256


def _agrees_facts(session: Session, event: Event) -> bool:
    version, changes = event.version, event.content.changes
    added = session.exec(select(FactRow).where(FactRow.added == version)).all()
    found = rows.canonical_rows((rows.to_triple(fact), fact.cause) for fact in added)
    if version == 0:
        agrees = sha256_of(canonical_json(found)) == event.content.genesis[ROWS]
    else:
        facts = [(fact, "asserted") for fact in changes.added]
        facts += [(fact, "derived") for fact in changes.derived_added]
        agrees = found == rows.canonical_rows(facts)
    removed = session.exec(select(FactRow).where(FactRow.removed == version)).all()
    # a derived fact that is asserted now is removed and added
    asserted = {_period(fact) for fact in changes.added}
    removed_facts = {_period(rows.to_triple(fact)) for fact in removed} - asserted
    return agrees and removed_facts == set(map(_period, changes.all_retracted)) - asserted


def _entity_faults(session: Session, row: EventRow) -> Iterator[Fault]:
    """Yield a fault where entities are not those of an event; version 0 has a hash of its own."""
    if row.version == 0:
        yield from _genesis_entity_faults(session, row)
        return
    content = rows.to_event(row).content
    told = {each.id: each for each in content.entities}
    found = entity_rows.introduced_by(session, row.version)
    known = {
        name
        for name in told
        if name not in found and entity_rows.find(session, name, row.version - 1)
    }
    gone = entity_rows.removed_by(session, row.version).keys()
    added = {name: each for name, each in told.items() if name not in known}
    if added != found or gone != set(content.removed_entities):
        yield Fault("entities", row.version, "its entities were changed")


def _genesis_entity_faults(session: Session, row: EventRow) -> Iterator[Fault]:
    recorded = rows.to_event(row).content.genesis.get(ENTITIES)
    if recorded is None:  # the ledger was made before there was a hash
        return
    query = select(EntityRow).where(EntityRow.added == 0)
    found = (Entity(each.id, each.entity_class, each.qid) for each in session.exec(query))
    if entities_hash(found) != recorded:
        yield Fault("entities", 0, "its entities were changed")


def _book_faults(session: Session, row: EventRow) -> Iterator[Fault]:
    """Yield a fault if the relation book of a version is not the one that its event covers."""
    content = rows.to_event(row).content
    if row.version == 0:
        recorded = content.genesis.get(BOOK, "")
    else:
        recorded = "" if content.book is None else content.book.sha256
    found = session.get(BookRow, row.version)
    if found is None:
        if recorded and row.version:  # version 0 of an older ledger gets its book at the next start
            yield Fault("book", row.version, "its relation book is missing")
    elif {found.sha256, hash_of_text(found.content)} != {recorded}:
        yield Fault("book", row.version, "its relation book was changed")


def _patch_faults(session: Session, row: EventRow) -> Iterator[Fault]:
    query = select(ArtifactRow).where(ArtifactRow.version == row.version)
    patches = session.exec(query.order_by(col(ArtifactRow.position))).all()
    found = [(patch.edit, patch.patch_sha256) for patch in patches]
    if found != [(patch.edit, patch.sha256) for patch in rows.to_event(row).content.patches]:
        yield Fault("patches", row.version, "its list of patches was changed")


def _fold_faults(session: Session, last: EventRow) -> Iterator[Fault]:
    """Yield a fault if the facts that hold are not those that the last event covers."""
    recorded = rows.to_event(last).content.fold
    if not recorded or fold.count_of_rows(session) > MOST_FACTS:
        return
    if fold.fold_of_rows(session) != recorded:
        yield Fault("fold", last.version, "the facts that hold there were changed")


def _period(fact: Triple) -> tuple[Triple, str | None]:
    """Return a fact with its end: the same fact in another period is another one."""
    return fact, fact.valid_to


def _link_faults(session: Session, event: Event, events: Sequence[Event]) -> Iterator[Fault]:
    if event.kind is EventKind.REVERT:
        kinds = {events[each].kind for each in event.targets if 0 <= each < event.version}
        earlier = all(0 <= each < event.version for each in event.targets)
        if not event.targets or not earlier or not kinds <= RECORDED_KINDS:
            yield Fault("links", event.version, "it takes back what cannot be taken back")
    if event.kind is EventKind.ROLLBACK:
        target = event.target_version
        if target is None or not 0 <= target < event.version:
            yield Fault("links", event.version, "it rolls back to no earlier version")
            return
        then, now = events[target].content, event.content
        same_weights = (then.patches, then.state_hash) == (now.patches, now.state_hash)
        same_facts = fact_rows.same_facts(session, target, event.version)
        if not same_weights or not same_facts or not books.same(session, target, event.version):
            yield Fault("links", event.version, f"it does not restore version {target}")
