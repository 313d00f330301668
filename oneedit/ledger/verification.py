"""Checks that a ledger is what its chain says: nothing altered, nothing missing."""

from sqlmodel import Session, col, select

from oneedit.errors import LedgerDamaged
from oneedit.ledger import rows
from oneedit.ledger.genesis import ROWS
from oneedit.ledger.hashing import FIRST, canonical, chain, digest
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import ArtifactRow, EventRow, FactRow, HeadRow


def verify(ledger: Ledger) -> int:
    """Return the number of versions that were checked.

    Looked at are the chain of hashes, gapless versions, the head, and that the rows of facts and
    patches are what the events say.

    Raises:
        LedgerDamaged: something is not as it was recorded; the first version that is wrong.
    """
    with ledger.reading() as session:
        events = session.exec(select(EventRow).order_by(col(EventRow.version))).all()
        head = session.get(HeadRow, 1)
        _verify_chain(list(events), head)
        for row in events:
            _verify_rows(session, row)
        return len(events)


def _verify_chain(events: list[EventRow], head: HeadRow | None) -> None:
    previous = FIRST
    for expected, row in enumerate(events):
        if row.version != expected:
            raise LedgerDamaged(expected, "the version is missing")
        if row.prev_hash != previous or row.hash != chain(previous, rows.hashed(row)):
            raise LedgerDamaged(expected, "its hash does not fit")
        previous = row.hash
    if head is None or (head.version, head.hash) != (len(events) - 1, previous):
        raise LedgerDamaged(len(events) - 1, "it is not the head")


def _verify_rows(session: Session, row: EventRow) -> None:
    event = rows.event(row)
    changes = event.content.changes
    added = session.exec(select(FactRow).where(FactRow.added == row.version)).all()
    found = rows.listed((rows.triple(fact), fact.cause) for fact in added)
    if row.version == 0:
        agrees = digest(canonical(found)) == event.content.genesis[ROWS]
    else:
        facts = [(fact, "asserted") for fact in changes.added]
        facts += [(fact, "derived") for fact in changes.derived_added]
        agrees = found == rows.listed(facts)
    removed = session.exec(select(FactRow).where(FactRow.removed == row.version)).all()
    gone = {rows.triple(fact) for fact in removed} - set(changes.added)
    if not agrees or gone != set(changes.all_retracted) - set(changes.added):
        raise LedgerDamaged(row.version, "its facts were changed")
    query = select(ArtifactRow).where(ArtifactRow.version == row.version)
    patches = session.exec(query.order_by(col(ArtifactRow.position))).all()
    listed = [(patch.edit, patch.patch_sha256) for patch in patches]
    if listed != [(patch.edit, patch.sha256) for patch in event.content.patches]:
        raise LedgerDamaged(row.version, "its list of patches was changed")
