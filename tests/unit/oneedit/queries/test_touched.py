"""Whether an answer still holds, what is suggested first, and what the model is taught again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from interpreter.intents import Ask
from kg_data.shipped import Dataset
from kg_data.triples import Slot
from oneedit.ledger.ticket import TicketState
from oneedit.queries.suggestions import Suggestions
from oneedit.results import Already, AskResult, EditResult
from oneedit.wiring import Application
from tests.support.fakes import ENTITIES, FACTS, LOCAL, FakeEditor, application
from tests.support.stories import tell
from tests.support.web import PENCE, carry_out

QUESTION = "Who is the spouse of Joe Biden's vice president?"
SLOT = Slot("Joe Biden", "vice_president")


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    yield made
    made.close()


def test_an_answer_is_touched_by_a_version_that_changes_a_step_of_it(
    oneedit: Application,
) -> None:
    answer = oneedit.service.ask(LOCAL, QUESTION)
    assert isinstance(answer, AskResult)
    tell(oneedit, "Barack Obama was born in Paris.")
    assert oneedit.service.touched_since(LOCAL, answer) is None
    tell(oneedit, PENCE)
    assert oneedit.service.touched_since(LOCAL, answer) == 2
    oneedit.service.undo(LOCAL, 2)
    assert oneedit.service.touched_since(LOCAL, answer) == 3


def test_suggestions_are_about_the_graph_and_are_understood(oneedit: Application) -> None:
    found = oneedit.service.suggestions(LOCAL)
    assert len(found.questions) == 3
    for each in found.questions[:2]:
        intent = oneedit.service.read(each)
        assert isinstance(intent, Ask)
        assert intent.linked
    assert found.beginning.startswith("The ")


def test_a_graph_without_facts_suggests_nothing(tmp_path: Path) -> None:
    empty = application(tmp_path, data=Dataset(facts=(), entities=ENTITIES, sha256="none"))
    assert empty.service.suggestions(LOCAL) == Suggestions()
    empty.close()


def test_the_model_is_taught_what_it_does_not_say_and_nothing_else_changes(tmp_path: Path) -> None:
    unknowing = FakeEditor(fact for fact in FACTS if fact.slot != SLOT)
    oneedit = application(tmp_path, editor=unknowing)
    ticket = oneedit.queue.teach(LOCAL, [SLOT])
    carry_out(oneedit)
    done = oneedit.queue.get(LOCAL, ticket.id)
    assert (done.state, done.version) == (TicketState.APPLIED, 1)
    assert isinstance(oneedit.queue.result(LOCAL, done), EditResult)
    assert oneedit.store.objects(SLOT) == ("Kamala Harris",)
    again = oneedit.queue.teach(LOCAL, [SLOT])
    carry_out(oneedit)
    assert isinstance(oneedit.queue.result(LOCAL, oneedit.queue.get(LOCAL, again.id)), Already)
    answer = oneedit.service.ask(LOCAL, "Who is Joe Biden's vice president?")
    assert isinstance(answer, AskResult)
    assert answer.agrees
    oneedit.close()
