"""What a message says of edits - whose, when, about what - and what is done with it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from interpreter.intents import History, Selection, Undo
from oneedit.edits.choice import Choice
from oneedit.edits.selection import Selector
from oneedit.ledger.edit_filter import EditFilter
from oneedit.ledger.ticket import Ticket, TicketState
from oneedit.results import (
    EditResult,
    HistoryResult,
    NeedsConfirmation,
    PreviewResult,
    Refused,
    Result,
    UnclearResult,
    UndoResult,
)
from oneedit.wiring import Application
from oneedit.wording import history_title
from tests.support.fakes import LOCAL, application
from tests.support.readers import reading

ADA, BOB = Actor("Ada", Role.EDITOR), Actor("bob", Role.EDITOR)
OAKLAND = "Joe Biden was born in Oakland."
PARIS = "Mike Pence was born in Paris."
LYON = "Kamala Harris was born in Lyon."
BIRTHPLACE = Selection(entity="Joe Biden", relation="place_of_birth")
NOW = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)


@pytest.fixture
def oneedit(tmp_path: Path) -> Application:
    """Return an application in which Ada, bob and Ada again have made one edit each."""
    found = application(tmp_path / "home")
    for actor, text in ((ADA, OAKLAND), (BOB, PARIS), (ADA, LYON)):
        do(found, text, actor)
    return found


def do(oneedit: Application, text: str, actor: Actor) -> None:
    assert isinstance(oneedit.service.submit(actor, text), EditResult)


def carried_out(oneedit: Application, undo: Undo, actor: Actor = LOCAL) -> Result:
    call = oneedit.service.call(actor, "words", "submit", confirm=lambda _plan, _report: True)
    return oneedit.service.carry_out(undo, call)


def versions(result: object) -> list[int]:
    assert isinstance(result, HistoryResult)
    return [each.version for each in result.entries]


def filtered(oneedit: Application, selection: Selection, actor: Actor = LOCAL) -> EditFilter:
    found = Selector(oneedit.ledger, lambda: NOW, UTC).filter(selection, actor)
    assert isinstance(found, EditFilter)
    return found


# ---------- undo ----------


def test_the_change_to_a_slot_is_the_last_one_in_force(oneedit: Application) -> None:
    do(oneedit, "Joe Biden was born in Berlin.", ADA)
    result = carried_out(oneedit, Undo(selection=BIRTHPLACE))
    assert isinstance(result, UndoResult)
    assert result.targets == (4,)


def test_one_chosen_edit_needs_no_more_agreement_than_one_that_is_named(
    oneedit: Application,
) -> None:
    call = oneedit.service.call(LOCAL, "words", "submit")
    result = oneedit.service.carry_out(Undo(selection=BIRTHPLACE), call)
    assert isinstance(result, UndoResult)


def test_everything_of_somebody_is_one_undo_that_is_asked_about(oneedit: Application) -> None:
    undo = Undo(selection=Selection(actor="ada"), everything=True)
    call = oneedit.service.call(LOCAL, "words", "submit")
    asked = oneedit.service.carry_out(undo, call)
    assert isinstance(asked, NeedsConfirmation)
    assert "versions 1, 3" in asked.reasons[0].text
    result = carried_out(oneedit, undo)
    assert isinstance(result, UndoResult)
    assert result.targets == (1, 3)


def test_the_last_edits_are_undone_together_after_agreement(oneedit: Application) -> None:
    call = oneedit.service.call(LOCAL, "words", "submit")
    assert isinstance(oneedit.service.carry_out(Undo(count=2), call), NeedsConfirmation)
    result = carried_out(oneedit, Undo(count=2))
    assert isinstance(result, UndoResult)
    assert result.targets == (2, 3)


def test_the_last_edits_of_a_person_with_an_account_are_their_own(oneedit: Application) -> None:
    found = oneedit.service.choice_of(Undo(count=2), ADA)
    assert isinstance(found, Choice)
    assert found.versions == (1, 3)


def test_no_more_edits_are_undone_than_there_are(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(count=4))
    assert isinstance(result, UnclearResult)
    assert "only 3 edits" in result.reason


def test_everything_of_a_day_is_that_of_everybody(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(selection=Selection(when="today"), everything=True))
    assert isinstance(result, UndoResult)
    assert result.targets == (1, 2, 3)


def test_me_is_the_author_of_the_message(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(selection=Selection(actor="me")), BOB)
    assert isinstance(result, UndoResult)
    assert result.targets == (2,)


def test_an_undo_of_what_others_told_waits_for_a_reviewer(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(selection=Selection(actor="ada")), BOB)
    assert isinstance(result, NeedsConfirmation)
    assert result.reasons[0].code == "others_edit"


def test_a_person_who_has_no_edits_is_told_who_has(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(selection=Selection(actor="eve"), everything=True))
    assert isinstance(result, UnclearResult)
    assert result.code == "unknown_actor"
    assert "Edits are by Ada, bob." in result.reason
    assert result.options == ("Ada", "bob")


def test_names_that_differ_by_case_alone_are_asked_about(oneedit: Application) -> None:
    do(oneedit, "Donald Trump was born in Lyon.", Actor("ada", Role.EDITOR))
    assert filtered(oneedit, Selection(actor="ada")).actor == "ada"
    found = Selector(oneedit.ledger, lambda: NOW).filter(Selection(actor="ADA"), LOCAL)
    assert isinstance(found, UnclearResult)
    assert found.options == ("Ada", "ada")


def test_everything_of_everybody_at_any_time_is_not_undone_by_a_word(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(everything=True))
    assert isinstance(result, UnclearResult)
    assert "roll back to version 0" in result.reason
    assert oneedit.ledger.head() == 3


def test_a_time_that_is_none_is_asked_for(oneedit: Application) -> None:
    result = carried_out(oneedit, Undo(selection=Selection(when="soon"), everything=True))
    assert isinstance(result, UnclearResult)
    assert result.code == "unknown_time"


def test_what_nothing_fits_is_refused(oneedit: Application) -> None:
    undo = Undo(selection=Selection(entity="Joe Biden", relation="spouse"))
    result = carried_out(oneedit, undo)
    assert isinstance(result, Refused)
    assert result.reasons[0].code == "nothing_to_undo"


def test_a_version_and_the_last_edit_are_chosen_as_ever(oneedit: Application) -> None:
    assert oneedit.service.choice_of(Undo(3), LOCAL) == Choice.of(3)
    assert oneedit.service.choice_of(Undo(), LOCAL) == Choice()


def test_the_times_of_a_selection_are_those_of_the_zone(oneedit: Application) -> None:
    wanted = filtered(oneedit, Selection(when="yesterday"))
    assert wanted.since == datetime(2026, 1, 30, tzinfo=UTC)
    assert wanted.until == datetime(2026, 1, 30, 23, 59, 59, tzinfo=UTC)


def test_in_the_queue_the_last_edit_is_that_of_the_moment_it_was_asked_for(
    oneedit: Application,
) -> None:
    text = "undo the change to Joe Biden's birthplace"
    queue = reading(oneedit, {text: Undo(selection=BIRTHPLACE)})
    ticket = queue.submit(LOCAL, text)
    assert isinstance(ticket, Ticket)
    assert ticket.state is TicketState.QUEUED
    do(oneedit, "Joe Biden was born in Berlin.", ADA)
    while oneedit.worker.carry_out_next():
        pass
    ended = oneedit.queue.get(LOCAL, ticket.id)
    assert ended.state is TicketState.REFUSED  # version 1 was changed since, by 4
    assert oneedit.ledger.head() == 4


def test_an_undo_by_conditions_can_be_previewed(oneedit: Application) -> None:
    choice = Choice(entity="Mike Pence", last=True)
    result = oneedit.service.preview_undo(LOCAL, choice)
    assert isinstance(result, PreviewResult)
    assert [each.version for each in result.cut] == [2]


# ---------- history ----------


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), [0, 1, 2, 3]),
        (Selection(entity="Joe Biden"), [1]),
        (Selection(relation="place_of_birth"), [1, 2, 3]),
        (Selection(relation="spouse"), []),
        (Selection(actor="ada"), [1, 3]),
        (Selection(actor="ada", entity="Joe Biden"), [1]),
        (Selection(when="today", actor="bob"), [2]),
        (Selection(when="yesterday"), []),
    ],
)
def test_history_is_shown_by_selection(
    oneedit: Application, selection: Selection, expected: list[int]
) -> None:
    assert versions(oneedit.service.answer(History(selection), LOCAL)) == expected


def test_the_title_of_a_history_says_what_it_was_chosen_by(oneedit: Application) -> None:
    selection = Selection(entity="Joe Biden", relation="place_of_birth", actor="ada")
    result = oneedit.service.answer(History(selection), LOCAL)
    assert isinstance(result, HistoryResult)
    assert history_title(result) == "History of Joe Biden: place of birth, by Ada"


def test_the_history_of_nobody_says_who_has_edits(oneedit: Application) -> None:
    result = oneedit.service.answer(History(Selection(actor="eve")), LOCAL)
    assert isinstance(result, UnclearResult)
    named = oneedit.service.history(LOCAL, wanted=EditFilter(actor="eve"))
    assert named == result


def test_history_takes_a_name_and_conditions_together(oneedit: Application) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    assert versions(oneedit.service.history(LOCAL, "Joseph Biden")) == [1]
    found = oneedit.service.history(LOCAL, "Joseph Biden", wanted=EditFilter(since=later))
    assert versions(found) == []
