"""Errors of both databases, translated; and the retry of transactions that were in the way."""

import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoResultFound,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oneedit.errors import FactRefused, LedgerBusy, LedgerDamaged, LedgerUnavailable, TextRefused

LOCK_TIMEOUT = 30_000
"""Milliseconds to wait for another process's transaction."""

ATTEMPTS = 5
FIRST_WAIT = 0.05
"""Longest wait in seconds before the second attempt; it doubles with each one."""

_IN_THE_WAY = ("40001", "40P01")  # serialization_failure, deadlock_detected
_LOCK_NOT_AVAILABLE = "55P03"
_NO_CONNECTION = ("08", "28", "53", "57P")  # broken, refused log-in, too many, shutting down
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

NO_ROOM = "; nothing was changed. Free some space where the home is, and try again"

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate database errors into those of :mod:`oneedit.errors`.

    Raises:
        FactRefused: a row violates a constraint.
        LedgerDamaged: a row that every ledger has is missing.
        LedgerBusy: another transaction was in the way; nothing was changed.
        LedgerUnavailable: the file is locked, full, read-only or not a database, or the server
            cannot be reached.
    """
    try:
        yield
    except IntegrityError as error:
        raise FactRefused(_one_line(error.orig)) from error
    except NoResultFound as error:
        raise LedgerDamaged(-1, "a row that every ledger has is missing") from error
    except PoolTimeout as error:
        raise LedgerUnavailable("all connections to its database are in use") from error
    except DBAPIError as error:
        raise _translated(error) from error
    except sqlite3.DatabaseError as error:  # of the statements that prepare a connection
        raise LedgerUnavailable(_one_line(error)) from error


def retried(commit: Callable[P, R]) -> Callable[P, R]:
    """Return a function that runs a whole transaction again if another one was in its way.

    The transaction runs at most ``ATTEMPTS`` times, with random waits, and is not begun again
    after ``LOCK_TIMEOUT``. The last failure is raised.
    """

    @wraps(commit)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        deadline = time.monotonic() + LOCK_TIMEOUT / 1000
        chance = random.SystemRandom()
        for attempt in range(ATTEMPTS - 1):
            try:
                return commit(*args, **kwargs)
            except LedgerBusy:
                if time.monotonic() > deadline:
                    raise
                time.sleep(chance.uniform(0, FIRST_WAIT * 2**attempt))
        return commit(*args, **kwargs)

    return run


def refuse_unstorable(engine: Engine) -> None:
    r"""Let an engine refuse texts that PostgreSQL cannot keep: NUL, and halves of UTF-16 pairs.

    SQLite would keep a NUL, so that both must refuse for one ledger to mean the same on both.
    Halves come from JSON (``"\ud800"``) and from a terminal whose locale is not UTF-8. Its
    transactions then raise :class:`~oneedit.errors.TextRefused`, in look-ups as well.
    """
    event.listen(engine, "before_cursor_execute", _check_parameters)


def _check_parameters(
    _connection: object,
    _cursor: object,
    _statement: str,
    parameters: object,
    _context: object,
    many: bool,  # noqa: FBT001
) -> None:
    for row in parameters if many and isinstance(parameters, list | tuple) else (parameters,):
        values = row.values() if isinstance(row, Mapping) else row
        for value in values if hasattr(values, "__iter__") else ():
            if isinstance(value, str) and _UNSTORABLE.search(value):
                raise TextRefused(value)


def _translated(error: DBAPIError) -> LedgerUnavailable:
    detail = _one_line(error.orig)
    if isinstance(error.orig, sqlite3.Error):
        return _translated_sqlite(error.orig, detail)
    state = getattr(error.orig, "sqlstate", None)
    if state in _IN_THE_WAY:
        return LedgerBusy(detail)
    if state == _LOCK_NOT_AVAILABLE:
        seconds = LOCK_TIMEOUT // 1000
        return LedgerUnavailable(
            f"another transaction has held its lock for more than {seconds} seconds; try again"
        )
    lost = isinstance(error, OperationalError | InterfaceError) and state is None
    if lost or error.connection_invalidated or (state or "").startswith(_NO_CONNECTION):
        return LedgerUnavailable(
            f"no connection to PostgreSQL ({detail}); a change that was being committed may have "
            "been kept: send it again with the same idempotency key"
        )
    return LedgerUnavailable(detail)


def _translated_sqlite(error: sqlite3.Error, detail: str) -> LedgerUnavailable:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return LedgerBusy(detail)
    return LedgerUnavailable(detail + NO_ROOM if code == sqlite3.SQLITE_FULL else detail)


def _one_line(error: BaseException | None) -> str:
    return " ".join(str(error).split())
