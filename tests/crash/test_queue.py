"""SIGKILL at every labelled point of the queue: nothing is lost, and nothing is done twice."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.crash.checks import ROOT, assert_nothing_waits, assert_whole, command
from tests.crash.child import ALONE, REVIEWED, TOGETHER, play
from tests.support.fakes import application

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

STRIDE = int(os.environ.get("ONEEDIT_STRIDE", "5"))
"""Passes of a label from one kill to the next; ``make crash`` leaves none out."""


@pytest.mark.parametrize("label", LABELS)
def test_a_kill_at_any_point_of_the_queue_loses_nothing(label: str, tmp_path: Path) -> None:
    code = -signal.SIGKILL
    for nth in range(1, MOST, STRIDE):
        home, acks = tmp_path / f"home{nth}", tmp_path / f"acks{nth}"
        code = subprocess.run(
            command(home, acks, label, nth), check=False, timeout=120, cwd=ROOT
        ).returncode
        if code == 0:
            break
        oneedit = application(home)
        assert_nothing_waits(oneedit)
        assert_whole(oneedit, acks)
        play(oneedit)
        assert_whole(oneedit, acks)
        reasons = [event.reason for event in oneedit.ledger.events()]
        for text in (*(text for _, text in TOGETHER), REVIEWED, ALONE):
            assert reasons.count(text) == 1
        oneedit.close()
    assert nth > 1, f"{label} was never passed"
    assert code == 0
