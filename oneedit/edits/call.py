"""One call of the service: who asks for what, and how to reach them while it runs."""

from contextlib import nullcontext
from dataclasses import dataclass

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from editor.evaluation.report import Report
from oneedit.edits.approval import Approval
from oneedit.ledger.hashing import canonical_json, sha256_of
from oneedit.ledger.ledger import CommitGuard
from oneedit.ports import Confirm, Progress
from oneedit.state.lock import HeldLock


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the service, with its caller.

    Attributes:
        actor: who asks.
        text: the user's words.
        operation: name of the service's method.
        key: the idempotency key.
        confirm: asks the user for agreement; None where nobody can be asked.
        progress: is called with the stage and the share of it that is done.
        source: where the request came from: "chat", "cli", "import:FILE", "job:NAME", or "".
        batch: id of the batch that it belongs to, or "".
        propose: whether the edit is left to a reviewer, even if it needs none.
        approval: what reviewers have agreed to, if the edit was a proposal; or the author, if
            they were shown the plan before.
        guard: takes part in the commit, if the call is that of a ticket.
    """

    actor: Actor
    text: str
    operation: str
    key: str | None = None
    confirm: Confirm | None = None
    progress: Progress | None = None
    source: str = ""
    batch: str = ""
    propose: bool = False
    approval: Approval | None = None
    guard: CommitGuard | None = None

    @property
    def request_sha(self) -> str:
        """Return a digest of operation and text."""
        return sha256_of(canonical_json([self.operation, self.text]))

    @property
    def may_confirm(self) -> bool:
        """Tell whether the caller may agree to their own edit, as the one local user may."""
        return self.confirm is not None and self.actor.role is Role.LOCAL

    @property
    def complete(self) -> bool:
        """Tell whether all that follows is planned at once, as reviewers have seen it."""
        return self.approval is not None and self.approval.plan.complete

    def leaves_to_review(self, plan: EditPlan) -> bool:
        """Tell whether a plan becomes a proposal: its caller may not agree, or wants one."""
        if self.approval is not None:
            return False
        verdict = plan.decision.verdict
        if self.propose:
            # what only a screen refuses may be a false positive, which a reviewer can release
            screened = any(reason.about for reason in plan.decision.reasons)
            return verdict in {Verdict.APPLY, Verdict.REVIEW} or (
                verdict is Verdict.BLOCK and screened
            )
        return verdict is Verdict.REVIEW and self.actor.role is not Role.LOCAL

    def agrees(self, plan: EditPlan, report: Report | None, held: HeldLock | None = None) -> bool:
        """Ask the user whether to go on; the home's lock is free while they think.

        Reviewers have answered already.
        """
        if self.approval is not None:
            return self.approval.below_gate
        if self.confirm is None or not self.may_confirm:
            return False
        with held.released() if held else nullcontext():
            return self.confirm(plan, report)
