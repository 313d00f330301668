"""Verification: the ledger's rows are those that its hash chain covers, all of them unchanged."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from kg_data.triples import Triple
from oneedit.errors import LedgerDamaged
from oneedit.ledger import fact_rows, rows
from oneedit.ledger.events import RECORDED_KINDS, Event, EventKind
from oneedit.ledger.genesis import ROWS
from oneedit.ledger.hashing import NO_PREVIOUS_HASH, canonical_json, chain_hash, sha256_of
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.tables import ArtifactRow, EventRow, FactRow, HeadRow


def verify(ledger: Ledger) -> int:
    """Check every version and return how many there are.

    Checked are the hash chain, gapless versions, the head, that the rows of facts and patches are
    what the events say, and that undos and roll backs name earlier versions that they can take
    back, and restore.

    Raises:
        LedgerDamaged: names the first version that is not as it was recorded.
    """
    with ledger.reading() as session:
        events = session.exec(select(EventRow).order_by(col(EventRow.version))).all()
        head = session.get(HeadRow, 1)
        _verify_chain(list(events), head)
        for row in events:
            _verify_rows(session, row)
        committed = [rows.to_event(row) for row in events]
        for event in committed:
            _verify_links(session, event, committed)
        return len(events)


def _verify_chain(events: list[EventRow], head: HeadRow | None) -> None:
    previous = NO_PREVIOUS_HASH
    for expected, row in enumerate(events):
        if row.version != expected:
            raise LedgerDamaged(expected, "the version is missing")
        if row.prev_hash != previous or row.hash != chain_hash(previous, rows.hashed_columns(row)):
            raise LedgerDamaged(expected, "its hash does not fit")
        previous = row.hash
    if head is None or (head.version, head.hash) != (len(events) - 1, previous):
        raise LedgerDamaged(len(events) - 1, "it is not the head")


def _verify_rows(session: Session, row: EventRow) -> None:
    event = rows.to_event(row)
    if event.kind is EventKind.IMPORT:
        _verify_import(session, event)
    else:
        _verify_facts(session, event)
    query = select(ArtifactRow).where(ArtifactRow.version == row.version)
    patches = session.exec(query.order_by(col(ArtifactRow.position))).all()
    found_patches = [(patch.edit, patch.patch_sha256) for patch in patches]
    if found_patches != [(patch.edit, patch.sha256) for patch in event.content.patches]:
        raise LedgerDamaged(row.version, "its list of patches was changed")


def _verify_import(session: Session, event: Event) -> None:
    imported = event.content.imported
    found = fact_rows.rows_hash(fact_rows.changed_by(session, event.version))
    if imported is None or found != imported.rows_sha256:
        raise LedgerDamaged(event.version, "its facts were changed")


def _verify_facts(session: Session, event: Event) -> None:
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
    if not agrees or removed_facts != set(map(_period, changes.all_retracted)) - asserted:
        raise LedgerDamaged(version, "its facts were changed")


def _period(fact: Triple) -> tuple[Triple, str | None]:
    """Return a fact with its end: the same fact in another period is another one."""
    return fact, fact.valid_to


def _verify_links(session: Session, event: Event, events: Sequence[Event]) -> None:
    if event.kind is EventKind.REVERT:
        kinds = {events[each].kind for each in event.targets if 0 <= each < event.version}
        earlier = all(0 <= each < event.version for each in event.targets)
        if not event.targets or not earlier or not kinds <= RECORDED_KINDS:
            raise LedgerDamaged(event.version, "it takes back what cannot be taken back")
    if event.kind is EventKind.ROLLBACK:
        target = event.target_version
        if target is None or not 0 <= target < event.version:
            raise LedgerDamaged(event.version, "it rolls back to no earlier version")
        then, now = events[target].content, event.content
        same_weights = (then.patches, then.state_hash) == (now.patches, now.state_hash)
        if not same_weights or not fact_rows.same_facts(session, target, event.version):
            raise LedgerDamaged(event.version, f"it does not restore version {target}")
