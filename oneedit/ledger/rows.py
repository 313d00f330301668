"""Between the ledger's rows and the values that the rest of OneEdit speaks of."""

import json
from collections.abc import Iterable, Mapping

from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.ledger.events import Event, EventDraft, EventKind, from_payload
from oneedit.ledger.hashing import chain
from oneedit.ledger.tables import EventRow, FactRow


def fact_row(fact: Triple, book: RelationBook, *, version: int, cause: str) -> dict[str, object]:
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


def triple(row: FactRow) -> Triple:
    """Return the fact of a row."""
    return Triple(row.s, row.p, row.o, row.valid_from, row.valid_to)


def event_row(
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
    row.hash = chain(previous, hashed(row))
    return row


def hashed(row: EventRow) -> Mapping[str, object]:
    """Return what an event's hash covers: every column but the hashes."""
    return row.model_dump(exclude={"prev_hash", "hash"})


def event(row: EventRow) -> Event:
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


def listed(facts: Iterable[tuple[Triple, str]]) -> list[list[str | None]]:
    """Return facts with their causes in an order of their own, to be hashed."""
    rows = [
        [fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to, cause]
        for fact, cause in facts
    ]
    return sorted(rows, key=lambda row: [value or "" for value in row])
