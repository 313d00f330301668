"""The story of a roll back: facts and weights of an earlier version, as a new version."""

from collections.abc import Callable
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from controller.plan import Verdict
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice, Successors
from oneedit.errors import KeyReused, NotPermitted, StateMismatch
from oneedit.ledger.events import Content, EventDraft, EventKind
from oneedit.ledger.verification import verify
from oneedit.results import (
    Already,
    ConsolidateResult,
    HistoryResult,
    NeedsConfirmation,
    PreviewResult,
    Refused,
    Result,
    RollbackResult,
    UndoResult,
)
from oneedit.wiring import Application
from tests.support.fakes import EDITOR, LOCAL, FakeEditor, application
from tests.support.stories import tell, undone

PENCE = "Joe Biden's vice president is Mike Pence."
OBAMA = "Joe Biden's vice president is Barack Obama."
BORN = "Joe Biden was born in Oakland."
ELSEWHERE = "Donald Trump was born in Columbus."


def agree(*_: object) -> bool:
    return True


def rolled(oneedit: Application, version: int) -> RollbackResult:
    """Return a roll back that must succeed, after checking that all of the home agrees."""
    result = oneedit.service.roll_back(LOCAL, version, confirm=agree)
    assert isinstance(result, RollbackResult)
    oneedit.service.verify(LOCAL)
    return result


def state(oneedit: Application) -> tuple[set[Triple], str, tuple[object, ...]]:
    """Return the facts, the hash of the weights and the list of patches."""
    patches = oneedit.ledger.patches(oneedit.ledger.head())
    return set(oneedit.store.facts()), oneedit.editor.live_hash(), patches


