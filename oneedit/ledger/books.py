"""The relation book of each version, in the transaction of the event that changes it.

The row of a version holds the whole text, and its event the hash of it. A version without a row has
the book of the one before.
"""

from collections.abc import Mapping

from sqlalchemy import func, inspect, update
from sqlmodel import Session, col, select

from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.fact_rows import active_at
from oneedit.ledger.rows import to_triple
from oneedit.ledger.tables import BookRow, FactRow


def row_at(session: Session, version: int | None = None) -> BookRow | None:
    """Return the row of the book that a version has, by default the last one.

    Returns:
        None for ledgers that were made before books were kept.
    """
    if not inspect(session.connection()).has_table(BookRow.__tablename__):
        return None
    query = select(BookRow).order_by(col(BookRow.version).desc()).limit(1)
    if version is not None:
        query = query.where(BookRow.version <= version)
    return session.exec(query).first()


def same(session: Session, since: int, until: int) -> bool:
    """Tell whether two versions have the same book."""
    rows = (row_at(session, version) for version in (since, until))
    return len({None if row is None else row.sha256 for row in rows}) == 1


def keep(session: Session, record: BookRecord, *, version: int) -> None:
    """Insert the row of the book that a version brings."""
    session.add(BookRow(version=version, sha256=record.sha256, content=record.text))
    session.flush()


def change(session: Session, record: BookRecord | None, *, version: int) -> RelationBook | None:
    """Keep the book that a version brings, and let the rows of facts that hold go by it.

    Returns:
        The book; None if the version brings none.

    Raises:
        FactRefused: facts that hold contradict it.
    """
    if record is None:
        return None
    keep(session, record, version=version)
    book = RelationBook.parse(record.text)
    put_constraints(session, book)
    return book


def constraints(book: RelationBook) -> Mapping[str, tuple[bool, bool]]:
    """Return which relations of a book have one object at a time, and which one subject."""
    return {name: (book[name].functional, book.inverse_functional(name)) for name in book.names()}


def put_constraints(session: Session, book: RelationBook) -> None:
    """Let the rows of facts that hold say which slots of a book have one value."""
    for name, (functional, inverse) in constraints(book).items():
        flags = {"functional": int(functional), "inv_functional": int(inverse)}
        other = (col(FactRow.functional) != flags["functional"]) | (
            col(FactRow.inv_functional) != flags["inv_functional"]
        )
        held = (col(FactRow.p) == name, col(FactRow.removed).is_(None))
        session.connection().execute(update(FactRow).where(*held, other).values(**flags))
    session.expire_all()


def facts_by_cause(session: Session, cause: str) -> tuple[Triple, ...]:
    """Return the facts that hold, asserted or derived ones."""
    query = select(FactRow).where(
        FactRow.cause == cause, col(FactRow.removed).is_(None), col(FactRow.valid_to).is_(None)
    )
    return tuple(map(to_triple, session.exec(query.order_by(col(FactRow.id)))))


def counts(session: Session, *, version: int | None = None) -> Mapping[str, int]:
    """Return the number of facts by relation: of a version, or of all versions together."""
    query = select(FactRow.p, func.count()).group_by(FactRow.p)
    if version is not None:
        query = query.where(*active_at(version))
    return dict(session.exec(query).all())
