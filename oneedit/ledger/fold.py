"""A digest of the facts that hold at a version, kept in its event and so in the hash chain.

The digest is the sum of the hashes of the fact rows that no version has removed. A sum does not
depend on the order of the rows, and a commit updates it from its own changes alone.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from kg_data.changes import Changes
from oneedit.ledger import fact_rows, rows
from oneedit.ledger.tables import EventRow, FactRow

MODULUS = 1 << 256
SEPARATOR = "\x1f"
"""Stands between the columns of a row; names of entities hold no control characters."""


def genesis_fold(changes: Changes) -> str:
    """Return the digest of version 0."""
    facts = [(fact, "asserted") for fact in changes.added]
    facts += [(fact, "derived") for fact in changes.derived_added]
    texts = (
        _text(fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to, cause)
        for fact, cause in facts
    )
    return _hex(_sum(texts))


def next_fold(session: Session, changes: Changes) -> str:
    """Return the digest after changes that are committed next; called before the rows change.

    It continues the digest of the last event; an event written before there was one has none, and
    then all rows are read.
    """
    before = recorded_fold(session)
    total = int(before, 16) if before else int(fold_of_rows(session), 16)
    ended = (_row_text(row) for row in fact_rows.rows_to_end(session, changes))
    added = [(fact, "asserted") for fact in changes.added]
    added += [(fact, "derived") for fact in changes.derived_added]
    new = (
        _text(fact.subject, fact.relation, fact.object, fact.valid_from, fact.valid_to, cause)
        for fact, cause in added
    )
    return _hex(total - _sum(ended) + _sum(new))


def recorded_fold(session: Session) -> str:
    """Return the digest in the last event, or "" if it was written before there were digests."""
    last = session.exec(select(EventRow).order_by(col(EventRow.version).desc()).limit(1)).first()
    return "" if last is None else rows.to_event(last).content.fold


def fold_of_rows(session: Session) -> str:
    """Return the digest of the fact rows as they are."""
    return _hex(_sum(session.connection().execute(_texts()).scalars()))


def count_of_rows(session: Session) -> int:
    """Return the number of fact rows that no version has removed."""
    query = select(func.count()).select_from(FactRow).where(col(FactRow.removed).is_(None))
    return session.exec(query).one()


def _texts() -> SelectOfScalar[str]:
    """Return the query for the text of each row that no version has removed."""
    columns = (FactRow.s, FactRow.p, FactRow.o, FactRow.valid_from, FactRow.valid_to, FactRow.cause)
    parts = [func.coalesce(col(column), "") for column in columns]
    text: ColumnElement[str] = parts[0]
    for part in parts[1:]:
        text = text.concat(SEPARATOR).concat(part)
    return select(text).where(col(FactRow.removed).is_(None))


def _row_text(row: FactRow) -> str:
    return _text(row.s, row.p, row.o, row.valid_from, row.valid_to, row.cause)


def _text(*columns: str | None) -> str:
    return SEPARATOR.join(value or "" for value in columns)


def _sum(texts: Iterable[str]) -> int:
    sha256, number = hashlib.sha256, int.from_bytes  # looked up once: there may be 100,000 texts
    return sum(number(sha256(text.encode()).digest()) for text in texts)


def _hex(total: int) -> str:
    return f"{total % MODULUS:064x}"
