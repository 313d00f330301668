"""The desk: proposals as they are now, planned again where the graph has changed since."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from controller.policy import Policy
from interpreter.intents import Change
from oneedit.edits.approval import same_meaning
from oneedit.edits.context import EditContext
from oneedit.errors import ProposalChanged
from oneedit.ledger.proposal import (
    MAX_CONSEQUENCES,
    OldAnswer,
    Proposal,
    ProposalAction,
    ProposalState,
    ReviewStep,
    UnmarkedCommit,
)
from oneedit.ledger.proposals import Proposals, changed_since
from oneedit.reviews.transitions import TRANSITIONS, permit, state_after

ONEEDIT = Actor("oneedit", Role.VIEWER)
"""Takes the steps that follow by themselves."""

UNUSABLE = frozenset({Verdict.BLOCK, Verdict.NOTHING})
"""Verdicts of plans that cannot be applied."""

_PLANNED_AGAIN = frozenset({ProposalState.OPEN, ProposalState.NEEDS_ANSWER, ProposalState.STALE})


@dataclass(frozen=True)
class Desk:
    """Reads proposals and records the steps of their review.

    Attributes:
        context: the parts that take part in an edit.
        plan: plans what is intended in somebody's name, at the head.
        policy: tells how many people have to agree.
    """

    _: KW_ONLY
    context: EditContext
    plan: Callable[[Change, Actor], EditPlan]
    policy: Policy

    @cached_property
    def proposals(self) -> Proposals:
        """Return the proposals of the ledger."""
        return Proposals(self.context.ledger)

    def get(self, proposal_id: int) -> Proposal:
        """Return a proposal; one whose edit was committed is marked as applied first.

        Raises:
            UnknownProposal: there is none of this number.
        """
        self.mark_committed()
        return self.proposals.get(proposal_id)

    def begin(
        self, actor: Actor, action: ProposalAction, proposal_id: int, revision: int | None = None
    ) -> Proposal:
        """Return a proposal on which somebody may take an action now.

        Args:
            actor: who takes it.
            action: what is to be done.
            proposal_id: to which proposal.
            revision: the revision that the actor has seen; None where it does not matter.

        Raises:
            UnknownProposal: there is none of this number.
            NotPermitted: the actor may not do this.
            ProposalChanged: it has another revision by now.
            WrongState: its state does not allow this.
        """
        proposal = self.get(proposal_id)
        permit(actor, action, proposal)
        if revision is not None and revision != proposal.revision:
            events = self.proposals.events(proposal_id)
            raise changed_since(proposal_id, revision, proposal.revision, events)
        state_after(proposal.state, action)
        return proposal

    def record(self, before: Proposal, after: Proposal, step: ReviewStep) -> Proposal:
        """Record a step; its action decides on the state after it.

        Raises:
            ProposalChanged: somebody else has taken a step meanwhile.
            WrongState: the state does not allow it.
        """
        state = state_after(before.state, step.action)
        return self.proposals.record(before, replace(after, state=state), step)

    def undecided(self, proposal: Proposal) -> Proposal:
        """Return a proposal that nobody has approved or decided."""
        return replace(proposal, approvals=(), decided_by="", decided_at="")

    def with_plan(self, proposal: Proposal, plan: EditPlan) -> Proposal:
        """Return a proposal with a new plan, which nobody has approved."""
        shown = replace(
            plan, targets=(), consequences=plan.consequences[:MAX_CONSEQUENCES], links=(), keep=()
        )
        return replace(
            self.undecided(proposal),
            plan=shown,
            answers=self._old_answers(plan),
            required=self.policy.approvals(plan.decision.reasons),
        )

    def planned_again(self, proposal: Proposal) -> tuple[Proposal, EditPlan | None]:
        """Return a proposal as it is at the head, and the earlier plan if it meant something else.

        Raises:
            ProposalChanged: somebody else has taken a step meanwhile.
        """
        if proposal.state not in _PLANNED_AGAIN:
            return proposal, None
        if proposal.plan.base_version == self.context.ledger.head():
            return proposal, None
        plan = self.plan(proposal.intent, proposal.author)
        if same_meaning(proposal.plan, plan):
            return proposal, None
        return self.replace_plan(proposal, plan), proposal.plan

    def replace_plan(self, proposal: Proposal, plan: EditPlan) -> Proposal:
        """Record that the graph has changed what a proposal means.

        Raises:
            ProposalChanged: somebody else has taken a step meanwhile.
        """
        unusable = plan.decision.verdict in UNUSABLE
        action = ProposalAction.EXPIRE if unusable else ProposalAction.REPLAN
        comment = f"version {plan.base_version} of the graph has changed what it means"
        step = ReviewStep(actor=ONEEDIT, action=action, comment=comment, earlier=proposal.plan)
        return self.record(proposal, self.with_plan(proposal, plan), step)

    def mark_committed(self) -> None:
        """Mark the proposals whose edit was committed or undone, and that do not say so yet."""
        for commit in self.proposals.unmarked():
            by = f"by {commit.actor}" if commit.action is ProposalAction.UNDO else ""
            self.mark(commit, ONEEDIT, comment=by)

    def mark(self, commit: UnmarkedCommit, actor: Actor, *, comment: str = "") -> None:
        """Mark a proposal whose edit was committed or undone; nothing if another process did."""
        before = self.proposals.get(commit.proposal_id)
        if commit.action not in TRANSITIONS[before.state]:
            return
        step = ReviewStep(
            actor=actor, action=commit.action, comment=comment, version=commit.version
        )
        applied = commit.action is ProposalAction.APPLY
        after = replace(before, version=commit.version) if applied else before
        try:
            self.record(before, after, step)
        except ProposalChanged:  # somebody has commented in this moment
            self.mark(commit, actor, comment=comment)

    def _old_answers(self, plan: EditPlan) -> tuple[OldAnswer, ...]:
        editor = self.context.editor
        return tuple(
            OldAnswer(each.question, each.before, editor.confidence(each.question))
            for each in self.context.trials.answers_before(plan)
        )
