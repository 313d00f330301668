"""Two engines on one SQLite file, and the migrations that create its tables.

The write engine takes the write lock at BEGIN, so that nothing it has read can change before it
commits; the read engine cannot write. Both see committed states only (WAL).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import QueuePool

from oneedit.errors import FactRefused, LedgerUnavailable

BUSY_TIMEOUT = 30_000
"""Milliseconds to wait for another process's transaction."""

MIGRATIONS = Path(__file__).parent / "migrations"


def open_write(path: Path) -> Engine:
    """Return an engine whose transactions begin with BEGIN IMMEDIATE, one at a time."""
    engine = _create(path, pool_size=1)
    _prepare(engine, begin="BEGIN IMMEDIATE", pragmas=("synchronous = FULL", "foreign_keys = ON"))
    return engine


def open_read(path: Path) -> Engine:
    """Return a read-only engine; each of its transactions sees one committed state."""
    engine = _create(path, pool_size=8)
    _prepare(engine, begin="BEGIN", pragmas=("query_only = ON", "foreign_keys = ON"))
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Migrate the tables to a revision, by default the newest, in one transaction.

    Foreign keys are off meanwhile: a table that is made anew is dropped while others refer to it.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with (
        translate_errors(),
        engine.connect() as connection,
        _without_foreign_keys(connection),
        connection.begin(),
    ):
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Turn foreign keys off for a block that begins outside of a transaction."""
    cursor = connection.connection.cursor()  # the engine's own would begin a transaction
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate database errors into those of :mod:`oneedit.errors`.

    Raises:
        FactRefused: a row violates a constraint.
        LedgerUnavailable: the file is locked, full, read-only or not a database.
    """
    try:
        yield
    except IntegrityError as error:
        raise FactRefused(str(error.orig)) from error
    except DatabaseError as error:
        raise LedgerUnavailable(str(error.orig)) from error


def _create(path: Path, *, pool_size: int) -> Engine:
    return create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT / 1000, "check_same_thread": False},
    )


def _prepare(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own type
        connection.isolation_level = None  # the driver would open transactions late
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        cursor.execute("PRAGMA journal_mode = WAL")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
