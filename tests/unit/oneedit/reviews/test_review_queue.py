"""Lists of proposals: what each person sees, by which filters, and what they may do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from oneedit.errors import NotPermitted
from oneedit.ledger.proposal import ProposalAction, ProposalFilter, ProposalOrder, ProposalState
from oneedit.results import ReviewPageResult
from oneedit.reviews.review_queue import ReviewQueue
from oneedit.reviews.risk import Risk, RiskScale
from oneedit.wiring import Application
from tests.support.console import PROPOSED, propose
from tests.support.fakes import LOCAL, application

ADA = Actor("ada", Role.EDITOR)
GRACE = Actor("grace", Role.REVIEWER)
BOB = Actor("bob", Role.EDITOR)


@pytest.fixture(scope="module")
def oneedit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    made = application(tmp_path_factory.mktemp("home"))
    made.people.add(LOCAL, "ada", Role.EDITOR)
    propose(made, *PROPOSED)
    yield made
    made.close()


@pytest.fixture
def queue(oneedit: Application) -> ReviewQueue:
    return oneedit.service.review_queue


def numbers(found: ReviewPageResult) -> list[int]:
    return [each.proposal.id for each in found.listed]


def test_a_page_says_how_many_there_are_in_all(queue: ReviewQueue) -> None:
    found = queue.page(GRACE, ProposalFilter(), offset=1, limit=1)
    assert (numbers(found), found.total) == ([2], 3)


def test_the_newest_can_come_first(queue: ReviewQueue) -> None:
    found = queue.page(GRACE, ProposalFilter(), order=ProposalOrder.NEWEST)
    assert numbers(found) == [3, 2, 1]


def test_the_highest_risk_can_come_first_before_the_list_is_cut(queue: ReviewQueue) -> None:
    found = queue.page(GRACE, ProposalFilter(), order=ProposalOrder.RISK, limit=2)
    assert numbers(found) == [3, 1]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ProposalFilter(text="oakland"), [1]),
        (ProposalFilter(text="100%"), []),
        (ProposalFilter(relation="spouse"), [3]),
        (ProposalFilter(code="displaced_partner"), [3]),
        (ProposalFilter(states=(ProposalState.REJECTED,)), []),
        (ProposalFilter(author="bob"), []),
    ],
)
def test_filters_narrow_the_list(
    queue: ReviewQueue, wanted: ProposalFilter, expected: list[int]
) -> None:
    assert numbers(queue.page(GRACE, wanted)) == expected


def test_every_proposal_has_one_risk(queue: ReviewQueue) -> None:
    found = {risk: numbers(queue.page(GRACE, ProposalFilter(), risk=risk)) for risk in Risk}
    assert found == {Risk.HIGH: [], Risk.MEDIUM: [3], Risk.LOW: [1, 2]}
    listed = queue.page(GRACE, ProposalFilter()).listed
    assert [each.risk for each in listed] == [Risk.LOW, Risk.LOW, Risk.MEDIUM]
    assert queue.risk(GRACE, listed[2].proposal) is Risk.MEDIUM


def test_what_a_newcomer_would_be_refused_for_is_of_high_risk(oneedit: Application) -> None:
    scale = RiskScale(oneedit.service.context.controller.policy)
    assert scale.of(["coverage", "type"]) is Risk.HIGH
    assert scale.of([]) is Risk.LOW
    assert scale.high.isdisjoint(scale.medium)


def test_authors_see_their_own_proposals_only(queue: ReviewQueue) -> None:
    assert queue.page(ADA, ProposalFilter()).total == 3
    assert queue.page(BOB, ProposalFilter()).total == 0
    assert queue.page(BOB, ProposalFilter(author="ada")).total == 0
    assert [queue.count_waiting(each) for each in (GRACE, ADA, BOB)] == [3, 3, 0]


def test_choices_say_why_an_author_may_not_approve(queue: ReviewQueue) -> None:
    proposal = queue.page(GRACE, ProposalFilter()).listed[0].proposal
    reviewer, author = queue.choices(GRACE, proposal), queue.choices(ADA, proposal)
    assert reviewer[ProposalAction.APPROVE] == ""
    assert "only its author" in reviewer[ProposalAction.WITHDRAW]
    assert "only reviewers" in author[ProposalAction.APPROVE]
    assert author[ProposalAction.WITHDRAW] == ""
    with pytest.raises(NotPermitted):
        queue.choices(BOB, proposal)


def test_every_step_is_news(tmp_path: Path) -> None:
    made = application(tmp_path)
    before = made.service.review_queue.steps_taken()
    propose(made, PROPOSED[0])
    told = made.service.review_queue.steps_taken()
    made.service.reviews.comment(GRACE, 1, "Which Oakland?")
    assert before < told < made.service.review_queue.steps_taken()
    made.close()
