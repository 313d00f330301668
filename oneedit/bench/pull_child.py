"""A pull in a process of its own, which may kill itself: ``python -m oneedit.bench.pull_child``.

Arguments: "pull" or "open", home, source, triples, share of conflicts, seed, records of a batch,
and the number of committed batches after which the process sends itself SIGKILL; 0 never.
"""

import os
import signal
import sys
from pathlib import Path

from oneedit.bench.pull import PullWorld, memory, open_home, run_pull
from oneedit.jobs.pull_request import PlainRun


class _Killer:
    """Kills the process when so many batches are done."""

    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self, share: float) -> None:
        del share
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    what, home, source, triples, conflicts, seed, batch, kill_after = arguments
    world = PullWorld(int(triples), float(conflicts), int(seed))
    application = open_home(Path(home), world)
    if what == "open":
        sys.stdout.write(str(round(memory())))
    else:
        run = PlainRun(report=_Killer(int(kill_after)))
        run_pull(application, Path(source), int(batch), run, total=1)
    application.close()


if __name__ == "__main__":
    main(sys.argv[1:])
