"""The kinds of jobs that OneEdit has."""

from oneedit.jobs.kinds import JobKinds
from oneedit.jobs.pull_job import PULL
from oneedit.jobs.repair_job import REPAIR


def shipped_kinds() -> JobKinds:
    """Return the kinds."""
    return JobKinds((PULL, REPAIR))
