"""The kinds of jobs that OneEdit has."""

from oneedit.jobs.audit_job import audit_kind
from oneedit.jobs.consolidate_job import CONSOLIDATE
from oneedit.jobs.export_job import EXPORT
from oneedit.jobs.import_job import IMPORT
from oneedit.jobs.kinds import JobKinds
from oneedit.jobs.pull_job import PULL
from oneedit.jobs.repair_job import REPAIR
from oneedit.upkeep.doctor import Doctor


def shipped_kinds(doctor: Doctor | None = None) -> JobKinds:
    """Return the kinds.

    Args:
        doctor: checks the home in audits; None where jobs are only managed.
    """
    jobs = (PULL, REPAIR, CONSOLIDATE, audit_kind(doctor), EXPORT)
    return JobKinds(jobs, once=(IMPORT,))
