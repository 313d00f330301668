"""A real PostgreSQL is killed under four writers: nothing that was acknowledged is lost."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from oneedit.errors import LedgerUnavailable
from oneedit.ledger.genesis import ensure_genesis
from oneedit.ledger.ledger import Ledger
from oneedit.ledger.location import Location
from oneedit.ledger.verification import verify
from tests.postgres.server import PostgresServer
from tests.support.fakes import BOOK
from tests.unit.oneedit.ledger.test_ledger import GENESIS, draft

pytestmark = pytest.mark.postgres

WRITERS, KILLS = 4, 12
PROGRESS = 3
"""Commits of each writer that are acknowledged between a restart and the next kill, at least."""

PATIENCE_SECONDS = 60.0


@dataclass
class Writers:
    """Processes that commit to one ledger, and what each was told."""

    folder: Path
    url: str

    def __post_init__(self) -> None:
        self.names = [f"writer{number}" for number in range(WRITERS)]
        self._processes = [self._start(name) for name in self.names]

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        module = "tests.postgres.writer_child"
        files = (str(self._acks(name)), str(self.folder / "stop"))
        return subprocess.Popen(
            [sys.executable, "-m", module, self.url, str(self.folder), name, *files]
        )

    def lines(self, name: str) -> list[dict[str, object]]:
        """Return what a writer has written down."""
        path = self._acks(name)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def go_on(self) -> None:
        """Wait until each writer got some more commits acknowledged."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        wanted = {name: len(self.lines(name)) + PROGRESS for name in self.names}
        while any(len(self.lines(name)) < count for name, count in wanted.items()):
            assert time.monotonic() < deadline, "the writers do not go on"
            assert all(each.poll() is None for each in self._processes), "a writer has ended"
            time.sleep(0.02)

    def stop(self) -> None:
        """Let each end after its commit."""
        (self.folder / "stop").touch()
        assert [each.wait(PATIENCE_SECONDS) for each in self._processes] == [0] * WRITERS

    def kill(self) -> None:
        """End those that still run."""
        for each in self._processes:
            each.kill()
            each.wait()

    def _acks(self, name: str) -> Path:
        return self.folder / f"{name}.acks"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Run a server that no other test uses."""
    server = PostgresServer()
    server.create()
    yield server
    server.stop()


def test_no_acknowledged_commit_is_lost_or_doubled(server: PostgresServer, tmp_path: Path) -> None:
    url = server.new_database()
    location = Location.in_home(tmp_path, SecretStr(url))
    ledger = Ledger.open(location, BOOK)
    ensure_genesis(ledger, GENESIS)
    ledger.close()
    writers, chance = Writers(tmp_path, url), random.Random(21)
    try:
        for _ in range(KILLS):
            writers.go_on()
            time.sleep(chance.uniform(0, 0.05))
            server.kill()
            server.start()
        writers.go_on()
        writers.stop()
    finally:
        writers.kill()
    check(location, writers)


def test_a_commit_whose_answer_was_lost_is_found_by_its_key(
    server: PostgresServer, tmp_path: Path
) -> None:
    ledger = Ledger.open(Location.in_home(tmp_path, SecretStr(server.new_database())), BOOK)
    ensure_genesis(ledger, GENESIS)
    keyed = replace(draft(), idem="key", request_sha="request")
    dialect = ledger._write_engine.dialect
    committed = dialect.do_commit

    def commit_and_lose(connection: Any) -> None:
        committed(connection)
        server.kill()
        connection.execute("SELECT 1")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dialect, "do_commit", commit_and_lose)
        with pytest.raises(LedgerUnavailable, match="send it again with the same idempotency key"):
            ledger.commit(keyed)
    with pytest.raises(LedgerUnavailable, match="no connection to PostgreSQL"):
        ledger.head()
    server.start()
    stored = ledger.find_idempotent("me", "key", "request")
    assert stored is not None
    assert (stored.version, ledger.head(), verify(ledger)) == (1, 1, 2)
    ledger.close()


def check(location: Location, writers: Writers) -> None:
    """Compare the ledger with what the writers were told."""
    ledger = Ledger.open(location, BOOK)
    assert verify(ledger) == ledger.head() + 1
    stored = {(event.actor, str(event.idem)): event.version for event in ledger.events(after=0)}
    told = {
        (name, str(line["key"])): line["version"]
        for name in writers.names
        for line in writers.lines(name)
        if "key" in line
    }
    lost = {key for key, version in told.items() if stored.get(key) != version}
    doubled = ledger.head() - len(stored)
    ends = Counter[str]()
    for name in writers.names:
        ends.update({key: int(str(value)) for key, value in writers.lines(name)[-1].items()})
    print(  # noqa: T201  shown with -s
        f"{KILLS} kills, {WRITERS} writers: {len(told)} acknowledged, {len(lost)} lost, "
        f"{doubled} doubled, {len(stored) - len(told)} never acknowledged, "
        f"{ends['lost']} connections lost, {ends['found']} commits found again"
    )
    ledger.close()
    assert (lost, doubled) == (set(), 0)
    assert stored == told  # every commit was sent until it was acknowledged
    assert ends["lost"] >= KILLS
