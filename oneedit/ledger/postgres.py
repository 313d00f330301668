"""The ledger in a PostgreSQL database.

A writing transaction first locks the one row of the head, so that writers come one after the
other and, under READ COMMITTED, see what the one before has committed. A reading transaction is
REPEATABLE READ and cannot write, so that it sees one committed state.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from oneedit.errors import BadDatabaseUrl, LedgerNotDurable
from oneedit.ledger.failures import LOCK_TIMEOUT

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
STATEMENT_TIMEOUT = 120_000
"""Milliseconds that a statement may take; a migration may take any time."""

IDLE_WRITE, IDLE_READ = 60_000, 600_000
"""Milliseconds after which the server ends a transaction whose client does nothing."""

CONNECT_SECONDS = 10
MIGRATION_LOCK = 0x6F6E6565646974  # "oneedit"
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class PostgresDatabase:
    """Two engines on one database.

    Attributes:
        url: its address, for psycopg 3.
    """

    url: URL

    @classmethod
    def at(cls, address: str) -> Self:
        """Return the database at an address such as postgresql://user:password@host/name.

        Raises:
            BadDatabaseUrl: it is not the address of a PostgreSQL database.
        """
        try:
            url = make_url(address)
        except (ArgumentError, ValueError) as error:
            raise BadDatabaseUrl from error
        if url.drivername not in SCHEMES:
            raise BadDatabaseUrl
        return cls(url.set(drivername="postgresql+psycopg"))

    def open_write(self) -> Engine:
        """Return an engine for READ COMMITTED transactions that begin with ``lock_head``."""
        engine = self._create(pool_size=2, isolation_level="READ COMMITTED")
        _prepare(engine, idle=IDLE_WRITE)
        return engine

    def open_read(self) -> Engine:
        """Return a read-only engine; each of its transactions sees one committed state."""
        engine = self._create(pool_size=8, isolation_level="REPEATABLE READ")
        _prepare(engine, idle=IDLE_READ)
        return engine.execution_options(postgresql_readonly=True)

    def _create(self, *, pool_size: int, isolation_level: str) -> Engine:
        return create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=LOCK_TIMEOUT / 1000,
            pool_pre_ping=True,
            isolation_level=isolation_level,
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "oneedit"},
        )

    @staticmethod
    @contextmanager
    def migrating(engine: Engine) -> Iterator[Connection]:
        """Open a transaction for migrations; others that migrate wait until it ends."""
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            yield connection

    @staticmethod
    def lock_head(connection: Connection) -> None:
        """Wait until no other transaction writes, and keep others from it until the end."""
        found = connection.exec_driver_sql("SELECT version FROM head WHERE id = 1 FOR UPDATE")
        if found.first() is None:  # before version 0 there is no row to lock
            connection.exec_driver_sql("LOCK TABLE head IN SHARE ROW EXCLUSIVE MODE")

    @staticmethod
    def check_durable(connection: Connection) -> None:
        """Check that a commit is on disk when it returns, and that every text can be kept.

        Raises:
            LedgerNotDurable: the server, the role or the database is set up otherwise.
        """
        names = ", ".join(f"'{name}'" for name in (*_DURABLE, "server_encoding"))
        query = f"SELECT name, setting FROM pg_settings WHERE name IN ({names})"  # noqa: S608
        settings = {name: value for name, value in connection.exec_driver_sql(query)}  # noqa: C416
        for name in _DURABLE:
            if settings[name] == "off":
                raise LedgerNotDurable(
                    f"PostgreSQL runs with {name} = off",
                    f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf(); and take back what "
                    "ALTER ROLE or ALTER DATABASE have set otherwise",
                )
        if settings["server_encoding"] != "UTF8":
            raise LedgerNotDurable(
                f"the database has the encoding {settings['server_encoding']}",
                "create it anew: CREATE DATABASE oneedit ENCODING 'UTF8' TEMPLATE template0",
            )


def _prepare(engine: Engine, *, idle: int) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own type
        before, connection.autocommit = connection.autocommit, True
        for name, milliseconds in (
            ("lock_timeout", LOCK_TIMEOUT),
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", idle),
        ):
            connection.execute(f"SET SESSION {name} = {milliseconds}")
        connection.autocommit = before
