"""As whom the author of a ticket is judged when it is carried out, and who sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.actor import Actor, Role, Tier
from oneedit.edits.choice import Choice
from oneedit.ledger.ticket import Ticket, TicketFilter, TicketState
from oneedit.results import EditResult, UndoResult
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell

OAKLAND = "Joe Biden was born in Oakland."
PARIS = "Donald Trump was born in Paris."
STRANGER = "Ada Quill was born in Paris."


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    yield (opened := application(tmp_path / "home"))
    opened.close()


def person(oneedit: Application, name: str, role: Role) -> Actor:
    return oneedit.people.add(LOCAL, name, role).actor


def asked(oneedit: Application, actor: Actor, text: str) -> Ticket:
    ticket = oneedit.queue.submit(actor, text)
    assert isinstance(ticket, Ticket)
    return ticket


def carried_out(oneedit: Application, ticket: Ticket) -> Ticket:
    while oneedit.worker.carry_out_next():
        pass
    return oneedit.queue.get(LOCAL, ticket.id)


def test_what_a_disabled_person_asked_for_fails_and_can_be_tried_again(
    oneedit: Application,
) -> None:
    ada, bo = person(oneedit, "ada", Role.EDITOR), person(oneedit, "bo", Role.EDITOR)
    of_ada, of_bo = asked(oneedit, ada, OAKLAND), asked(oneedit, bo, PARIS)
    oneedit.people.disable(LOCAL, "ada")
    failed = carried_out(oneedit, of_ada)
    assert failed.state is TicketState.FAILED
    assert "the account ada is disabled" in failed.note
    assert oneedit.queue.get(LOCAL, of_bo.id).state is TicketState.APPLIED
    assert [event.actor for event in oneedit.ledger.events(after=0)] == ["bo"]
    oneedit.people.enable(LOCAL, "ada")
    again = carried_out(oneedit, oneedit.queue.agree(ada, of_ada.id))
    assert again.state is TicketState.APPLIED


def test_what_a_demoted_person_asked_for_fails_with_the_role_that_is_needed(
    oneedit: Application,
) -> None:
    ticket = asked(oneedit, person(oneedit, "ada", Role.EDITOR), OAKLAND)
    oneedit.people.set_role(LOCAL, "ada", Role.VIEWER)
    failed = carried_out(oneedit, ticket)
    assert failed.state is TicketState.FAILED
    assert "this needs the role editor and ada has the role viewer" in failed.note
    assert oneedit.ledger.head() == 0


def test_a_reviewer_who_became_an_editor_is_judged_as_an_editor(oneedit: Application) -> None:
    tell(oneedit, OAKLAND)
    rae = person(oneedit, "rae", Role.REVIEWER)
    ticket = oneedit.queue.undo(rae, Choice.of(1))
    assert ticket.state is TicketState.QUEUED
    oneedit.people.set_role(LOCAL, "rae", Role.EDITOR)
    waiting = carried_out(oneedit, ticket)
    assert waiting.state is TicketState.NEEDS_REVIEW
    assert oneedit.ledger.head() == 1


def test_a_roll_back_of_a_demoted_reviewer_fails(oneedit: Application) -> None:
    tell(oneedit, OAKLAND)
    rae = person(oneedit, "rae", Role.REVIEWER)
    ticket = oneedit.queue.roll_back(rae, 0)
    assert ticket.state is TicketState.QUEUED
    oneedit.people.set_role(LOCAL, "rae", Role.EDITOR)
    failed = carried_out(oneedit, ticket)
    assert (failed.state, oneedit.ledger.head()) == (TicketState.FAILED, 1)
    assert "needs the role reviewer" in failed.note


def test_who_is_trusted_less_now_waits_for_a_reviewer(oneedit: Application) -> None:
    ada = person(oneedit, "ada", Role.EDITOR)
    ticket = asked(oneedit, ada, OAKLAND)
    assert ticket.state is TicketState.QUEUED
    oneedit.people.set_trust(LOCAL, "ada", Tier.NEW)
    waiting = carried_out(oneedit, ticket)
    assert waiting.state is TicketState.NEEDS_REVIEW
    assert waiting.proposal is not None
    proposal = oneedit.service.reviews.show(LOCAL, waiting.proposal).proposal
    assert proposal.author == Actor("ada", Role.EDITOR, Tier.NEW)


def test_nobody_gains_by_a_promotion_after_they_asked(oneedit: Application) -> None:
    ada = person(oneedit, "ada", Role.EDITOR)
    tell(oneedit, OAKLAND)
    ticket = oneedit.queue.undo(ada, Choice.of(1))
    assert ticket.state is TicketState.NEEDS_REVIEW
    oneedit.people.set_role(LOCAL, "ada", Role.ADMIN)
    assert carried_out(oneedit, ticket).state is TicketState.NEEDS_REVIEW


def test_what_reviewers_approved_is_carried_out_without_its_author(oneedit: Application) -> None:
    ada, rae = person(oneedit, "ada", Role.EDITOR), person(oneedit, "rae", Role.REVIEWER)
    ticket = asked(oneedit, ada, STRANGER)
    assert ticket.proposal is not None
    oneedit.people.disable(LOCAL, "ada")
    oneedit.queue.approve(rae, ticket.proposal, revision=1)
    assert carried_out(oneedit, ticket).state is TicketState.APPLIED


@pytest.mark.parametrize("trust", [None, *Tier])
def test_an_editors_undo_of_somebody_elses_edit_waits_for_a_reviewer(
    trust: Tier | None, oneedit: Application
) -> None:
    tell(oneedit, OAKLAND)
    ada, rae = Actor("ada", Role.EDITOR, trust), Actor("rae", Role.REVIEWER)
    ticket = oneedit.queue.undo(ada, Choice.of(1))
    assert (ticket.state, ticket.proposal) == (TicketState.NEEDS_REVIEW, None)
    queued = oneedit.queue.agree(rae, ticket.id)
    done = carried_out(oneedit, queued)
    assert done.state is TicketState.APPLIED
    assert isinstance(oneedit.queue.result(ada, done), UndoResult)
    assert oneedit.ledger.event(2).actor == "ada"


def test_an_editors_undo_of_their_own_edit_waits_for_nobody(oneedit: Application) -> None:
    ada = Actor("ada", Role.EDITOR)
    assert isinstance(oneedit.service.tell(ada, OAKLAND), EditResult)
    ticket = oneedit.queue.undo(ada, Choice.of(1))
    assert carried_out(oneedit, ticket).state is TicketState.APPLIED


def test_the_trust_of_an_author_is_kept_with_the_ticket(oneedit: Application) -> None:
    bot = Actor("bot", Role.EDITOR, Tier.CURATOR, service=True)
    ticket = asked(oneedit, bot, OAKLAND)
    assert oneedit.queue.get(LOCAL, ticket.id).author == bot


def test_tickets_of_others_are_seen_by_those_who_decide_only(oneedit: Application) -> None:
    ada, bo = Actor("ada", Role.EDITOR), Actor("bo", Role.EDITOR)
    of_ada, of_bo = asked(oneedit, ada, OAKLAND), asked(oneedit, bo, PARIS)
    assert [each.id for each in oneedit.queue.find(ada)] == [of_ada.id]
    assert oneedit.queue.find(ada, TicketFilter(author="bo")) == []
    for role in (Role.REVIEWER, Role.ADMIN, Role.LOCAL):
        found = oneedit.queue.find(Actor("rae", role))
        assert [each.id for each in found] == [of_ada.id, of_bo.id]
