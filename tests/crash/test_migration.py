"""SIGKILL before every statement of the migrations: the ledger is the old one, or the new one."""

import multiprocessing
import os
import shutil
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from oneedit.ledger import engine as engines
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.schema import found_revision, newest_revision
from oneedit.ledger.verification import verify
from oneedit.upkeep.start import open_checked
from tests.crash.checks import STRIDE
from tests.support.fakes import BOOK, LOCAL, application

FIRST = "0001"
EDITS = ("Joe Biden was born in Oakland.", "Donald Trump was born in Paris.")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a home with edits whose ledger has its first tables."""
    home = tmp_path / "old"
    oneedit = application(home)
    for text in EDITS:
        oneedit.service.submit(LOCAL, text)
    oneedit.close()
    engine = engines.open_write(Location.in_home(home))
    engines.downgrade(engine, FIRST)
    engine.dispose()
    return home


def test_a_kill_in_a_migration_leaves_the_old_ledger_or_the_new_one(
    old: Path, tmp_path: Path
) -> None:
    newest = newest_revision(engines.alembic_config())
    before, nth, kept_old = events_of(old), 1, 0
    while True:
        home = tmp_path / str(nth)
        shutil.copytree(old, home)
        if not is_killed(home, nth):
            break
        revision = revision_of(home)
        assert revision in {FIRST, newest}
        if revision == FIRST:
            kept_old = nth
            assert events_of(home) == before
        with closing(open_checked(home, BOOK)) as ledger:
            assert verify(ledger) == len(EDITS) + 1
        nth += STRIDE
    assert kept_old > 40
    assert revision_of(home) == newest


def is_killed(home: Path, nth: int) -> bool:
    """Tell whether a process that opens a home was killed before its nth statement."""
    child = multiprocessing.get_context("fork").Process(target=open_until, args=(home, nth))
    child.start()
    child.join(60)
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode != 0


def open_until(home: Path, nth: int) -> None:
    """Open a home, and kill this process before the nth statement."""
    left = [nth]

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    Ledger.open(Location.in_home(home), BOOK).close()


def revision_of(home: Path) -> str | None:
    engine = engines.open_read(Location.in_home(home))
    with engine.connect() as connection:
        found = found_revision(connection)
    engine.dispose()
    return found


def events_of(home: Path) -> list[tuple[Any, ...]]:
    engine = engines.open_read(Location.in_home(home))
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM event ORDER BY version").all()
    engine.dispose()
    return [tuple(row) for row in rows]
