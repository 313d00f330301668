"""SIGKILL at every labelled point of every step: an edit is whole or absent, never lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oneedit.ledger.verification import verify
from oneedit.wiring import Application
from tests.integration.crash_child import STORY, say
from tests.support.fakes import LOCAL, application

LABELS = (
    "genesis.before_commit",
    "genesis.after_commit",
    "graph.loaded",
    "weights.used",
    "patch.saved",
    "ledger.before_commit",
    "ledger.after_commit",
    "graph.applied",
)
ROOT = Path(__file__).parents[2]
MOST = 10
"""More often than any label is passed in the story."""


def play(home: Path, acks: Path, label: str, nth: int) -> int:
    """Return the exit code of a process that plays the story until it is killed."""
    command = [sys.executable, "-m", "tests.integration.crash_child"]
    arguments = [*command, str(home), str(acks), label, str(nth)]
    return subprocess.run(arguments, check=False, timeout=120, cwd=ROOT).returncode


def acknowledged(acks: Path) -> list[dict[str, object]]:
    lines = acks.read_text(encoding="utf-8").splitlines() if acks.exists() else []
    return [json.loads(line) for line in lines]


def assert_whole(oneedit: Application, acks: Path) -> None:
    """Check everything that must hold after any crash."""
    version = oneedit.service.status(LOCAL).version
    assert verify(oneedit.ledger) == version + 1
    snapshot = oneedit.ledger.snapshot()
    assert set(oneedit.store.facts()) == set(snapshot.facts)
    assert oneedit.store.version == version
    assert {each.id for each in oneedit.store.entities()} == {each.id for each in snapshot.entities}
    assert oneedit.editor.live_hash() == oneedit.ledger.event(version).content.state_hash
    for patch in oneedit.ledger.patches(version):
        assert patch.sha256 in oneedit.patches
    for ack in acknowledged(acks):
        assert oneedit.ledger.event(int(str(ack["version"]))).reason == ack["text"]


def assert_finishes(oneedit: Application) -> None:
    """Say everything again with the same keys: each message becomes exactly one version."""
    for text in STORY:
        say(oneedit.service, text)
    assert tuple(event.reason for event in oneedit.ledger.events()[1:]) == STORY


@pytest.mark.parametrize("label", LABELS)
def test_a_kill_at_any_point_leaves_each_edit_whole_or_absent(label: str, tmp_path: Path) -> None:
    untouched = -signal.SIGKILL
    for nth in range(1, MOST + 1):
        home, acks = tmp_path / f"home{nth}", tmp_path / f"acks{nth}"
        untouched = play(home, acks, label, nth)
        oneedit = application(home)
        assert_whole(oneedit, acks)
        assert_finishes(oneedit)
        assert_whole(oneedit, acks)
        oneedit.close()
        if untouched == 0:
            break
    assert nth > 1, f"{label} was never passed"
    assert untouched == 0


def test_a_kill_during_recovery_is_healed_by_the_next_start(tmp_path: Path) -> None:
    home, acks = tmp_path / "home", tmp_path / "acks"
    kills = [
        ("genesis.before_commit", 1),
        ("graph.loaded", 1),
        ("ledger.after_commit", 1),
        ("graph.loaded", 1),
        ("weights.used", 1),
        ("patch.saved", 1),
        ("ledger.before_commit", 1),
        ("graph.applied", 1),
    ]
    for label, nth in kills:
        assert play(home, acks, label, nth) == -signal.SIGKILL
    oneedit = application(home)
    assert_whole(oneedit, acks)
    assert_finishes(oneedit)
    oneedit.close()
