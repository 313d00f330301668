"""SIGKILL at every labelled point of a review: a proposal becomes one version, never two."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oneedit.ledger.events import EventKind
from oneedit.ledger.proposal import ProposalFilter, ProposalState
from oneedit.ledger.verification import verify
from tests.integration.review_child import TEXT, play
from tests.support.fakes import LOCAL, application

LABELS = (
    "proposal.approved",
    "patch.saved",
    "ledger.before_commit",
    "ledger.after_commit",
    "graph.applied",
    "weights.used",
)
ROOT = Path(__file__).parents[2]
MOST = 5
"""More often than any label is passed in the review."""


def killed(home: Path, label: str, nth: int) -> bool:
    """Tell whether a process that plays the review was killed at a label."""
    command = [sys.executable, "-m", "tests.integration.review_child", str(home), label, str(nth)]
    code = subprocess.run(command, check=False, timeout=120, cwd=ROOT).returncode
    assert code in {0, -signal.SIGKILL}
    return code != 0


@pytest.mark.parametrize("label", LABELS)
def test_a_kill_at_any_point_of_a_review_applies_and_undoes_it_once(
    label: str, tmp_path: Path
) -> None:
    times = 0
    for nth in range(1, MOST + 1):
        home = tmp_path / str(nth)
        was_killed = killed(home, label, nth)
        oneedit = application(home)
        play(oneedit.service)
        (proposal,) = oneedit.service.reviews.list(LOCAL, ProposalFilter(states=())).proposals
        events = oneedit.ledger.events()[1:]
        assert [event.kind for event in events] == [EventKind.ADD, EventKind.REVERT]
        assert (events[0].reason, events[0].content.approved_by) == (TEXT, ("rae",))
        assert (proposal.state, proposal.version) == (ProposalState.UNDONE, 1)
        assert verify(oneedit.ledger) == len(events) + 1
        oneedit.close()
        if not was_killed:
            break
        times += 1
    assert 0 < times < MOST, f"{label} was passed {times} times"
