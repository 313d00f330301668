"""The story of an undo."""

import pytest

from editor.request import EditRequest
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.ledger.history import without_changed_slots
from oneedit.ledger.verification import verify
from oneedit.results import HistoryResult, Refused, UndoOutcome
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, FakeEditor
from tests.support.stories import tell, undone

PENCE = "Joe Biden's vice president is Mike Pence."
OBAMA = "Joe Biden's vice president is Barack Obama."
BORN = "Joe Biden was born in Oakland."
PARIS = "Joe Biden was born in Paris."
ELSEWHERE = "Donald Trump was born in Columbus."


def refusal(result: UndoOutcome) -> Refused:
    assert isinstance(result, Refused)
    return result


def test_the_last_edit_is_taken_back_bit_for_bit(oneedit: Application) -> None:
    facts, weights = set(oneedit.store.facts()), oneedit.editor.live_hash()
    tell(oneedit, PENCE)
    result = undone(oneedit.service.undo(LOCAL))
    assert (result.version, result.undone, result.identical) == (2, 1, True)
    assert (set(oneedit.store.facts()), oneedit.editor.live_hash()) == (facts, weights)
    assert verify(oneedit.ledger) == 3


def test_a_second_undo_takes_the_edit_before(oneedit: Application) -> None:
    facts = set(oneedit.store.facts())
    tell(oneedit, PENCE, ELSEWHERE)
    assert undone(oneedit.service.undo(LOCAL)).undone == 2
    assert undone(oneedit.service.undo(LOCAL)).undone == 1
    assert set(oneedit.store.facts()) == facts
    assert refusal(oneedit.service.undo(LOCAL)).reasons[0].code == "nothing_to_undo"


def test_an_undo_says_what_the_model_answers_before_and_after(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    (told,) = undone(oneedit.service.undo(LOCAL)).told
    assert (told.before, told.after) == ("Mike Pence", "Kamala Harris")


def test_an_earlier_edit_goes_and_the_others_stay_where_nothing_overlaps(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE, ELSEWHERE)
    solved = len(editor.solved)
    result = undone(oneedit.service.undo(LOCAL, 1))
    assert (result.identical, result.solved_again) == (False, ())
    assert len(editor.solved) == solved
    assert editor.ask("Where was Donald Trump born?") == "Columbus"
    assert editor.ask("Who is Joe Biden's vice president?") == "Kamala Harris"


def test_overlapping_edits_are_solved_again_without_the_undone_one(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE, BORN, ELSEWHERE)
    result = undone(oneedit.service.undo(LOCAL, 1))
    live = oneedit.ledger.patches(4)
    assert result.solved_again == (2,)
    assert [place.edit for place in live] == [2, 3]
    assert editor.solved[-1] == ("first", (live[1].sha256,))
    assert editor.ask("Where was Joe Biden born?") == "Oakland"
    assert verify(oneedit.ledger) == 5


def test_what_a_later_edit_has_changed_is_not_told_again(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN, PARIS)
    result = undone(oneedit.service.undo(LOCAL, 1))
    assert (result.solved_again, result.degraded) == ((3,), False)
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Paris"
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Kamala Harris"


def test_what_an_undo_brings_back_is_told_anew_if_no_patch_says_it_any_more(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE, BORN, PARIS)
    undone(oneedit.service.undo(LOCAL, 1))
    today = tuple(place.sha256 for place in oneedit.ledger.patches(oneedit.ledger.head()))
    editor.measures.clear()
    result = undone(oneedit.service.undo(LOCAL, 3))
    assert not result.degraded
    assert len(editor.measures) > 1
    assert set(editor.measures) == {today}, "a second try goes by the list of today as well"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Oakland"
    assert oneedit.ledger.patches(5)[-1].edit == 5
    assert undone(oneedit.service.undo(LOCAL, 2)).degraded is False
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Scranton"


def test_the_patch_of_an_edit_that_was_solved_again_still_belongs_to_it(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE, BORN)
    oneedit.service.undo(LOCAL, 1)
    oneedit.service.undo(LOCAL, 2)
    assert oneedit.ledger.patches(4) == ()
    assert oneedit.ledger.event(4).content.state_hash == oneedit.ledger.event(0).content.state_hash


def test_an_undo_whose_slot_changed_since_names_the_successors(oneedit: Application) -> None:
    tell(oneedit, PENCE, OBAMA)
    result = refusal(oneedit.service.undo(LOCAL, 1))
    assert (result.reasons[0].code, result.versions) == ("changed_since", (2,))
    assert oneedit.ledger.head() == 2


def test_an_undone_successor_does_not_stand_in_the_way(oneedit: Application) -> None:
    facts = set(oneedit.store.facts())
    tell(oneedit, PENCE, OBAMA)
    oneedit.service.undo(LOCAL)
    assert undone(oneedit.service.undo(LOCAL, 1)).identical
    assert set(oneedit.store.facts()) == facts


@pytest.mark.parametrize(
    ("version", "code"),
    [(0, "not_an_edit"), (-1, "unknown_version"), (9, "unknown_version"), (2, "not_an_edit"),
     (1, "already_undone")],
)  # fmt: skip
def test_what_cannot_be_undone_is_refused_with_a_reason(
    oneedit: Application, version: int, code: str
) -> None:
    tell(oneedit, PENCE)
    oneedit.service.undo(LOCAL)
    assert refusal(oneedit.service.undo(LOCAL, version)).reasons[0].code == code


def test_an_undo_that_breaks_later_edits_is_held(oneedit: Application, editor: FakeEditor) -> None:
    tell(oneedit, PENCE, BORN)
    editor.failing = editor.methods
    result = refusal(oneedit.service.undo(LOCAL, 1))
    assert result.report is not None
    assert oneedit.ledger.head() == 2


def test_the_history_says_what_was_undone_by_what(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    oneedit.service.undo(LOCAL)
    result = oneedit.service.history()
    assert isinstance(result, HistoryResult)
    assert [(each.undone_by, each.target) for each in result.entries[1:]] == [(2, None), (None, 1)]


def test_a_request_loses_the_questions_that_run_through_changed_slots() -> None:
    through = Question("A", ("x", "y"), ("C",), Kind.ONE_HOP, via=("B",))
    beside = Question("A", ("x",), ("B",), Kind.RELIABILITY)
    request = without_changed_slots(EditRequest((through, beside), (through,)), [Slot("B", "y")])
    assert request == EditRequest((beside,), ())


def test_a_forgotten_fact_comes_back(oneedit: Application) -> None:
    fact = Triple("Joe Biden", "vice_president", "Kamala Harris")
    oneedit.service.forget(LOCAL, "Joe Biden's vice president", confirm=lambda _p, _r: True)
    assert fact not in oneedit.store
    undone(oneedit.service.undo(LOCAL))
    assert fact in oneedit.store
