"""Earlier versions: what the graph held, what it answered, and what differs."""

import pytest

from kg_data.changes import Changes
from kg_data.triples import Slot, Triple
from oneedit.results import AskResult, DiffResult, ShowResult, UnclearResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor
from tests.support.stories import tell

PENCE = "Joe Biden's vice president is Mike Pence."
BORN = "Joe Biden was born in Oakland."
QUESTION = "Who is the spouse of the vice president of Joe Biden?"


def shown(oneedit: Application, name: str, version: int) -> ShowResult:
    result = oneedit.service.show(LOCAL, name, as_of=version)
    assert isinstance(result, ShowResult)
    return result


def test_an_entity_is_shown_as_it_was(oneedit: Application) -> None:
    before = oneedit.service.show(LOCAL, "Joe Biden")
    tell(oneedit, PENCE, BORN)
    past = shown(oneedit, "Joe Biden", 0)
    assert isinstance(before, ShowResult)
    assert (past.facts, past.about, past.aliases) == (before.facts, before.about, ("Joseph Biden",))
    assert (past.as_of, past.versions) == (0, (0,))
    assert shown(oneedit, "Joe Biden", 1).versions == (0, 1)
    assert shown(oneedit, "Joe Biden", 2).facts == tuple(oneedit.store.facts_of("Joe Biden"))


def test_it_is_found_by_its_alias(oneedit: Application) -> None:
    assert shown(oneedit, "Joseph Biden", 0).entity.id == "Joe Biden"


def test_an_entity_that_came_later_was_not_known(oneedit: Application) -> None:
    tell(oneedit, "Ada Quill was born in Paris.")
    result = oneedit.service.show(LOCAL, "Ada Quill", as_of=0)
    assert isinstance(result, UnclearResult)
    assert result.reason == "Version 0 did not know Ada Quill."
    assert shown(oneedit, "Ada Quill", 1).facts


@pytest.mark.parametrize("version", [-1, 1])
def test_a_version_that_does_not_exist_is_unclear(oneedit: Application, version: int) -> None:
    for result in (
        oneedit.service.show(LOCAL, "Joe Biden", as_of=version),
        oneedit.service.ask(LOCAL, QUESTION, as_of=version),
        oneedit.service.diff(LOCAL, 0, version),
    ):
        assert isinstance(result, UnclearResult)
        assert result.code == "unknown_version"


def test_a_question_is_answered_by_the_graph_of_then_and_the_model_is_not_asked(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE)
    editor.prompts.clear()
    result = oneedit.service.ask(LOCAL, QUESTION, as_of=0)
    assert isinstance(result, AskResult)
    assert (result.expected, result.as_of, result.version) == (("Doug Emhoff",), 0, 1)
    assert [hop.objects for hop in result.hops] == [("Kamala Harris",), ("Doug Emhoff",)]
    assert (result.agrees, editor.prompts) == (None, [])


def test_a_question_that_the_graph_does_not_know_is_unclear(oneedit: Application) -> None:
    result = oneedit.service.ask(LOCAL, "Who painted the ceiling?", as_of=0)
    assert isinstance(result, UnclearResult)
    assert result.code == "not_linked"


def test_versions_are_compared_either_way_on_balance(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    oneedit.service.undo(LOCAL)
    there, back = oneedit.service.diff(LOCAL, 0, 3), oneedit.service.diff(LOCAL, 3, 0)
    assert isinstance(there, DiffResult)
    assert isinstance(back, DiffResult)
    assert there.changes.added == (Triple("Joe Biden", "vice_president", "Mike Pence"),)
    assert back.changes == there.changes.inverted()
    assert (there.same_weights, back.same_weights) == (False, False)
    same = oneedit.service.diff(LOCAL, 1, 3)
    assert isinstance(same, DiffResult)
    assert (same.changes, same.same_weights) == (Changes(), True)


def test_a_comparison_is_limited_to_an_entity(oneedit: Application) -> None:
    tell(oneedit, PENCE, "Donald Trump was born in Lyon.")
    result = oneedit.service.diff(LOCAL, 0, 2, "Donald Trump")
    assert isinstance(result, DiffResult)
    assert {fact.subject for fact in result.changes.asserted} == {"Donald Trump"}
    assert isinstance(oneedit.service.diff(LOCAL, 0, 2, "Nobody Atall"), UnclearResult)


def test_every_version_keeps_its_facts_and_entities(oneedit: Application) -> None:
    snapshots = [oneedit.ledger.snapshot()]
    for text in (PENCE, "Ada Quill was born in Paris.", BORN):
        tell(oneedit, text)
        snapshots.append(oneedit.ledger.snapshot())
    oneedit.service.roll_back(LOCAL, 1, confirm=lambda *_: True)
    for version, then in enumerate(snapshots):
        found = oneedit.ledger.snapshot(version)
        assert found.entities == then.entities
        assert set(found.facts) == set(then.facts)
    slot = Slot("Joe Biden", "vice_president")
    held = [oneedit.ledger.facts_as_of(slot, version)[0].object for version in range(5)]
    assert held == ["Kamala Harris", *["Mike Pence"] * 4]
