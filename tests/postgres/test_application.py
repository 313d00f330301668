"""The whole application, its ledger in PostgreSQL."""

from pathlib import Path

import pytest

from controller.actor import Actor, Role
from oneedit.ledger.proposal import ProposalFilter, ProposalState
from oneedit.results import AskResult, Proposed
from oneedit.wiring import Application
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell, undone

pytestmark = pytest.mark.postgres

ADA, RAE = Actor("ada", Role.EDITOR), Actor("rae", Role.REVIEWER)


def play(oneedit: Application) -> None:
    """Edit, undo, roll back, review."""
    tell(oneedit, "Joe Biden's vice president is Mike Pence.", "Joe Biden was born in Oakland.")
    undone(oneedit.service.undo(LOCAL, 2))
    tell(oneedit, "Ada Quill was born in Paris.")
    oneedit.service.roll_back(LOCAL, 1, confirm=lambda _plan, _report: True)
    proposed = oneedit.service.submit(ADA, "Bea Quill was born in Paris.")
    assert isinstance(proposed, Proposed)
    reviews = oneedit.service.reviews
    (proposal,) = reviews.list(LOCAL, ProposalFilter()).proposals
    result = reviews.approve(RAE, proposal.id, revision=proposal.revision)
    assert result.proposal.state is ProposalState.APPLIED


def test_a_story_goes_as_with_the_ledger_in_a_file(tmp_path: Path, postgres_url: str) -> None:
    both = application(tmp_path / "file"), application(tmp_path / "home", database_url=postgres_url)
    for oneedit in both:
        play(oneedit)
        assert oneedit.service.verify(LOCAL).versions == oneedit.ledger.head() + 1
    in_file, in_database = (
        [(event.version, event.kind, event.content) for event in each.ledger.events()]
        for each in both
    )
    assert in_database == in_file
    assert both[0].ledger.snapshot() == both[1].ledger.snapshot()
    assert not both[1].ledger.path.exists()
    for oneedit in both:
        oneedit.close()


def test_a_restart_goes_on_where_it_was(tmp_path: Path, postgres_url: str) -> None:
    before = application(tmp_path / "home", database_url=postgres_url)
    play(before)
    head, live = before.ledger.head(), before.editor.live_hash()
    before.close()
    again = application(tmp_path / "home", database_url=postgres_url)
    assert (again.ledger.head(), again.editor.live_hash()) == (head, live)
    answer = again.service.ask(LOCAL, "Where was Bea Quill born?")
    assert isinstance(answer, AskResult)
    assert answer.expected == ("Paris",)
    undone(again.service.undo(LOCAL, None))
    assert again.service.verify(LOCAL).versions == head + 2
    again.close()
