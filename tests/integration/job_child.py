"""Carries a run out until it is killed: ``python -m tests.integration.job_child HOME LABEL NTH``.

Sends itself SIGKILL when it passes a label for the NTH time.
"""

import sys
from pathlib import Path

from tests.integration.crash_child import killer
from tests.support.fakes import application

DUE = "2999-01-01T00:00:00+00:00"


def main(home: str, label: str, nth: str) -> None:
    """Claim a slot, and carry out what waits."""
    oneedit = application(Path(home), checkpoint=killer(label, int(nth)))
    oneedit.runner.records.claim("due", DUE)
    for run in oneedit.runner.records.next_runs():
        oneedit.runner.carry_out(run.id)
    oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
