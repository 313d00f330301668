"""A pull in a process of its own, which may kill itself: ``python -m oneedit.bench.pull_child``.

Arguments: "pull", "open" or "read", home, source, the world's specification, records of a batch,
and the number of committed batches after which the process sends itself SIGKILL; 0 never.
"""

import os
import resource
import signal
import sys
import time
from pathlib import Path

from oneedit.bench.pull import memory, open_home, run_pull, world_of
from oneedit.jobs.pull_request import PlainRun

_KIB = 1024  # of the kernel's figures in a MB


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
    what, home, source, spec, batch, kill_after = arguments
    world = world_of(spec)
    if what == "read":
        start = time.perf_counter()
        for _ in world.source(Path(source)).records():
            pass
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
        sys.stdout.write(f"{time.perf_counter() - start:.1f} {peak:.0f}")
        return
    application = open_home(Path(home), world)
    if what == "open":
        sys.stdout.write(str(round(memory())))
    else:
        run = PlainRun(report=_Killer(int(kill_after)))
        run_pull(application, world.source(Path(source)), int(batch), run, total=1)
    application.close()


if __name__ == "__main__":
    main(sys.argv[1:])
