"""Transactions that were in each other's way, and errors of the two drivers."""

import sqlite3
from pathlib import Path

import psycopg.errors
import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oneedit.errors import FactRefused, LedgerBusy, LedgerUnavailable
from oneedit.ledger import failures
from oneedit.ledger.failures import ATTEMPTS, retried, translate_errors


class Flaky:
    """A transaction that is in another's way some times."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.left, self.error, self.tries = failures, error, 0

    def commit(self, value: str) -> str:
        self.tries += 1
        if self.tries <= self.left:
            raise self.error
        return value


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""
    monkeypatch.setattr(failures, "FIRST_WAIT", 0.0)


def test_a_transaction_that_was_in_the_way_runs_again() -> None:
    flaky = Flaky(ATTEMPTS - 1, LedgerBusy("deadlock"))
    assert retried(flaky.commit)("kept") == "kept"
    assert flaky.tries == ATTEMPTS


def test_it_is_given_up_after_five_attempts() -> None:
    flaky = Flaky(99, LedgerBusy("deadlock"))
    with pytest.raises(LedgerUnavailable, match="deadlock"):
        retried(flaky.commit)("lost")
    assert flaky.tries == ATTEMPTS == 5


def test_it_is_not_begun_again_after_the_time_of_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "LOCK_TIMEOUT", -1)
    flaky = Flaky(99, LedgerBusy("locked"))
    with pytest.raises(LedgerBusy):
        retried(flaky.commit)("lost")
    assert flaky.tries == 1


def test_a_lost_connection_is_not_tried_again_because_it_may_have_committed() -> None:
    flaky = Flaky(99, LedgerUnavailable("gone"))
    with pytest.raises(LedgerUnavailable):
        retried(flaky.commit)("unknown")
    assert flaky.tries == 1


def raised(error: Exception) -> None:
    with translate_errors():
        raise error


@pytest.mark.parametrize(
    "code", [psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected]
)
def test_serialisation_failures_and_deadlocks_may_be_tried_again(
    code: type[psycopg.Error],
) -> None:
    with pytest.raises(LedgerBusy, match="no change"):
        raised(OperationalError("", None, code("no\nchange")))


def test_a_locked_file_may_be_tried_again(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "file", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    other = sqlite3.connect(tmp_path / "file", timeout=0)
    with pytest.raises(sqlite3.OperationalError) as caught:
        other.execute("BEGIN IMMEDIATE")
    other.close()
    holder.close()
    with pytest.raises(LedgerBusy, match="database is locked"):
        raised(OperationalError("", None, caught.value))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (psycopg.errors.LockNotAvailable("x"), "held its lock for more than 30 seconds"),
        (psycopg.OperationalError("server closed"), "no connection .* same idempotency key"),
        (psycopg.errors.AdminShutdown("bye"), "no connection to PostgreSQL"),
        (psycopg.errors.InvalidPassword("who"), "no connection to PostgreSQL"),
        (psycopg.errors.DiskFull("full"), "full"),
        (psycopg.errors.UndefinedTable("no head"), "^the ledger cannot be used: no head$"),
        (sqlite3.OperationalError("disk I/O error"), "^the ledger cannot be used: disk I/O error$"),
    ],
)
def test_other_failures_say_what_happened(error: Exception, text: str) -> None:
    with pytest.raises(LedgerUnavailable, match=text) as caught:
        raised(OperationalError("", None, error))
    assert not isinstance(caught.value, LedgerBusy)


def test_no_free_connection_is_told() -> None:
    with pytest.raises(LedgerUnavailable, match="all connections"):
        raised(PoolTimeout("QueuePool limit"))


def test_a_violated_constraint_is_a_refused_fact() -> None:
    with pytest.raises(FactRefused, match="twice"):
        raised(IntegrityError("", None, psycopg.errors.UniqueViolation("twice")))
