"""The kind ``consolidate``: replaces all patches by one, when that is due or at any rate.

The server consolidates by itself when that is due (:mod:`oneedit.jobs.consolidation`): being due
is an event, and not a time. This kind is for the quiet hours: before it is due, with ``force``.
"""

from controller.actor import Actor, Role
from oneedit.errors import NotConsolidated
from oneedit.jobs.kinds import JobKind, JobRequest, JobResult, JobSettings
from oneedit.jobs.run_context import RunContext
from oneedit.ledger import history
from oneedit.people.permissions import Operation
from oneedit.results import Already, ConsolidateResult
from oneedit.service import EditService


class ConsolidateSettings(JobSettings):
    """What may be set for a consolidation."""

    force: bool = False
    """Consolidate whatever waits, even if it is not due yet."""


def run_consolidate(
    request: JobRequest[ConsolidateSettings],
    service: EditService,
    actor: Actor,
    context: RunContext,
) -> JobResult:
    """Consolidate if it is due, or if it is forced and any patch waits.

    Raises:
        NotConsolidated: the fit did not pass its check, or was overtaken; tried again later.
    """
    ledger = service.context.ledger
    pending = len(history.pending_patches(ledger.patches(ledger.head()), ledger.events()))
    due = bool(pending) if request.settings.force else service.consolidator.due()
    counts = {"pending": pending}
    if not due:
        return JobResult(counts=counts, text=f"{pending} patches wait; that is not due yet")
    if context.dry_run:
        return JobResult(counts=counts, text=f"{pending} patches would become one")
    outcome = service.consolidate(actor, progress=context.stage)
    if isinstance(outcome, ConsolidateResult):
        counts |= {"replaced": outcome.replaced, "solved_again": len(outcome.solved_again)}
        text = f"version {outcome.version} replaces {outcome.replaced} patches by one"
        return JobResult(counts=counts, text=text)
    reasons = [reason.text for reason in outcome.reasons]
    if isinstance(outcome, Already):  # somebody was faster
        return JobResult(counts=counts, text=" ".join(reasons))
    raise NotConsolidated(reasons)


CONSOLIDATE = JobKind(
    name="consolidate",
    about="replaces the patches of all edits by one, when that is due",
    settings=ConsolidateSettings,
    operation=Operation.CONSOLIDATE,
    role=Role.ADMIN,
    run=run_consolidate,
)
