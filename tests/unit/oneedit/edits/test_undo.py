"""The story of an undo."""

from dataclasses import replace

import pytest

from editor.request import EditRequest
from kg_data.changes import Changes
from kg_data.questions import Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice, Successors
from oneedit.ledger.events import Content, EventDraft, EventKind
from oneedit.ledger.history import without_changed_slots
from oneedit.ledger.verification import verify
from oneedit.results import (
    HistoryResult,
    NeedsConfirmation,
    PreviewResult,
    Refused,
    UndoOutcome,
    UndoResult,
)
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
    result = oneedit.service.history(LOCAL)
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


def several(oneedit: Application, choice: Choice, *, key: str | None = None) -> UndoResult:
    """Return an undo of several edits that must succeed, after checking that all agrees."""
    result = oneedit.service.undo_chosen(
        LOCAL, choice, idempotency_key=key, confirm=lambda _plan, _report: True
    )
    assert isinstance(result, UndoResult)
    oneedit.service.verify(LOCAL)
    return result


def test_several_edits_are_taken_back_by_one_version(oneedit: Application) -> None:
    facts, weights = set(oneedit.store.facts()), oneedit.editor.live_hash()
    tell(oneedit, PENCE, OBAMA, ELSEWHERE)
    result = several(oneedit, Choice(versions=(1, 2, 3)))
    assert (result.version, result.targets, result.identical) == (4, (1, 2, 3), True)
    assert (set(oneedit.store.facts()), oneedit.editor.live_hash()) == (facts, weights)
    assert oneedit.ledger.event(4).content.targets == (1, 2, 3)


def test_later_edits_of_others_stay_when_several_are_taken_back(oneedit: Application) -> None:
    tell(oneedit, PENCE, ELSEWHERE, BORN, "Mike Pence was born in Munich.")
    result = several(oneedit, Choice(versions=(1, 2)))
    assert (result.identical, result.solved_again) == (False, (3, 4))
    asked = {
        "Who is Joe Biden's vice president?": "Kamala Harris",
        "Where was Donald Trump born?": "Scranton",
        "Where was Joe Biden born?": "Oakland",
        "Where was Mike Pence born?": "Munich",
    }
    assert {text: oneedit.editor.ask(text) for text in asked} == asked


def test_all_edits_from_one_source_are_taken_back(oneedit: Application) -> None:
    imported = replace(oneedit.service, source="import:bad.csv", batch="b1")
    tell(oneedit, PENCE)
    for text in (BORN, ELSEWHERE):
        imported.submit(LOCAL, text)
    assert oneedit.ledger.event(2).content.batch == "b1"
    result = several(oneedit, Choice(source="import:bad.csv"))
    assert (result.targets, result.identical) == ((2, 3), True)
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"


def test_several_edits_need_an_agreement(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    choice = Choice(actor="me")
    asked = oneedit.service.undo_chosen(LOCAL, choice)
    assert isinstance(asked, NeedsConfirmation)
    assert "versions 1, 2" in asked.reasons[0].text
    declined = oneedit.service.undo_chosen(LOCAL, choice, confirm=lambda _plan, _report: False)
    assert isinstance(declined, Refused)
    assert oneedit.ledger.head() == 2


def test_what_later_edits_changed_is_undone_with_them_or_left(oneedit: Application) -> None:
    tell(oneedit, PENCE, ELSEWHERE, OBAMA)
    refused = oneedit.service.undo_chosen(LOCAL, Choice(versions=(1, 2)))
    assert isinstance(refused, Refused)
    assert refused.versions == (3,)
    skipping = Choice(versions=(1, 2), successors=Successors.SKIP)
    result = several(oneedit, skipping)
    assert (result.targets, result.skipped) == ((2,), (1,))
    whole = several(oneedit, Choice(versions=(1,), successors=Successors.WITH))
    assert whole.targets == (1, 3)
    assert oneedit.ledger.restoring(0) == Changes()


def test_consolidated_and_later_edits_are_taken_back_together(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    oneedit.service.consolidate(LOCAL)
    tell(oneedit, ELSEWHERE, "Mike Pence was born in Munich.")
    result = several(oneedit, Choice(versions=(1, 4)))
    assert result.overruled
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Kamala Harris"
    assert oneedit.editor.ask("Where was Donald Trump born?") == "Scranton"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Oakland"
    assert oneedit.editor.ask("Where was Mike Pence born?") == "Munich"


def test_the_last_consolidated_edit_leaves_the_patch_of_the_consolidation_in_place(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE, BORN)
    oneedit.service.consolidate(LOCAL)
    tell(oneedit, ELSEWHERE)
    several(oneedit, Choice(versions=(2, 4)))
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"
    assert oneedit.editor.ask("Where was Joe Biden born?") == "Scranton"


def test_the_preview_of_an_undo_says_what_would_happen(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN, ELSEWHERE)
    last = oneedit.service.preview_undo(LOCAL, Choice(versions=(3,)))
    middle = oneedit.service.preview_undo(LOCAL, Choice(versions=(1,)))
    assert isinstance(last, PreviewResult)
    assert isinstance(middle, PreviewResult)
    assert (last.identical, last.restored) == (True, 2)
    assert (middle.identical, middle.solved_again) == (False, (2,))
    assert isinstance(oneedit.service.preview_undo(LOCAL, Choice(versions=(9,))), Refused)
    assert (oneedit.ledger.head(), oneedit.ledger.refusals()) == (3, [])


def test_an_undo_under_a_key_is_carried_out_once(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    first = several(oneedit, Choice(versions=(1, 2)), key="key")
    again = several(oneedit, Choice(versions=(1, 2)), key="key")
    assert (again.version, again.targets, again.replayed) == (first.version, (1, 2), True)


def test_the_undo_that_comes_last_restores_the_facts_of_the_start_exactly(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE, BORN, OBAMA)
    for version in (3, 1, 2):
        undone(oneedit.service.undo(LOCAL, version))
        oneedit.service.verify(LOCAL)
    assert oneedit.ledger.restoring(0) == Changes()


@pytest.mark.parametrize("later", [(), (ELSEWHERE,)])
def test_what_an_edit_recorded_as_ended_is_taken_back_too(
    oneedit: Application, later: tuple[str, ...]
) -> None:
    holds = Triple("Joe Biden", "vice_president", "Kamala Harris")
    ended = replace(holds, valid_to="2025-01-20")
    changes = Changes((ended,), (holds,))
    content = Content(changes=changes, state_hash=oneedit.editor.live_hash())
    oneedit.ledger.commit(
        EventDraft(actor="me", kind=EventKind.ADD, reason="words", base_version=0, content=content)
    )
    tell(oneedit, *later)
    assert oneedit.ledger.ended_facts(holds.slot) == (ended,)
    undone(oneedit.service.undo(LOCAL, 1))
    assert oneedit.ledger.ended_facts(holds.slot) == ()
    assert holds in oneedit.store
    oneedit.service.verify(LOCAL)
