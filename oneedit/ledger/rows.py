"""Conversion between table rows and the values that the rest of OneEdit uses."""

import json
from collections.abc import Iterable, Mapping

from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.ledger.events import (
    Event,
    EventDraft,
    EventKind,
    Step,
    from_payload,
    targets_of,
)
from oneedit.ledger.hashing import chain_hash
from oneedit.ledger.tables import EventRow, FactRow


def fact_columns(
    fact: Triple, book: RelationBook, *, version: int, cause: str
) -> dict[str, object]:
    """Return the columns of a fact that ``version`` adds."""
    return {
        "s": fact.subject,
        "p": fact.relation,
        "o": fact.object,
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "functional": int(book[fact.relation].functional),
        "inv_functional": int(book.inverse_functional(fact.relation)),
        "added": version,
        "cause": cause,
    }


def to_triple(row: FactRow) -> Triple:
    """Return the fact of a row."""
    return Triple(row.s, row.p, row.o, row.valid_from, row.valid_to)


def to_event_row(
    draft: EventDraft, *, version: int, payload: str, previous: str, now: str
) -> EventRow:
    """Return the row of an event, with its hash."""
    row = EventRow(
        version=version,
        idem=draft.idem,
        request_sha=draft.request_sha,
        actor=draft.actor,
        kind=draft.kind,
        reason=draft.reason,
        base_version=draft.base_version,
        target_version=draft.target_version,
        payload=payload,
        prev_hash=previous,
        hash="",
        created_at=now,
    )
    row.hash = chain_hash(previous, hashed_columns(row))
    return row


def hashed_columns(row: EventRow) -> Mapping[str, object]:
    """Return the columns that an event's hash covers: all but the hashes."""
    return row.model_dump(exclude={"prev_hash", "hash"})


def to_event(row: EventRow) -> Event:
    """Return the event of a row."""
    return Event(
        actor=row.actor,
        kind=EventKind(row.kind),
        reason=row.reason,
        base_version=row.base_version,
        target_version=row.target_version,
        idem=row.idem,
        request_sha=row.request_sha,
        content=from_payload(json.loads(row.payload)),
        version=row.version,
        prev_hash=row.prev_hash,
        hash=row.hash,
        created_at=row.created_at,
    )


def to_step(version: int, kind: str, target_version: int | None, payload: str | None) -> Step:
    """Return the step of an event; ``payload`` is that of a REVERT, else None."""
    targets: tuple[int, ...] = ()
    if payload is not None:
        targets = targets_of(json.loads(payload).get("targets", ()), target_version)
    return Step(version, EventKind(kind), target_version, targets)


def canonical_rows(facts: Iterable[tuple[Triple, str]]) -> list[list[str | None]]:
    """Return facts and their causes as plain rows in a fixed order, to be hashed."""
    rows = [
        [fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to, cause]
        for fact, cause in facts
    ]
    return sorted(rows, key=lambda row: [value or "" for value in row])
