"""What people are promised about their tickets."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from interpreter.intents import Tell
from kg_data.triples import Slot, Triple
from oneedit.edits.choice import Choice
from oneedit.errors import KeyReused, NotPermitted, TicketChanged, UnknownTicket, WrongState
from oneedit.ledger.ticket import Ticket, TicketFilter, TicketState
from oneedit.ledger.verification import verify
from oneedit.outcomes import load_result
from oneedit.results import (
    Already,
    AskResult,
    EditResult,
    HistoryResult,
    NeedsConfirmation,
    Proposed,
    Refused,
    UndoResult,
)
from oneedit.wiring import Application
from tests.support.fakes import EDITOR, LOCAL, FakeEditor, application
from tests.support.readers import reading

DISPLACING = "The spouse of Joe Biden is Doug Emhoff."
SLOT_TAKEN = "The spouse of Joe Biden is Karen Pence."
OTHER = Actor("bo", Role.EDITOR)
REVIEWER = Actor("rea", Role.REVIEWER)


@pytest.fixture
def oneedit(tmp_path: Path) -> Application:
    return application(tmp_path / "home")


def submitted(oneedit: Application, actor: Actor, text: str, **options: object) -> Ticket:
    ticket = oneedit.queue.submit(actor, text, **options)  # type: ignore[arg-type]
    assert isinstance(ticket, Ticket)
    return ticket


def carried_out(oneedit: Application, ticket: Ticket) -> Ticket:
    while oneedit.worker.carry_out_next():
        pass
    return oneedit.queue.get(LOCAL, ticket.id)


def test_a_fact_becomes_a_ticket_at_once_and_a_version_later(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, "Joe Biden was born in Oakland.")
    assert ticket.state is TicketState.QUEUED
    assert oneedit.ledger.head() == 0
    done = carried_out(oneedit, ticket)
    assert (done.state, done.version) == (TicketState.APPLIED, 1)
    result = oneedit.queue.result(LOCAL, done)
    assert isinstance(result, EditResult)
    assert result.told[0].after == "Oakland"
    assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == ("Oakland",)


def test_questions_are_answered_without_a_ticket(oneedit: Application) -> None:
    assert isinstance(oneedit.queue.submit(LOCAL, "Where was Joe Biden born?"), AskResult)
    assert isinstance(oneedit.queue.submit(LOCAL, "history"), HistoryResult)
    assert oneedit.queue.find(LOCAL) == []


def test_what_cannot_be_checked_is_kept_with_the_models_answer_if_that_was_wanted(
    oneedit: Application,
) -> None:
    queue = replace(oneedit.queue, conversation="c")
    queue.submit(LOCAL, "How tall is Joe Biden?")
    free = queue.ask(LOCAL, "How tall is Joe Biden?", free=True)
    said = queue.conversations.messages(LOCAL, "c")
    kept = [load_result(each.outcome) for each in said]
    assert [each.asked for each in kept if isinstance(each, AskResult)] == [False, True]
    assert kept[1] == free


def test_every_step_is_recorded(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, "Joe Biden was born in Oakland.")
    carried_out(oneedit, ticket)
    states = [step.state.value for step in oneedit.queue.tickets.steps(ticket.id)]
    assert states == ["reading", "queued", "solving", "checking", "applied"]


def test_what_needs_an_agreement_waits_for_its_author(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, DISPLACING)
    assert ticket.state is TicketState.NEEDS_ANSWER
    assert isinstance(oneedit.queue.result(LOCAL, ticket), NeedsConfirmation)
    assert carried_out(oneedit, ticket).state is TicketState.NEEDS_ANSWER
    oneedit.queue.agree(LOCAL, ticket.id)
    done = carried_out(oneedit, ticket)
    assert done.state is TicketState.APPLIED
    assert oneedit.ledger.event(1).content.self_confirmed


def test_nobody_else_answers_for_the_author(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, DISPLACING)
    with pytest.raises(NotPermitted):
        oneedit.queue.agree(REVIEWER, ticket.id)


def test_an_agreement_is_to_the_plan_that_was_shown(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, DISPLACING)
    oneedit.queue.agree(LOCAL, ticket.id)
    oneedit.service.submit(LOCAL, SLOT_TAKEN, confirm=lambda _plan, _report: True)
    again = carried_out(oneedit, ticket)
    assert again.state is TicketState.NEEDS_ANSWER
    assert oneedit.ledger.head() == 1


def test_an_editor_waits_for_a_reviewer_and_follows_the_decision(oneedit: Application) -> None:
    ticket = submitted(oneedit, EDITOR, DISPLACING)
    assert ticket.state is TicketState.NEEDS_REVIEW
    proposed = oneedit.queue.result(LOCAL, ticket)
    assert isinstance(proposed, Proposed)
    approved = oneedit.queue.approve(REVIEWER, proposed.proposal_id, revision=1)
    assert isinstance(approved, Ticket)
    assert approved.id == ticket.id
    done = carried_out(oneedit, ticket)
    assert (done.state, done.version) == (TicketState.APPLIED, 1)
    assert oneedit.ledger.event(1).actor == EDITOR.name
    assert oneedit.ledger.event(1).content.approved_by == (REVIEWER.name,)
    assert isinstance(oneedit.queue.result(LOCAL, done), EditResult)


def test_a_rejected_proposal_ends_its_ticket(oneedit: Application) -> None:
    ticket = submitted(oneedit, EDITOR, DISPLACING)
    oneedit.service.reviews.reject(REVIEWER, ticket.proposal or 0, revision=1, reason="no source")
    ended = oneedit.queue.get(EDITOR, ticket.id)
    assert ended.state is TicketState.REFUSED
    assert ended.note == f"Proposal {ticket.proposal} was rejected by {REVIEWER.name}: no source"
    assert oneedit.queue.result(EDITOR, ended) is None  # it does not wait any more


def test_a_proposal_that_was_carried_out_directly_ends_its_ticket(oneedit: Application) -> None:
    ticket = submitted(oneedit, EDITOR, DISPLACING)
    oneedit.service.reviews.approve(REVIEWER, ticket.proposal or 0, revision=1)
    done = oneedit.queue.get(LOCAL, ticket.id)
    assert (done.state, done.version) == (TicketState.APPLIED, 1)
    assert isinstance(oneedit.queue.result(LOCAL, done), EditResult)


def test_what_is_known_already_is_applied_without_a_version(oneedit: Application) -> None:
    ticket = submitted(oneedit, LOCAL, "Joe Biden was born in Scranton.")
    assert (ticket.state, ticket.version) == (TicketState.APPLIED, None)
    assert isinstance(oneedit.queue.result(LOCAL, ticket), Already)


def test_a_blocked_edit_is_refused_at_once_and_in_the_audit(oneedit: Application) -> None:
    text = "Joe Biden is his own spouse."
    told = Tell((Triple("Joe Biden", "spouse", "Joe Biden"),))
    ticket = reading(oneedit, {text: told}).submit(LOCAL, text)
    assert isinstance(ticket, Ticket)
    assert ticket.state is TicketState.REFUSED
    assert isinstance(oneedit.queue.result(LOCAL, ticket), Refused)
    assert len(oneedit.ledger.refusals()) == 1


def test_an_undo_of_what_does_not_exist_is_refused_at_once(oneedit: Application) -> None:
    ticket = oneedit.queue.undo(LOCAL, Choice.of(7))
    assert ticket.state is TicketState.REFUSED
    refused = oneedit.queue.result(LOCAL, ticket)
    assert isinstance(refused, Refused)
    assert refused.reasons[0].code == "unknown_version"


def test_an_undo_goes_through_the_queue(oneedit: Application) -> None:
    before = oneedit.editor.live_hash()
    carried_out(oneedit, submitted(oneedit, LOCAL, "Joe Biden was born in Oakland."))
    done = carried_out(oneedit, submitted(oneedit, LOCAL, "Undo that."))
    assert isinstance(oneedit.queue.result(LOCAL, done), UndoResult)
    assert oneedit.editor.live_hash() == before


def test_undoing_what_still_waits_cancels_it(oneedit: Application) -> None:
    chat = replace(oneedit.queue, conversation="c1")
    ticket = chat.submit(LOCAL, "Joe Biden was born in Oakland.")
    undone = chat.submit(LOCAL, "Undo that.")
    assert isinstance(ticket, Ticket)
    assert isinstance(undone, Ticket)
    assert (undone.id, undone.state) == (ticket.id, TicketState.CANCELLED)
    assert not oneedit.worker.carry_out_next()


def test_the_last_edit_of_an_editor_is_their_own(oneedit: Application) -> None:
    carried_out(oneedit, submitted(oneedit, EDITOR, "Joe Biden was born in Oakland."))
    carried_out(oneedit, submitted(oneedit, OTHER, "Donald Trump was born in Paris."))
    carried_out(oneedit, submitted(oneedit, EDITOR, "Undo that."))
    assert oneedit.ledger.event(3).targets == (1,)


def test_a_roll_back_asks_first_and_goes_through_the_queue(oneedit: Application) -> None:
    carried_out(oneedit, submitted(oneedit, LOCAL, "Joe Biden was born in Oakland."))
    ticket = oneedit.queue.roll_back(LOCAL, 0)
    assert ticket.state is TicketState.NEEDS_ANSWER
    oneedit.queue.agree(LOCAL, ticket.id)
    assert carried_out(oneedit, ticket).version == 2
    assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == ("Scranton",)


def test_a_consolidation_goes_through_the_queue(oneedit: Application) -> None:
    carried_out(oneedit, submitted(oneedit, LOCAL, "Joe Biden was born in Oakland."))
    done = carried_out(oneedit, oneedit.queue.consolidate(LOCAL))
    assert (done.state, done.version) == (TicketState.APPLIED, 2)


def test_one_key_makes_one_ticket_and_one_version(oneedit: Application) -> None:
    text = "Joe Biden was born in Oakland."
    first = submitted(oneedit, LOCAL, text, idempotency_key="k")
    assert submitted(oneedit, LOCAL, text, idempotency_key="k").id == first.id
    carried_out(oneedit, first)
    again = submitted(oneedit, LOCAL, text, idempotency_key="k")
    assert (again.id, again.version) == (first.id, 1)
    with pytest.raises(KeyReused):
        oneedit.queue.submit(LOCAL, "Joe Biden was born in Paris.", idempotency_key="k")


def test_a_ticket_can_be_cancelled_by_its_author_until_it_is_applied(oneedit: Application) -> None:
    ticket = submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    with pytest.raises(NotPermitted):
        oneedit.queue.cancel(OTHER, ticket.id)
    assert oneedit.queue.cancel(EDITOR, ticket.id).state is TicketState.CANCELLED
    assert not oneedit.worker.carry_out_next()
    other = submitted(oneedit, EDITOR, "Donald Trump was born in Oakland.")
    carried_out(oneedit, other)
    with pytest.raises(TicketChanged, match="applied"):
        oneedit.queue.cancel(EDITOR, other.id)
    with pytest.raises(UnknownTicket):
        oneedit.queue.cancel(EDITOR, 99)


def test_a_ticket_that_is_cancelled_while_it_is_solved_changes_nothing(tmp_path: Path) -> None:
    editor = FakeEditor()
    oneedit = application(tmp_path / "home", editor=editor)
    ticket = submitted(oneedit, LOCAL, "Joe Biden was born in Oakland.")
    editor.during_solve = lambda: oneedit.queue.cancel(LOCAL, ticket.id)
    assert carried_out(oneedit, ticket).state is TicketState.CANCELLED
    assert oneedit.ledger.head() == 0
    assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == ("Scranton",)


def test_what_the_model_does_not_learn_is_held_until_somebody_decides(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=FakeEditor(failing=("first", "second")))
    ticket = submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    held = carried_out(oneedit, ticket)
    assert held.state is TicketState.HELD
    with pytest.raises(NotPermitted):
        oneedit.queue.agree(EDITOR, ticket.id)
    oneedit.queue.agree(REVIEWER, ticket.id)
    assert carried_out(oneedit, ticket).state is TicketState.APPLIED
    content = oneedit.ledger.event(1).content
    assert content.degraded
    assert content.approved_by == (REVIEWER.name,)


def test_an_error_is_told_and_can_be_tried_again(tmp_path: Path) -> None:
    editor = FakeEditor()
    oneedit = application(tmp_path / "home", editor=editor)
    ticket = submitted(oneedit, LOCAL, "Joe Biden was born in Oakland.")

    def fail() -> None:
        raise OSError("no more memory")

    editor.during_solve = fail
    failed = carried_out(oneedit, ticket)
    assert failed.state is TicketState.FAILED
    assert "log" in failed.note
    editor.during_solve = lambda: None
    oneedit.queue.agree(LOCAL, ticket.id)
    assert carried_out(oneedit, ticket).state is TicketState.APPLIED


def test_the_first_of_two_people_wins_and_the_second_is_asked(oneedit: Application) -> None:
    first = submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    second = submitted(oneedit, OTHER, "Joe Biden was born in Paris.")
    assert carried_out(oneedit, first).state is TicketState.APPLIED
    asked = oneedit.queue.get(LOCAL, second.id)
    assert asked.state is TicketState.NEEDS_ANSWER
    shown = oneedit.queue.result(LOCAL, asked)
    assert isinstance(shown, NeedsConfirmation)
    assert "ed changed this in version 1" in shown.reasons[0].text
    oneedit.queue.agree(OTHER, second.id)
    assert carried_out(oneedit, second).version == 2
    assert oneedit.store.objects(Slot("Joe Biden", "place_of_birth")) == ("Paris",)


def test_the_same_fact_of_two_people_is_one_version(oneedit: Application) -> None:
    submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    second = submitted(oneedit, OTHER, "Joe Biden was born in Oakland.")
    done = carried_out(oneedit, second)
    assert (done.state, done.version) == (TicketState.APPLIED, None)
    assert oneedit.ledger.head() == 1


def test_a_base_version_is_what_its_author_has_seen(oneedit: Application) -> None:
    carried_out(oneedit, submitted(oneedit, EDITOR, "Joe Biden was born in Oakland."))
    late = submitted(oneedit, OTHER, "Joe Biden was born in Paris.", base_version=0)
    assert carried_out(oneedit, late).state is TicketState.NEEDS_ANSWER
    seen = submitted(oneedit, OTHER, "Joe Biden was born in Lyon.", base_version=1)
    assert carried_out(oneedit, seen).state is TicketState.APPLIED


def test_ones_own_earlier_edit_is_no_reason_to_ask(oneedit: Application) -> None:
    submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    second = submitted(oneedit, EDITOR, "Joe Biden was born in Paris.")
    assert carried_out(oneedit, second).version == 2


def test_different_slots_of_one_subject_both_pass(oneedit: Application) -> None:
    first = submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    second = submitted(oneedit, OTHER, "Joe Biden's party is the Republican Party.")
    assert carried_out(oneedit, first).state is TicketState.APPLIED
    assert oneedit.queue.get(LOCAL, second.id).state is TicketState.APPLIED
    assert verify(oneedit.ledger) == 3


def test_tickets_are_found_by_conversation_and_author(oneedit: Application) -> None:
    replace(oneedit.queue, conversation="c1").submit(LOCAL, "Joe Biden was born in Oakland.")
    submitted(oneedit, EDITOR, "Donald Trump was born in Oakland.")
    found = oneedit.queue.find(LOCAL, TicketFilter(conversation="c1"))
    assert [each.author for each in found] == [LOCAL]
    assert [each.author for each in oneedit.queue.find(LOCAL, TicketFilter(author="ed"))] == [
        EDITOR
    ]


def test_an_estimate_tells_the_place_and_the_time(oneedit: Application) -> None:
    first = submitted(oneedit, EDITOR, "Joe Biden was born in Oakland.")
    same_slot = submitted(oneedit, EDITOR, "Joe Biden was born in Paris.")
    other_slot = submitted(oneedit, EDITOR, "Donald Trump was born in Paris.")
    places = [oneedit.queue.estimate(LOCAL, each).place for each in (first, same_slot, other_slot)]
    assert places == [0, 1, 0]
    assert (
        oneedit.queue.estimate(LOCAL, same_slot).seconds
        > oneedit.queue.estimate(LOCAL, first).seconds
    )


def test_trying_again_agrees_to_nothing(oneedit: Application) -> None:
    # an edit that needs a reviewer, and failed before anybody was asked
    ticket = submitted(oneedit, EDITOR, DISPLACING)
    unasked = replace(ticket, id=0, state=TicketState.READING, proposal=None, idem="again")
    failed, _ = oneedit.queue.tickets.add(unasked)
    oneedit.queue.tickets.record(failed, replace(failed, state=TicketState.FAILED))
    oneedit.queue.agree(EDITOR, failed.id)
    assert carried_out(oneedit, failed).state is TicketState.NEEDS_REVIEW
    assert oneedit.ledger.head() == 0


def test_cancelling_what_waits_for_a_reviewer_withdraws_it(oneedit: Application) -> None:
    ticket = submitted(oneedit, EDITOR, DISPLACING)
    with pytest.raises(NotPermitted):
        oneedit.queue.cancel(REVIEWER, ticket.id)
    assert oneedit.queue.cancel(EDITOR, ticket.id).state is TicketState.CANCELLED
    with pytest.raises(WrongState):
        oneedit.queue.approve(REVIEWER, ticket.proposal or 0, revision=2)


def test_undo_means_the_newest_edit_and_not_one_that_was_held_before(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=FakeEditor(failing=("first", "second")))
    chat = replace(oneedit.queue, conversation="c1")
    held = chat.submit(LOCAL, "Joe Biden was born in Oakland.")
    applied = chat.submit(LOCAL, "Donald Trump was born in Paris.")
    assert isinstance(held, Ticket)
    assert isinstance(applied, Ticket)
    carried_out(oneedit, applied)
    chat.agree(LOCAL, applied.id)
    assert carried_out(oneedit, applied).version == 1
    undone = chat.submit(LOCAL, "Undo that.")
    assert isinstance(undone, Ticket)
    carried_out(oneedit, undone)
    assert oneedit.queue.get(LOCAL, held.id).state is TicketState.HELD
    assert oneedit.ledger.events()[-1].targets == (1,)


def test_nobody_lets_their_own_edit_pass_below_the_gate(tmp_path: Path) -> None:
    oneedit = application(tmp_path / "home", editor=FakeEditor(failing=("first", "second")))
    held = carried_out(oneedit, submitted(oneedit, REVIEWER, "Joe Biden was born in Oakland."))
    assert held.state is TicketState.HELD
    with pytest.raises(NotPermitted):
        oneedit.queue.agree(REVIEWER, held.id)


def test_one_key_makes_one_proposal(oneedit: Application) -> None:
    intent = oneedit.service.read(DISPLACING)
    assert isinstance(intent, Tell)
    plan = oneedit.service.plan(intent, EDITOR)
    call = replace(oneedit.service.call(EDITOR, DISPLACING, "submit"), key="ticket:7")
    first = oneedit.service.reviews.propose(intent, plan, call)
    assert oneedit.service.reviews.propose(intent, plan, call).proposal_id == first.proposal_id
    assert len(oneedit.service.reviews.list(LOCAL).proposals) == 1
