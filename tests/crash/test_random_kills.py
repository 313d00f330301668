"""SIGKILL at random moments while three people write: nothing is lost, nothing is done twice.

``ONEEDIT_KILLS`` says how often; ``make crash`` kills a thousand times.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

from tests.crash.checks import (
    ROOT,
    assert_nothing_waits,
    assert_prefix,
    assert_whole,
    command,
    told,
)
from tests.support.fakes import LOCAL, application

KILLS = int(os.environ.get("ONEEDIT_KILLS", "6"))
IN_RECOVERY = 4
"""Every so many kills, the process is killed once more while it starts."""


def test_kills_at_random_with_three_people_writing_lose_nothing(tmp_path: Path) -> None:
    chance = Random(7)
    home, acks = tmp_path / "home", tmp_path / "acks"
    application(home).close()
    for number in range(KILLS):
        child = subprocess.Popen(command(home, acks, "-", number), cwd=ROOT)
        if number % IN_RECOVERY == IN_RECOVERY - 1:
            time.sleep(chance.uniform(0.5, 3.0))  # it is still starting, or has just started
        else:
            _wait_for_words(acks)
            time.sleep(chance.uniform(0.0, 1.0))
        child.kill()
        assert child.wait(30) == -signal.SIGKILL
        assert_prefix(home, acks)
        oneedit = application(home)
        assert_whole(oneedit, acks)
        oneedit.close()
    oneedit = application(home)
    assert_nothing_waits(oneedit)
    assert_whole(oneedit, acks)
    assert LOCAL.name in {each.author.name for each in oneedit.queue.find(LOCAL)}
    oneedit.close()


def _wait_for_words(acks: Path) -> None:
    """Wait until somebody was told something."""
    before, begun = len(told(acks)), time.monotonic()
    while len(told(acks)) == before and time.monotonic() < begun + 60:
        time.sleep(0.02)
