"""Acts on the verdict of a plan: the edit goes on, or ends with a reason in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.plan import EditPlan, Reason, Verdict
from editor.evaluation.report import Report
from oneedit.edits.call import Call
from oneedit.ledger.ledger import Ledger, Refusal
from oneedit.results import Already, NeedsConfirmation, Refused
from oneedit.state.lock import HeldLock


@dataclass(frozen=True)
class Decider:
    """Acts on verdicts and records refusals in the audit."""

    ledger: Ledger

    def decide(
        self, plan: EditPlan, call: Call, held: HeldLock | None = None
    ) -> Refused | NeedsConfirmation | Already | None:
        """Return the result that ends an edit, or None if it goes on.

        An approved edit goes on only as the plan that was approved.

        Args:
            plan: what is decided on.
            call: who asks; is asked in turn if somebody has to agree.
            held: the home's lock, if it is held; it is free while they think.
        """
        decision = plan.decision
        if call.approval is not None and decision.verdict in {Verdict.APPLY, Verdict.REVIEW}:
            return None if call.approval.covers(plan) else NeedsConfirmation(plan)
        match decision.verdict:
            case Verdict.APPLY:
                return None
            case Verdict.NOTHING:
                return Already(plan.facts, decision.reasons)
            case Verdict.BLOCK:
                return self.refuse(call, Verdict.BLOCK, decision.reasons, plan=plan)
            case Verdict.REVIEW:
                return self._review(plan, call, held)

    def decide_completed(
        self, plan: EditPlan, earlier: EditPlan, call: Call, held: HeldLock
    ) -> Refused | NeedsConfirmation | Already | None:
        """Return the result that ends an edit whose plan was completed, or None if it goes on.

        Whoever agreed has seen the earlier plan; reasons that are new are agreed to by themselves.

        Args:
            plan: the complete plan.
            earlier: the plan of the same edit before, without all that follows.
            call: who asks.
            held: the home's lock.
        """
        known = {reason.code for reason in earlier.decision.reasons}
        new = {reason.code for reason in plan.decision.reasons} - known
        if plan.decision.verdict is Verdict.APPLY:
            return None
        if plan.decision.verdict is Verdict.REVIEW and not new:
            return None
        if plan.decision.verdict is Verdict.REVIEW and call.approval is not None:
            return NeedsConfirmation(plan)
        return self.decide(plan, call, held)

    def hold(self, plan: EditPlan, report: Report | None, call: Call) -> Refused:
        """Refuse an edit whose patches did not pass the gate."""
        reasons = [Reason("gate", text) for text in (report.shortfalls if report else ())]
        reasons = reasons or [Reason("gate", "The model did not learn the edit well enough.")]
        return self.refuse(call, Verdict.REVIEW, reasons, plan=plan, report=report)

    def refuse(
        self,
        call: Call,
        verdict: Verdict,
        reasons: Sequence[Reason],
        *,
        plan: EditPlan | None = None,
        report: Report | None = None,
    ) -> Refused:
        """Record a refusal in the audit and return it."""
        self.ledger.record_refusal(
            Refusal(
                actor=call.actor.name,
                text=call.text,
                verdict=verdict.value,
                reasons=tuple((reason.code, reason.text) for reason in reasons),
            )
        )
        return Refused(verdict=verdict, reasons=tuple(reasons), plan=plan, report=report)

    def _review(
        self, plan: EditPlan, call: Call, held: HeldLock | None
    ) -> Refused | NeedsConfirmation | None:
        if not call.may_confirm:
            return NeedsConfirmation(plan)
        if call.agrees(plan, None, held):
            return None
        declined = Reason("not_confirmed", "You did not agree.")
        return self.refuse(call, Verdict.REVIEW, (*plan.decision.reasons, declined), plan=plan)