def test_facts_and_weights_are_those_of_the_version(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    then = state(oneedit)
    tell(oneedit, BORN, OBAMA)
    result = rolled(oneedit, 1)
    assert (result.version, result.restored, result.cut, result.back) == (4, 1, (2, 3), ())
    assert result.identical
    assert state(oneedit) == then
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Mike Pence"


def test_nothing_is_solved(oneedit: Application, editor: FakeEditor) -> None:
    tell(oneedit, PENCE, BORN)
    solved = len(editor.solved)
    rolled(oneedit, 0)
    assert len(editor.solved) == solved


def test_it_is_one_event_with_the_difference_of_the_facts(oneedit: Application) -> None:
    tell(oneedit, PENCE, ELSEWHERE)
    rolled(oneedit, 0)
    event = oneedit.ledger.event(3)
    assert (event.kind, event.target_version, event.base_version) == (EventKind.ROLLBACK, 0, 2)
    assert event.content.changes == oneedit.ledger.difference(0, 2).inverted()
    assert event.content.state_hash == oneedit.ledger.event(0).content.state_hash


def test_rolling_forward_is_rolling_back_to_the_version_before_it(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    then = state(oneedit)
    rolled(oneedit, 0)
    result = rolled(oneedit, 2)
    assert (result.cut, result.back) == ((), (1, 2))
    assert state(oneedit) == then


def test_the_undo_of_a_roll_back_restores_what_was_before_it(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    then = state(oneedit)
    rolled(oneedit, 1)
    result = undone(oneedit.service.undo(LOCAL, 3, confirm=agree))
    assert (result.undone, result.identical, result.solved_again) == (3, True, ())
    assert state(oneedit) == then
    assert verify(oneedit.ledger) == 5


def test_undo_alone_takes_a_roll_back_that_was_last(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    rolled(oneedit, 1)
    assert undone(oneedit.service.undo(LOCAL, confirm=agree)).targets == (3,)
    assert undone(oneedit.service.undo(LOCAL)).targets == (2,)


def test_the_undo_of_a_roll_back_names_what_came_after_it(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    rolled(oneedit, 1)
    tell(oneedit, ELSEWHERE)
    undone(oneedit.service.undo(LOCAL, 1))
    result = oneedit.service.undo(LOCAL, 3, confirm=agree)
    assert isinstance(result, Refused)
    assert (result.reasons[0].code, result.versions) == ("changed_since", (4, 5))
    choice = Choice(versions=(3,), successors=Successors.WITH)
    whole = oneedit.service.undo_chosen(LOCAL, choice, confirm=agree)
    assert isinstance(whole, UndoResult)
    assert (whole.targets, whole.identical) == ((3, 4, 5), True)
    assert state(oneedit)[2] == oneedit.ledger.patches(2)
    oneedit.service.verify(LOCAL)


def test_edits_after_a_roll_back_build_on_the_restored_list(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    rolled(oneedit, 1)
    tell(oneedit, ELSEWHERE)
    assert [entry.edit for entry in oneedit.ledger.patches(4)] == [1, 4]
    assert undone(oneedit.service.undo(LOCAL, 1)).identical is False
    assert oneedit.editor.ask("Who is Joe Biden's vice president?") == "Kamala Harris"
    oneedit.service.verify(LOCAL)


def test_an_edit_that_was_rolled_back_cannot_be_undone_until_it_is_in_force_again(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE, BORN)
    rolled(oneedit, 1)
    refused = oneedit.service.undo(LOCAL, 2)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "already_undone"
    assert "by version 3" in refused.reasons[0].text
    rolled(oneedit, 2)
    assert undone(oneedit.service.undo(LOCAL, 2)).identical


def test_a_consolidation_in_between_needs_no_care(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    then = state(oneedit)
    assert isinstance(oneedit.service.consolidate(LOCAL), ConsolidateResult)
    tell(oneedit, ELSEWHERE)
    merged = state(oneedit)
    rolled(oneedit, 2)
    assert state(oneedit) == then
    assert oneedit.service.status(LOCAL).pending == 2
    assert undone(oneedit.service.undo(LOCAL, 2)).overruled is False
    rolled(oneedit, 4)
    assert state(oneedit) == merged
    assert oneedit.service.status(LOCAL).pending == 1
    assert undone(oneedit.service.undo(LOCAL, 2)).overruled


def test_a_roll_back_over_a_consolidation_alone_changes_the_weights_alone(
    oneedit: Application,
) -> None:
    tell(oneedit, PENCE)
    oneedit.service.consolidate(LOCAL)
    asked: list[str] = []

    def confirm(plan: object, _report: object) -> bool:
        asked.extend(reason.code for reason in getattr(plan, "decision").reasons)  # noqa: B009
        return True

    result = oneedit.service.roll_back(LOCAL, 1, confirm=confirm)
    assert isinstance(result, RollbackResult)
    assert (result.cut, result.back, asked) == ((), (), ["weights_only"])
    assert oneedit.ledger.patches(3) == oneedit.ledger.patches(1)


def test_a_roll_back_during_a_fit_makes_the_consolidation_useless(
    oneedit: Application, editor: FakeEditor
) -> None:
    tell(oneedit, PENCE, BORN)
    editor.during_consolidation = lambda: rolled(oneedit, 1)
    result = oneedit.service.consolidate(LOCAL)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "overtaken"
    oneedit.service.verify(LOCAL)


def test_a_roll_back_of_what_came_during_a_fit_leaves_the_consolidation_useful(
    oneedit: Application, editor: FakeEditor
) -> None:
    def meanwhile() -> None:
        editor.during_consolidation = lambda: None
        tell(oneedit, ELSEWHERE)
        rolled(oneedit, 2)

    tell(oneedit, PENCE, BORN)
    editor.during_consolidation = meanwhile
    result = oneedit.service.consolidate(LOCAL)
    assert isinstance(result, ConsolidateResult)
    assert (result.covered, result.solved_again) == (2, ())
    oneedit.service.verify(LOCAL)


@pytest.mark.parametrize("version", [-1, 3])
def test_a_version_that_does_not_exist_is_refused(oneedit: Application, version: int) -> None:
    tell(oneedit, PENCE, BORN)
    result = oneedit.service.roll_back(LOCAL, version, confirm=agree)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "unknown_version"
    assert oneedit.ledger.refusals()[0].text == f"rollback {version}"


def test_what_holds_already_is_not_restored_again(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    for version in (2, 1, 1):
        result: Result = oneedit.service.roll_back(LOCAL, version, confirm=agree)
    assert isinstance(result, Already)
    assert oneedit.ledger.head() == 3
    assert isinstance(oneedit.service.roll_back(LOCAL, 3, confirm=agree), Already)


def test_somebody_has_to_agree_and_sees_what_is_taken_back(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    with pytest.raises(NotPermitted, match="needs the role reviewer"):
        oneedit.service.roll_back(EDITOR, 1)
    asked = oneedit.service.roll_back(LOCAL, 1)
    assert isinstance(asked, NeedsConfirmation)
    assert "takes back version 2" in asked.reasons[0].text
    assert {fact.object for fact in asked.plan.changes.added} >= {"Scranton"}
    declined = oneedit.service.roll_back(LOCAL, 1, confirm=lambda *_: False)
    assert isinstance(declined, Refused)
    assert declined.verdict is Verdict.REVIEW
    assert oneedit.ledger.head() == 2


def test_a_curator_agrees_by_asking(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    assert isinstance(oneedit.service.roll_back(Actor("ad", Role.ADMIN), 0), RollbackResult)


def test_an_edit_made_while_somebody_thinks_is_not_lost(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    shown: list[int] = []

    def confirm(plan: object, _report: object) -> bool:
        shown.append(getattr(plan, "base_version"))  # noqa: B009
        if len(shown) == 1:
            tell(oneedit, ELSEWHERE)
        return True

    result = oneedit.service.roll_back(LOCAL, 1, confirm=confirm)
    assert isinstance(result, RollbackResult)
    assert shown == [2, 3], "they are asked again about the roll back of both"
    assert result.cut == (2, 3)


def test_the_preview_says_what_would_happen_and_changes_nothing(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    before = state(oneedit)
    found = oneedit.service.preview_rollback(LOCAL, 1)
    assert isinstance(found, PreviewResult)
    assert [entry.text for entry in found.cut] == [BORN]
    assert (found.identical, found.restored, found.version) == (True, 1, 2)
    assert isinstance(oneedit.service.preview_rollback(LOCAL, 9), Refused)
    assert isinstance(oneedit.service.preview_rollback(LOCAL, 2), Already)
    assert (state(oneedit), oneedit.ledger.head()) == (before, 2)
    assert oneedit.ledger.refusals() == []
    assert rolled(oneedit, 1).changes == found.changes


def test_a_key_is_carried_out_once(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    roll_back: Callable[..., Result] = oneedit.service.roll_back
    first = roll_back(LOCAL, 0, idempotency_key="key", confirm=agree)
    again = roll_back(LOCAL, 0, idempotency_key="key", confirm=agree)
    assert isinstance(first, RollbackResult)
    assert isinstance(again, RollbackResult)
    assert (again.version, again.cut, again.replayed) == (first.version, (1,), True)
    with pytest.raises(KeyReused):
        roll_back(LOCAL, 1, idempotency_key="key", confirm=agree)


def test_it_survives_a_restart(tmp_path: Path) -> None:
    built = application(tmp_path / "home")
    tell(built, PENCE, BORN)
    rolled(built, 1)
    then = state(built)
    built.close()
    again = application(tmp_path / "home")
    assert state(again) == then
    again.service.verify(LOCAL)
    again.close()


def test_patches_that_give_other_weights_are_not_committed(
    oneedit: Application, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(oneedit, PENCE, BORN)
    monkeypatch.setattr(editor, "trial_hash", lambda _patches: "other")
    with pytest.raises(StateMismatch, match="version 1"):
        oneedit.service.roll_back(LOCAL, 1, confirm=agree)
    assert oneedit.ledger.head() == 2


def test_the_history_says_where_it_went_and_what_it_took_back(oneedit: Application) -> None:
    tell(oneedit, PENCE, BORN)
    rolled(oneedit, 1)
    result = oneedit.service.history(LOCAL)
    assert isinstance(result, HistoryResult)
    assert [entry.undone_by for entry in result.entries] == [None, None, 3, None]
    assert result.entries[3].aim == " to 1"
    assert oneedit.service.status(LOCAL).undone == 1


def test_a_message_may_ask_for_it(oneedit: Application) -> None:
    tell(oneedit, PENCE)
    then = state(oneedit)
    tell(oneedit, BORN)
    result = oneedit.service.submit(LOCAL, "Roll back to version 1.", confirm=agree)
    assert isinstance(result, RollbackResult)
    assert state(oneedit) == then


def test_periods_that_were_recorded_come_and_go_with_their_versions(oneedit: Application) -> None:
    def ended() -> list[str]:
        slot = Slot("Joe Biden", "vice_president")
        return [str(fact.valid_to) for fact in oneedit.ledger.ended_facts(slot)]

    held = Triple("Joe Biden", "vice_president", "Kamala Harris", "2021", "2025")
    plan = oneedit.service.context.controller.plan([held], LOCAL)
    assert [fact.valid_to for fact in plan.changes.added] == ["2025"]
    draft = EventDraft(
        actor="me",
        kind=EventKind.ADD,
        reason="told",
        base_version=0,
        content=Content(changes=plan.changes, state_hash=oneedit.editor.live_hash()),
    )
    oneedit.ledger.commit(draft)
    oneedit.projector.advance()
    assert ended() == ["2025"]
    rolled(oneedit, 0)
    assert ended() == []
    rolled(oneedit, 1)
    assert ended() == ["2025"]
    undone(oneedit.service.undo(LOCAL, 1, confirm=agree))
    assert ended() == []
    oneedit.service.verify(LOCAL)
