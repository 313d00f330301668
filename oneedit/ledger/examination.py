"""What the database itself says about a ledger: revision, integrity, protection of the events."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from kg_data.entities import Entity
from oneedit.ledger import engine as engines
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.schema import check_revision, found_revision, newest_revision
from oneedit.ledger.tables import EntityRow

APPEND_ONLY = (
    "event",
    "book",
    "proposal_event",
    "ticket_step",
    "account_step",
    "job_change",
    "job_slot",
    "job_line",
)
"""Tables whose rows stay as they were inserted."""

TRIGGERS = frozenset(
    f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")
)
"""Triggers by which SQLite refuses to change history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCondition:
    """The condition of a ledger's database.

    Attributes:
        revision, newest: the revision of the tables, and the newest one known here.
        integrity: what the database finds wrong in its own file; of SQLite only.
        foreign_keys: tables with rows that refer to a row that is not there; of SQLite only.
        triggers: triggers that protect the history and are missing; of SQLite only.
    """

    revision: str | None
    newest: str
    integrity: tuple[str, ...] = ()
    foreign_keys: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()


def examine(ledger: Ledger) -> LedgerCondition:
    """Return the condition of a ledger's database.

    Raises:
        LedgerUnavailable: it cannot be read, or its revision is not recorded.
        LedgerNewer: a newer OneEdit has changed its tables.
    """
    config = engines.alembic_config()
    with ledger.reading() as session:
        connection = session.connection()
        check_revision(connection, config)
        revision, newest = found_revision(connection), newest_revision(config)
        if connection.dialect.name != "sqlite":
            return LedgerCondition(revision=revision, newest=newest)
        found = _column(session, "PRAGMA integrity_check")
        broken = _column(session, "PRAGMA foreign_key_check")
        kept = _column(session, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return LedgerCondition(
        revision=revision,
        newest=newest,
        integrity=tuple(text for text in found if text != "ok"),
        foreign_keys=tuple(sorted(set(broken))),
        triggers=tuple(sorted(TRIGGERS.difference(kept))) if revision == newest else (),
    )


def entities_of_genesis(session: Session) -> dict[str, Entity]:
    """Return the entities of version 0 by id, as the rows have them."""
    found = session.exec(select(EntityRow).where(col(EntityRow.added) == 0))
    return {row.id: Entity(row.id, row.entity_class, row.qid) for row in found}


def _column(session: Session, statement: str) -> list[str]:
    return [str(row[0]) for row in session.connection().exec_driver_sql(statement)]
