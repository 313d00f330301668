"""Imports until it is killed: ``python -m tests.integration.import_child HOME SOURCE LABEL NTH``.

Sends itself SIGKILL when it passes a label for the NTH time.
"""

import sys
import time
from functools import partial
from pathlib import Path

from oneedit.control.local import LocalClient
from oneedit.jobs.import_order import ImportOrder, ImportReport
from oneedit.ledger.job import OPEN_RUNS
from oneedit.wiring import Application
from tests.integration.crash_child import killer
from tests.support.fakes import LOCAL, application


def imported(home: Path, source: str, label: str = "", nth: int = 0) -> ImportReport:
    """Import a file as the command line does, and return how it ended."""
    client = LocalClient(lambda: None, partial(_opened, home, label, nth), LOCAL)
    report = client.begin_import(ImportOrder(path=source))
    while report.run.state in OPEN_RUNS:
        time.sleep(0.02)
        report = client.import_report(report.run.id)
    client.close()
    return report


def _opened(home: Path, label: str, nth: int) -> Application:
    if not label:
        return application(home)
    return application(home, checkpoint=killer(label, nth))


if __name__ == "__main__":
    imported(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
