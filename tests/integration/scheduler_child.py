"""Runs a scheduler until its input ends: ``python -m tests.integration.scheduler_child HOME MODE``.

With the mode ``lease`` it runs jobs while it is the worker of its home, as a server does; with
``always`` it does not ask, as if two processes took themselves for the worker. With the variable
ONEEDIT_TEST_DATABASE the ledger is there.
"""

import os
import sys
from pathlib import Path

from oneedit.jobs.runner import JobRunner
from oneedit.jobs.scheduler import JobScheduler
from tests.support.fakes import application
from tests.support.jobs import Probe


def main(home: str, mode: str) -> None:
    """Run jobs."""
    url = os.environ.get("ONEEDIT_TEST_DATABASE", "")
    oneedit = application(Path(home), database_url=url)
    runner = JobRunner(oneedit.jobs.records, Probe().kinds, oneedit.service, oneedit.people)
    scheduler = JobScheduler(runner, lambda: mode == "always" or oneedit.worker.owns, interval=0.5)
    oneedit.worker.start()
    scheduler.start()
    sys.stdin.read()
    scheduler.stop()
    scheduler.join()
    oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
