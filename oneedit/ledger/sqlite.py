"""The ledger in a SQLite file.

The write engine takes the write lock at BEGIN, so that nothing it has read can change before it
commits; the read engine cannot write. Both see committed states only (WAL).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from oneedit.errors import LedgerNotDurable
from oneedit.ledger.failures import LOCK_TIMEOUT

FULL = 2
"""``PRAGMA synchronous`` from which on a commit is on disk when it returns."""


@dataclass(frozen=True, slots=True)
class SqliteDatabase:
    """Two engines on one file.

    Attributes:
        path: the file; made where it is missing.
    """

    path: Path

    def open_write(self) -> Engine:
        """Return an engine whose transactions begin with BEGIN IMMEDIATE, one at a time."""
        engine = self._create(pool_size=1)
        pragmas = ("synchronous = FULL", "foreign_keys = ON")
        _prepare(engine, begin="BEGIN IMMEDIATE", pragmas=pragmas)
        return engine

    def open_read(self) -> Engine:
        """Return a read-only engine; each of its transactions sees one committed state."""
        engine = self._create(pool_size=8)
        _prepare(engine, begin="BEGIN", pragmas=("query_only = ON", "foreign_keys = ON"))
        return engine

    def _create(self, *, pool_size: int) -> Engine:
        return create_engine(
            URL.create("sqlite", database=str(self.path)),  # a text would be parsed: "?", "%"
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            connect_args={"timeout": LOCK_TIMEOUT / 1000, "check_same_thread": False},
        )

    @staticmethod
    @contextmanager
    def migrating(engine: Engine) -> Iterator[Connection]:
        """Open a transaction for migrations; it holds the file's write lock.

        Foreign keys are off meanwhile: a table that is made anew is dropped while others refer to
        it.
        """
        with engine.connect() as connection:
            cursor = connection.connection.cursor()  # the engine's own would begin a transaction
            cursor.execute("PRAGMA foreign_keys = OFF")
            try:
                with connection.begin():
                    yield connection
            finally:
                cursor.execute("PRAGMA foreign_keys = ON")
                cursor.close()

    @staticmethod
    def lock_head(connection: Connection) -> None:
        """Do nothing: the transaction holds the file's write lock since it began."""

    @staticmethod
    def check_durable(connection: Connection) -> None:
        """Check that a commit is on disk when it returns.

        Raises:
            LedgerNotDurable: SQLite does not wait for the disk.
        """
        found = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        if found < FULL:
            raise LedgerNotDurable(
                f"SQLite runs with synchronous = {found}",
                "use a SQLite library that accepts PRAGMA synchronous = FULL",
            )


def _prepare(engine: Engine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own type
        connection.isolation_level = None  # the driver would open transactions late
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT}")
        cursor.execute("PRAGMA journal_mode = WAL")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
