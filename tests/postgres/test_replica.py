"""A replica follows a ledger in PostgreSQL, as one on another machine does."""

from pathlib import Path

import pytest

from oneedit.ledger.ledger import Ledger
from oneedit.replicas.replica import Replica
from tests.support.fakes import BOOK, FakeEditor, FakePatches, application
from tests.support.replicas import do

pytestmark = pytest.mark.postgres


def test_a_replica_is_at_each_version_as_soon_as_it_is_asked(
    tmp_path: Path, postgres_url: str
) -> None:
    oneedit = application(tmp_path / "home", database_url=postgres_url)
    ledger = Ledger.at(oneedit.ledger.location, BOOK)
    replica = Replica(FakeEditor, ledger, FakePatches(oneedit.home / "patches"))
    for message in ("Joe Biden was born in Lyon.", "Joe Biden was born in Paris.", "undo"):
        do(oneedit, message)
        version = oneedit.ledger.head()
        reply = replica.answer("Where was Joe Biden born?", version=version, steps=False, timeout=5)
        assert (reply.version, reply.state_hash) == (version, oneedit.editor.live_hash())
    assert reply.text == "Lyon"
    replica.close()
    oneedit.close()
