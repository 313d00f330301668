"""The lock on a home: who waits for whom, and how those who wait are told."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneedit.errors import HomeBusy
from oneedit.state.lock import HOLDER, HomeLock

HOLDS = """
import sys
from pathlib import Path
from oneedit.state.lock import HomeLock
with HomeLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds the lock."""
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    if process.poll() is None:
        process.communicate("\n", timeout=60)


def test_who_waits_for_another_process_is_told_its_id_at_once(
    tmp_path: Path, other: subprocess.Popen[str], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, "oneedit.state.lock"),
        pytest.raises(HomeBusy),
        HomeLock(tmp_path, timeout=0.1).held(),
    ):
        pass
    assert f"waiting for process {other.pid}, which edits this home (0 s)" in caplog.messages


def test_who_does_not_want_to_wait_sees_that_it_is_not_free(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    with HomeLock(tmp_path).held_if_free() as free:
        assert not free
    other.communicate("\n", timeout=60)
    with HomeLock(tmp_path).held_if_free() as free:
        assert free
        with pytest.raises(HomeBusy), HomeLock(tmp_path, timeout=0.0).held():
            pass


def test_a_lock_whose_holder_cannot_be_written_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / HOLDER).mkdir()
    with (
        caplog.at_level(logging.INFO, "oneedit.state.lock"),
        HomeLock(tmp_path).held(),
        pytest.raises(HomeBusy),
        HomeLock(tmp_path, timeout=0.05).held(),
    ):
        pass
    assert caplog.messages == []
