"""The two engines of a ledger, on either database, and the migrations that create its tables."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

from oneedit.ledger.failures import refuse_unstorable, translate_errors
from oneedit.ledger.location import Location
from oneedit.ledger.postgres import PostgresDatabase
from oneedit.ledger.schema import check_revision
from oneedit.ledger.sqlite import SqliteDatabase

MIGRATIONS = Path(__file__).parent / "migrations"


class Database(Protocol):
    """What a kind of database does in its own way."""

    def open_write(self) -> Engine:
        """Return an engine whose transactions may write; its commits are durable."""
        ...

    def open_read(self) -> Engine:
        """Return a read-only engine; each of its transactions sees one committed state."""
        ...

    @staticmethod
    def migrating(engine: Engine) -> AbstractContextManager[Connection]:
        """Open a transaction for migrations, while no other process migrates."""
        ...

    @staticmethod
    def lock_head(connection: Connection) -> None:
        """Keep other writers out until the transaction ends; its first statement."""
        ...

    @staticmethod
    def check_durable(connection: Connection) -> None:
        """Check that a commit is on disk when it returns."""
        ...


_KINDS: dict[str, type[Database]] = {"sqlite": SqliteDatabase, "postgresql": PostgresDatabase}


def open_write(place: Path | Location) -> Engine:
    """Return an engine whose transactions, begun by ``lock_head``, write one at a time.

    Raises:
        BadDatabaseUrl: the location is not the address of a PostgreSQL database.
    """
    engine = _database(place).open_write()
    refuse_unstorable(engine)
    return engine


def open_read(place: Path | Location) -> Engine:
    """Return a read-only engine; each of its transactions sees one committed state.

    Raises:
        BadDatabaseUrl: the location is not the address of a PostgreSQL database.
    """
    engine = _database(place).open_read()
    refuse_unstorable(engine)
    return engine


def lock_head(connection: Connection) -> None:
    """Keep other writers out until the transaction ends; call it before anything else."""
    _KINDS[connection.dialect.name].lock_head(connection)


def check_durable(engine: Engine) -> None:
    """Check that a commit of a write engine is on disk when it returns.

    Raises:
        LedgerNotDurable: it may be lost when the machine stops; says what to set.
        LedgerUnavailable: the database cannot be used.
    """
    with translate_errors(), engine.connect() as connection:
        _KINDS[connection.dialect.name].check_durable(connection)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Migrate the tables up to a revision, by default the newest, in one transaction.

    Raises:
        LedgerNewer: the tables are those of a newer OneEdit.
        LedgerUnavailable: the database cannot be used.
    """
    _migrate(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate the tables back to an earlier revision, or "base", in one transaction.

    Raises:
        LedgerNewer: the tables are those of a newer OneEdit.
        LedgerUnavailable: the database cannot be used.
    """
    _migrate(engine, command.downgrade, revision)


def alembic_config() -> Config:
    """Return the configuration of Alembic: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate(engine: Engine, step: Callable[[Config, str], None], revision: str) -> None:
    config = alembic_config()
    with translate_errors(), _KINDS[engine.dialect.name].migrating(engine) as connection:
        check_revision(connection, config)
        config.attributes["connection"] = connection
        step(config, revision)


def _database(place: Path | Location) -> Database:
    location = Location.of(place)
    if location.in_file:
        return SqliteDatabase(location.path)
    return PostgresDatabase.at(location.url.get_secret_value())
