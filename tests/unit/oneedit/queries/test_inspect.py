"""What people look up in a conversation, and what ``verify`` finds."""

import sqlite3

import pytest

from interpreter.intents import Guess, Show, Status
from kg_data.triples import Triple
from oneedit.errors import GraphMismatch, LedgerDamaged, StateMismatch
from oneedit.results import ShowResult, StatusResult
from oneedit.wiring import Application
from oneedit.wording import details
from tests.support.fakes import LOCAL
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."


def test_a_message_that_asks_for_an_entity_or_the_state_is_answered_like_the_command(
    oneedit: Application,
) -> None:
    shown = oneedit.service.answer(Show("Joe Biden"), LOCAL)
    assert shown == oneedit.service.show(LOCAL, "Joe Biden")
    assert oneedit.service.answer(Status(), LOCAL) == oneedit.service.status(LOCAL)
    assert isinstance(oneedit.service.answer(Status(), LOCAL), StatusResult)


def test_a_misspelt_name_is_shown_with_what_it_was_read_as(oneedit: Application) -> None:
    shown = oneedit.service.answer(Show("Joe Biden", (Guess("jo bidden", "Joe Biden"),)), LOCAL)
    assert isinstance(shown, ShowResult)
    assert details(shown)[0] == 'I read "jo bidden" as Joe Biden.'


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
