"""Decisions on many proposals: exactly those that were seen, each by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.actor import Actor, Role
from oneedit.errors import WordsMissing
from oneedit.ledger.proposal import ProposalState
from oneedit.queue.bulk_review import BulkReview
from oneedit.wiring import Application
from tests.support.console import PROPOSED, propose
from tests.support.fakes import LOCAL, application
from tests.support.web import carry_out

GRACE = Actor("grace", Role.REVIEWER)


@pytest.fixture
def oneedit(tmp_path: Path) -> Iterator[Application]:
    made = application(tmp_path)
    made.people.add(LOCAL, "ada", Role.EDITOR)
    made.people.add(LOCAL, "grace", Role.REVIEWER)
    propose(made, *PROPOSED)
    yield made
    made.close()


def state(oneedit: Application, number: int) -> ProposalState:
    return oneedit.service.reviews.show(LOCAL, number).proposal.state


def test_all_that_were_seen_are_approved_and_carried_out(oneedit: Application) -> None:
    done = BulkReview(oneedit.queue).approve(GRACE, {1: 1, 2: 1})
    assert [each.done for each in done.decided] == [True, True]
    carry_out(oneedit)
    assert [state(oneedit, each) for each in (1, 2, 3)] == ["applied", "applied", "open"]


def test_what_somebody_has_changed_meanwhile_stays_as_it_is(oneedit: Application) -> None:
    oneedit.service.reviews.comment(LOCAL, 1, "Wait.")
    done = BulkReview(oneedit.queue).reject(GRACE, {1: 1, 2: 1}, reason="no source")
    assert [each.done for each in done.decided] == [False, True]
    assert "has changed" in done.decided[0].note
    assert [state(oneedit, each) for each in (1, 2)] == ["open", "rejected"]


def test_a_rejection_needs_a_reason(oneedit: Application) -> None:
    with pytest.raises(WordsMissing):
        BulkReview(oneedit.queue).reject(GRACE, {1: 1}, reason=" ")
    assert state(oneedit, 1) is ProposalState.OPEN


def test_what_the_graph_has_changed_is_looked_at_again(oneedit: Application) -> None:
    oneedit.queue.submit(LOCAL, "Joe Biden was born in Paris.")
    carry_out(oneedit)
    done = BulkReview(oneedit.queue).approve(GRACE, {1: 1})
    assert not done.decided[0].done
    assert "changed what it means" in done.decided[0].note
