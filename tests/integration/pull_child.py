"""Pulls until it is killed: ``python -m tests.integration.pull_child HOME SOURCE LABEL NTH``.

Sends itself SIGKILL when it passes a label for the NTH time.
"""

import sys
from pathlib import Path

from controller.actor import Actor, Role
from kg_data.sources.json_lines import JsonLinesSource
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_request import PlainRun, PullRequest, PullResult
from oneedit.wiring import Application
from tests.integration.crash_child import killer
from tests.support.fakes import application

JOB = Actor("job:people", Role.REVIEWER)


def play(oneedit: Application, source: str) -> PullResult:
    """Pull a file in batches of five."""
    request = PullRequest(
        source=JsonLinesSource(Path(source)), job="people", slot="monday", batch=5
    )
    return pull(request, oneedit.service, JOB, PlainRun())


def main(home: str, source: str, label: str, nth: str) -> None:
    """Pull."""
    oneedit = application(Path(home), checkpoint=killer(label, int(nth)))
    play(oneedit, source)
    oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
