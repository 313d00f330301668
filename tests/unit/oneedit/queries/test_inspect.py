"""What ``verify`` finds: whatever is not as the hash chain recorded it."""

import sqlite3

import pytest

from kg_data.triples import Triple
from oneedit.errors import GraphMismatch, LedgerDamaged, StateMismatch
from oneedit.wiring import Application
from tests.support.fakes import LOCAL
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."


def test_what_was_not_touched_is_verified(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    result = oneedit.service.verify(LOCAL)
    assert (result.versions, result.patches) == (2, 1)
    assert result.facts == sum(1 for _ in oneedit.store.facts())
    assert result.state_hash == oneedit.editor.live_hash()


def test_an_altered_fact_of_the_ledger_is_named_by_its_version(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    with sqlite3.connect(oneedit.ledger.path) as database:
        database.execute("UPDATE fact SET o = 'Karen Pence' WHERE o = 'Mike Pence' AND added = 1")
    with pytest.raises(LedgerDamaged, match="version 1"):
        oneedit.service.verify(LOCAL)


def test_a_graph_that_holds_other_facts_is_found(oneedit: Application) -> None:
    facts = [*oneedit.store.facts(), Triple("Lyon", "capital_of", "France")]
    oneedit.store.load(oneedit.store.entities(), facts, version=oneedit.store.version)
    with pytest.raises(GraphMismatch, match="version 0"):
        oneedit.service.verify(LOCAL)


def test_weights_of_another_version_are_found(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    oneedit.editor.use([])
    with pytest.raises(StateMismatch, match="version 1"):
        oneedit.service.verify(LOCAL)
