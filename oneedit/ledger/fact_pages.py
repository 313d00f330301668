"""Facts of a version, a page at a time, and their numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, tuple_
from sqlmodel import col, select

from kg_data.triples import Triple
from oneedit.ledger import fact_rows, rows
from oneedit.ledger.ledger import Ledger, StoredFact
from oneedit.ledger.tables import FactRow


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFilter:
    """Which facts are meant; a field that is empty leaves all.

    Attributes:
        subject, object: id of the entity, or a literal object.
        relation: name of the relation.
    """

    subject: str = ""
    relation: str = ""
    object: str = ""


def fact_page(
    ledger: Ledger, wanted: FactFilter, version: int, *, after: Triple | None, limit: int
) -> list[StoredFact]:
    """Return the active facts of a version that are meant, sorted, at most ``limit``.

    Args:
        ledger: holds them.
        wanted: which.
        version: the version.
        after: the last fact of the page before.
        limit: how many.
    """
    columns = (col(FactRow.s), col(FactRow.p), col(FactRow.o))
    query = select(FactRow).where(*fact_rows.active_at(version)).order_by(*columns).limit(limit)
    values = (wanted.subject, wanted.relation, wanted.object)
    for column, value in zip(columns, values, strict=True):
        if value:
            query = query.where(column == value)
    if after is not None:
        query = query.where(tuple_(*columns) > (after.subject, after.relation, after.object))
    with ledger.reading() as session:
        return [
            StoredFact(rows.to_triple(row), row.cause, row.added, row.removed)
            for row in session.exec(query)
        ]


def fact_counts(ledger: Ledger, entities: Sequence[str], version: int) -> Counter[str]:
    """Return of how many active facts of a version each entity is the subject or the object.

    Args:
        ledger: holds the facts.
        entities: ids, each once.
        version: the version.
    """
    counts: Counter[str] = Counter()
    with ledger.reading() as session:
        for start in range(0, len(entities), fact_rows.MOST_NAMES):
            chunk = entities[start : start + fact_rows.MOST_NAMES]
            for column in (col(FactRow.s), col(FactRow.o)):
                query = select(column, func.count()).where(column.in_(chunk))
                counted = query.where(*fact_rows.active_at(version)).group_by(column)
                counts.update(dict(session.exec(counted).all()))
    return counts
