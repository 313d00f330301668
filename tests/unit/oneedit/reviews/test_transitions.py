"""The two tables of the review: what each state allows, and who may do it."""

import itertools
from dataclasses import replace

import pytest

from controller.actor import Actor, Role, Tier
from controller.plan import Decision, EditPlan, Verdict
from interpreter.intents import Forget
from kg_data.triples import Slot
from oneedit.errors import NotPermitted, WrongState
from oneedit.ledger.proposal import UNDECIDED, Proposal, ProposalAction, ProposalState
from oneedit.reviews.transitions import (
    BY_ONEEDIT,
    PARTIES,
    TRANSITIONS,
    Party,
    permit,
    state_after,
)

AUTHOR = Actor("ada", Role.EDITOR)
REVIEWER = Actor("rae", Role.REVIEWER)
ADMIN = Actor("adam", Role.ADMIN)
LOCAL = Actor("me", Role.LOCAL)
OTHERS = (
    Actor("ed", Role.EDITOR),
    Actor("ned", Role.EDITOR, Tier.NEW),
    Actor("ron", Role.VIEWER),
)
PROPOSAL = Proposal(
    author=AUTHOR,
    text="Forget the employer of Ada Quill.",
    intent=Forget(Slot("Ada Quill", "employer")),
    plan=EditPlan((), Decision(Verdict.REVIEW), base_version=0),
)
BY_PEOPLE = [action for action in ProposalAction if action not in BY_ONEEDIT]


@pytest.mark.parametrize(
    ("state", "action"), [*itertools.product(ProposalState, ProposalAction)], ids=str
)
def test_every_state_allows_an_action_or_says_what_it_allows(
    state: ProposalState, action: ProposalAction
) -> None:
    allowed = TRANSITIONS[state]
    if action in allowed:
        assert state_after(state, action) is allowed[action]
        return
    with pytest.raises(WrongState) as caught:
        state_after(state, action)
    assert caught.value.http_status == 409
    assert state.replace("_", " ") in str(caught.value)
    assert caught.value.allowed
    for each in caught.value.allowed:
        assert ProposalAction(each) in allowed
        assert each.replace("_", " ") in str(caught.value)


def test_everything_can_be_commented_on() -> None:
    assert all(state_after(each, ProposalAction.COMMENT) is each for each in ProposalState)


def test_only_an_approved_proposal_is_applied_and_only_an_applied_one_undone() -> None:
    for action, only in (
        (ProposalAction.APPLY, ProposalState.APPROVED),
        (ProposalAction.UNDO, ProposalState.APPLIED),
        (ProposalAction.RESTORE, ProposalState.UNDONE),
        (ProposalAction.ANSWER, ProposalState.NEEDS_ANSWER),
    ):
        assert [state for state, steps in TRANSITIONS.items() if action in steps] == [only]


def test_what_is_decided_stays_so_but_for_a_reopening_and_an_undo() -> None:
    moves = {
        (state, action)
        for state in set(ProposalState) - set(UNDECIDED)
        for action, after in TRANSITIONS[state].items()
        if after is not state
    }
    assert moves == {
        (ProposalState.APPLIED, ProposalAction.UNDO),
        (ProposalState.REJECTED, ProposalAction.REOPEN),
        (ProposalState.UNDONE, ProposalAction.REOPEN),
        (ProposalState.UNDONE, ProposalAction.RESTORE),  # by a roll back
    }


def test_every_state_is_reached_from_the_first() -> None:
    reached = [ProposalState.OPEN]
    for state in reached:  # grows while it is walked
        reached += [each for each in TRANSITIONS[state].values() if each not in reached]
    assert set(reached) == set(ProposalState)


def test_every_action_belongs_to_somebody() -> None:
    assert set(PARTIES) == set(ProposalAction)


@pytest.mark.parametrize("action", BY_PEOPLE)
@pytest.mark.parametrize("reviewer", [REVIEWER, ADMIN, LOCAL], ids=lambda actor: actor.role)
def test_reviewers_administrators_and_the_local_user_decide(
    action: ProposalAction, reviewer: Actor
) -> None:
    if PARTIES[action] is Party.AUTHOR:
        with pytest.raises(NotPermitted, match="only its author"):
            permit(reviewer, action, PROPOSAL)
    else:
        permit(reviewer, action, PROPOSAL)


@pytest.mark.parametrize("action", BY_PEOPLE)
def test_an_author_answers_amends_comments_and_withdraws_but_decides_nothing(
    action: ProposalAction,
) -> None:
    if PARTIES[action] is Party.REVIEWER:
        with pytest.raises(NotPermitted) as caught:
            permit(AUTHOR, action, PROPOSAL)
        assert caught.value.http_status == 403
    else:
        permit(AUTHOR, action, PROPOSAL)


@pytest.mark.parametrize("action", ProposalAction)
@pytest.mark.parametrize("other", OTHERS, ids=lambda actor: actor.role)
def test_nobody_else_does_anything(action: ProposalAction, other: Actor) -> None:
    with pytest.raises(NotPermitted):
        permit(other, action, PROPOSAL)


@pytest.mark.parametrize("action", sorted(BY_ONEEDIT))
def test_what_follows_by_itself_nobody_asks_for(action: ProposalAction) -> None:
    for actor in (AUTHOR, REVIEWER, ADMIN, LOCAL):
        with pytest.raises(NotPermitted):
            permit(actor, action, PROPOSAL)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMIN])
def test_nobody_approves_what_they_proposed_or_amended_or_have_approved(role: Role) -> None:
    rae = Actor("rae", role)
    for proposal, reason in (
        (replace(PROPOSAL, author=rae), "own proposal"),
        (replace(PROPOSAL, amenders=("rae",)), "amended"),
        (replace(PROPOSAL, approvals=("rae",)), "already"),
    ):
        with pytest.raises(NotPermitted, match=reason):
            permit(rae, ProposalAction.APPROVE, proposal)


def test_the_only_user_of_an_installation_approves_what_they_proposed() -> None:
    permit(LOCAL, ProposalAction.APPROVE, replace(PROPOSAL, author=LOCAL, amenders=("me",)))


def test_an_approver_carries_out_what_a_crash_interrupted() -> None:
    interrupted = replace(PROPOSAL, approvals=("rae",), state=ProposalState.APPROVED)
    permit(REVIEWER, ProposalAction.APPROVE, interrupted)
