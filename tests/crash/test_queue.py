"""SIGKILL at every labelled point of the queue: nothing is lost, and nothing is done twice."""

from pathlib import Path

import pytest

from kg_data.errors import ExpectedError
from tests.crash.checks import STRIDE, assert_survived, is_killed
from tests.crash.faults import FAULTS

LABELS = (
    "ticket.added",
    "ticket.recorded",
    "ticket.taken",
    "ticket.applied",
    "patch.saved",
    "proposal.approved",
    "ledger.before_commit",
    "ledger.after_commit",
    "graph.applied",
    "weights.used",
)
MOST = 40
"""More often than any label is passed in the story."""


@pytest.mark.parametrize("label", LABELS)
def test_a_kill_at_any_point_of_the_queue_loses_nothing(label: str, tmp_path: Path) -> None:
    for nth in range(1, MOST, STRIDE):
        home, acks = tmp_path / f"home{nth}", tmp_path / f"acks{nth}"
        if not is_killed(home, acks, label, nth):
            break
        assert_survived(home, acks)
    assert 1 < nth < MOST - STRIDE, f"{label} was passed never, or too often"


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, tmp_path: Path) -> None:
    fault = FAULTS[name]
    for nth in range(1, MOST):
        home, acks = tmp_path / f"home{nth}", tmp_path / f"acks{nth}"
        assert is_killed(home, acks, fault.label, nth, name), "no kill has shown it"
        with fault.planted():
            try:
                assert_survived(home, acks)
            except (AssertionError, ExpectedError):
                return
