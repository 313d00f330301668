"""The kind ``import``: a pull of a file that somebody asks for once, in their own name."""

from dataclasses import dataclass, replace

from controller.actor import Actor, Role
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult
from oneedit.jobs.pull import pull
from oneedit.jobs.pull_job import PullSettings, pull_of, result_of
from oneedit.jobs.run_context import RunContext
from oneedit.ledger.job import JobRun
from oneedit.people.permissions import Operation
from oneedit.service import EditService


class ImportSettings(PullSettings):
    """What a run of an import is told; it is asked for by who has this role."""

    role: Role
    """Role of whoever asks for it; what they may do by now is looked up again."""
    service: bool = False
    """Whether that is a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind(JobKind[ImportSettings]):
    """The kind of runs that act in the name of whoever asks for them."""

    def actor(self, run: JobRun) -> Actor:
        """Return who asked for the run."""
        settings = self.checked(run.settings)
        return Actor(run.asked_by, settings.role, trust=run.trust, service=settings.service)


def run_import(
    request: JobRequest[ImportSettings], service: EditService, actor: Actor, context: RunContext
) -> JobResult:
    """Add what the file states and the graph lacks; conflicts wait for review.

    Raises:
        BadRecords: too many records are bad.
        KgDataError: the file cannot be read.
        StaleHead: others committed again and again while a batch was planned.
    """
    book = service.context.controller.book
    wanted = replace(pull_of(request.settings, request.job, request.slot, book), origin=request.job)
    result = pull(wanted, service, actor, context)
    return result_of(wanted, result, dry_run=context.dry_run)


IMPORT = ImportKind(
    name="import",
    about="adds what a file states and the graph lacks, once, in the name of who asks for it",
    settings=ImportSettings,
    operation=Operation.IMPORT,
    run=run_import,
)
