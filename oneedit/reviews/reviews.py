"""The review of proposals: look, ask back, amend, decide; what is approved becomes an edit.

An approval is recorded first, and then the edit goes the way of every other edit. Its event
carries the proposal's key, so that it is applied once, and a proposal whose process ended between
the commit and the mark is marked at the next look.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace

from controller.actor import Actor, Role
from controller.plan import EditPlan, Verdict
from interpreter.intents import Change, Intent, Unclear
from kg_data.errors import ExpectedError
from oneedit.edits.approval import Approval
from oneedit.edits.call import Call
from oneedit.edits.choice import Choice
from oneedit.errors import FactRefused, ModelNeeded, NothingToAllow, ProposalChanged, WordsMissing
from oneedit.ledger.ledger import CommitGuard
from oneedit.ledger.proposal import (
    Proposal,
    ProposalAction,
    ProposalFilter,
    ProposalState,
    ReviewStep,
    UnmarkedCommit,
)
from oneedit.people.permissions import Operation, require, require_sight, sees
from oneedit.ports import Progress
from oneedit.results import (
    Already,
    Decided,
    EditOutcome,
    EditResult,
    NeedsConfirmation,
    Proposed,
    Refused,
    ReviewBulkResult,
    ReviewListResult,
    ReviewResult,
    UnclearResult,
    UndoOutcome,
    UndoResult,
)
from oneedit.reviews.desk import ONEEDIT, Desk


@dataclass(frozen=True)
class Reviews:
    """What authors and reviewers may do with proposals.

    A proposal is seen by its author and by those who decide, not by everybody. The parts of the
    service and the worker - ``proposed_before`` and ``carry_out`` - have no actor: they act on
    what was authorised and recorded before.

    A decision names the revision of the proposal that its maker has seen, and is refused if the
    proposal has another one by then. Every method that takes the number of a proposal raises:

    * ``UnknownProposal``: there is none of this number;
    * ``NotPermitted``: the actor may not do this;
    * ``ProposalChanged``: the proposal has changed since the revision that was seen;
    * ``WrongState``: the proposal's state does not allow this.

    Attributes:
        desk: reads proposals and records the steps of their review.
        read: reads a message.
        edit: carries out what is intended.
        take_back: undoes a version.
    """

    _: KW_ONLY
    desk: Desk
    read: Callable[[str], Intent]
    edit: Callable[[Change, Call], EditOutcome]
    take_back: Callable[[Choice, Call], UndoOutcome]

    # ---------- making and looking ----------

    def propose(self, intent: Change, plan: EditPlan, call: Call) -> Proposed:
        """Record what somebody wants as a proposal; under one idempotency key only one.

        Raises:
            KeyReused: the key came with another message before.
            NotPermitted: the caller may not propose anything.
        """
        require(call.actor, Operation.PROPOSE)
        before = self.proposed_before(call)
        if before is not None:  # its process ended before it could say so
            return before
        proposal = Proposal(
            author=call.actor,
            text=call.text,
            intent=intent,
            plan=plan,
            source=call.source,
            batch=call.batch,
            idem=call.key,
            request_sha=call.request_sha,
        )
        try:
            added = self.desk.proposals.add(self.desk.with_plan(proposal, plan))
        except FactRefused:  # another thread has proposed the same in this moment
            before = self.proposed_before(call)
            if before is None:
                raise
            return before
        return Proposed(added.id, added.plan)

    def proposed_before(self, call: Call) -> Proposed | None:
        """Return the proposal that a call made before under the same idempotency key.

        Raises:
            KeyReused: the key came with another message before.
        """
        if call.key is None:
            return None
        proposals = self.desk.proposals
        found = proposals.find_idempotent(call.actor.name, call.key, call.request_sha)
        return None if found is None else Proposed(found.id, found.plan, replayed=True)

    def list(self, actor: Actor, wanted: ProposalFilter | None = None) -> ReviewListResult:
        """Return proposals that an actor may see, the oldest first.

        By default those that are not decided; only their own, unless the actor decides.
        """
        require(actor, Operation.READ)
        self.desk.mark_committed()
        found = self.desk.proposals.find(wanted or ProposalFilter())
        return ReviewListResult(tuple(each for each in found if sees(actor, each.author.name)))

    def show(self, actor: Actor, proposal_id: int) -> ReviewResult:
        """Return a proposal with its review, planned again if the graph has changed since."""
        found = self.desk.get(proposal_id)
        require_sight(actor, found.author.name, f"proposal {proposal_id}")
        try:
            proposal, earlier = self.desk.planned_again(found)
        except (ProposalChanged, ModelNeeded):  # in this moment; or the model is not loaded
            proposal, earlier = self.desk.get(proposal_id), None
        return self._result(proposal, earlier=earlier)

    # ---------- talking about it ----------

    def comment(self, actor: Actor, proposal_id: int, text: str) -> ReviewResult:
        """Add a remark.

        Raises:
            WordsMissing: the remark is empty.
        """
        return self._say(actor, ProposalAction.COMMENT, proposal_id, text)

    def ask_author(self, actor: Actor, proposal_id: int, question: str) -> ReviewResult:
        """Ask the author back; the proposal waits for the answer.

        Raises:
            WordsMissing: the question is empty.
        """
        return self._say(actor, ProposalAction.ASK, proposal_id, question)

    def answer(self, actor: Actor, proposal_id: int, text: str) -> ReviewResult:
        """Answer the question of a reviewer.

        Raises:
            WordsMissing: the answer is empty.
        """
        return self._say(actor, ProposalAction.ANSWER, proposal_id, text)

    def assign(self, actor: Actor, proposal_id: int, assignee: str) -> ReviewResult:
        """Make a proposal somebody's task, or nobody's with an empty name."""
        proposal = self.desk.begin(actor, ProposalAction.ASSIGN, proposal_id)
        step = ReviewStep(actor=actor, action=ProposalAction.ASSIGN, comment=assignee)
        return self._taken(proposal, replace(proposal, assignee=assignee), step)

    def amend(
        self, actor: Actor, proposal_id: int, text: str, *, revision: int
    ) -> ReviewResult | Refused | Already | UnclearResult:
        """Replace what a proposal changes by what a message states; approvals start anew.

        Nothing is amended if the message is unclear, or the edit would be refused or change
        nothing.
        """
        proposal = self.desk.begin(actor, ProposalAction.AMEND, proposal_id, revision)
        intent = self.read(text)
        if isinstance(intent, Unclear):
            return UnclearResult(intent.code, intent.reason, intent.options)
        if not isinstance(intent, Change):
            reason = "I expected a statement, or what to forget."
            return UnclearResult("not_understood", reason)
        plan = self.desk.plan(intent, proposal.author)
        reasons = plan.decision.reasons
        if plan.decision.verdict is Verdict.NOTHING:
            return Already(plan.facts, reasons)
        if plan.decision.verdict is Verdict.BLOCK:
            call = Call(actor=actor, text=text, operation="amend")
            decider = self.desk.context.decider
            return decider.refuse(call, Verdict.BLOCK, reasons, plan=plan)
        amenders = dict.fromkeys((*proposal.amenders, actor.name))
        amenders.pop(proposal.author.name, None)
        after = replace(proposal, intent=intent, text=text, amenders=tuple(amenders))
        comment = f"instead of: {proposal.text}"
        step = ReviewStep(
            actor=actor, action=ProposalAction.AMEND, comment=comment, earlier=proposal.plan
        )
        return self._taken(proposal, self.desk.with_plan(after, plan), step)

    # ---------- deciding ----------

    def approve(
        self,
        actor: Actor,
        proposal_id: int,
        *,
        revision: int,
        comment: str = "",
        below_gate: bool = False,
        progress: Progress | None = None,
    ) -> ReviewResult:
        """Agree to a proposal; with enough approvals it becomes an edit at once.

        If the graph has changed what it means, it stays open with its new plan and the result
        has the earlier one. If the model does not learn it well enough, it stays open with what
        it fell short of. A proposal that is approved and was not carried out, because the process
        ended, is carried out now.

        Args:
            actor: who agrees.
            proposal_id: to what.
            revision: the revision that was seen.
            comment: a remark.
            below_gate: commit the edit even if its check does not pass.
            progress: is called with the stage of the edit and the share of it that is done.
        """
        agreed = self.agree(actor, proposal_id, revision=revision, comment=comment)
        if agreed.proposal.state is not ProposalState.APPROVED:
            return agreed  # somebody else has to agree, too, or it means something else now
        return self.carry_out(proposal_id, below_gate=below_gate, progress=progress)

    def agree(
        self, actor: Actor, proposal_id: int, *, revision: int, comment: str = ""
    ) -> ReviewResult:
        """Record an approval; what is approved by enough people waits to be carried out.

        If the graph has changed what it means, it stays open with its new plan and the result
        has the earlier one.
        """
        proposal = self.desk.begin(actor, ProposalAction.APPROVE, proposal_id, revision)
        proposal, earlier = self.desk.planned_again(proposal)
        if earlier is not None:
            return self._result(proposal, earlier=earlier, done=False)
        if proposal.state is not ProposalState.APPROVED:
            proposal = self._approved(proposal, actor, comment)
        return self._result(proposal)

    def carry_out(
        self,
        proposal_id: int,
        *,
        below_gate: bool = False,
        progress: Progress | None = None,
        guard: CommitGuard | None = None,
    ) -> ReviewResult:
        """Make an approved proposal an edit, in its author's name.

        If the model does not learn it well enough, it is open again with what it fell short of.

        Args:
            proposal_id: the proposal.
            below_gate: commit the edit even if its check does not pass.
            progress: is called with the stage of the edit and the share of it that is done.
            guard: takes part in the commit.
        """
        proposal = self.desk.get(proposal_id)
        if proposal.state is not ProposalState.APPROVED:
            return self._result(proposal, done=proposal.state is ProposalState.APPLIED)
        approver = self._approver(proposal)
        call = Call(
            actor=proposal.author,
            text=proposal.text,
            operation="approve",
            key=proposal.key,
            progress=progress,
            source=proposal.source,
            batch=proposal.batch,
            approval=Approval(
                plan=proposal.plan,
                approvers=proposal.approvals,
                below_gate=below_gate,
                self_confirmed=approver.role is Role.LOCAL,
            ),
            guard=guard,
        )
        return self._carry_out(proposal, call, approver)

    def reject(self, actor: Actor, proposal_id: int, *, revision: int, reason: str) -> ReviewResult:
        """Decline a proposal.

        Raises:
            WordsMissing: the reason is empty.
        """
        action = ProposalAction.REJECT
        proposal = self.desk.begin(actor, action, proposal_id, revision)
        step = ReviewStep(actor=actor, action=action, comment=_words(reason, action))
        return self._taken(proposal, replace(proposal, decided_by=actor.name), step)

    def withdraw(
        self, actor: Actor, proposal_id: int, *, revision: int, comment: str = ""
    ) -> ReviewResult:
        """Take one's own proposal back."""
        action = ProposalAction.WITHDRAW
        proposal = self.desk.begin(actor, action, proposal_id, revision)
        step = ReviewStep(actor=actor, action=action, comment=comment)
        return self._taken(proposal, replace(proposal, decided_by=actor.name), step)

    def reopen(
        self, actor: Actor, proposal_id: int, *, revision: int, comment: str = ""
    ) -> ReviewResult:
        """Put a rejected proposal back into the queue."""
        action = ProposalAction.REOPEN
        proposal = self.desk.begin(actor, action, proposal_id, revision)
        step = ReviewStep(actor=actor, action=action, comment=comment)
        return self._taken(proposal, self.desk.undecided(proposal), step)

    def undo(
        self,
        actor: Actor,
        proposal_id: int,
        *,
        revision: int,
        comment: str = "",
        progress: Progress | None = None,
    ) -> ReviewResult:
        """Undo the edit that a proposal became, as any other edit is undone."""
        proposal = self.desk.begin(actor, ProposalAction.UNDO, proposal_id, revision)
        version = -1 if proposal.version is None else proposal.version
        call = Call(actor=actor, text=f"undo {version}", operation="undo", progress=progress)
        outcome = self.take_back(Choice(versions=(version,)), call)
        done = isinstance(outcome, UndoResult)
        if isinstance(outcome, UndoResult):
            action = ProposalAction.UNDO
            commit = UnmarkedCommit(proposal_id, action, actor.name, outcome.version)
            self.desk.mark(commit, actor, comment=comment)
        return self._result(self.desk.get(proposal_id), edit=outcome, done=done)

    def allow(
        self, actor: Actor, proposal_id: int, *, revision: int | None, comment: str = ""
    ) -> ReviewResult:
        """Judge what the screens find in a proposal to be a false positive, now and later.

        The same finding about the same name or fact no longer asks for a review; the proposal
        is planned again and stays open for its decision. What the policy refuses even to curators
        cannot be allowed.

        Raises:
            NothingToAllow: no screen has found anything that has a name.
        """
        proposal = self.desk.begin(actor, ProposalAction.ALLOW, proposal_id, revision)
        found = [
            each
            for each in proposal.plan.decision.reasons
            if each.about and self.desk.policy.verdicts[each.code].curator is not Verdict.BLOCK
        ]
        if not found:
            raise NothingToAllow(proposal_id)
        for reason in found:
            self.desk.context.ledger.allow(
                reason.code, reason.about, actor=actor.name, comment=comment
            )
        named = ", ".join(f"{each.code}: {each.about}" for each in found)
        step = ReviewStep(actor=actor, action=ProposalAction.ALLOW, comment=comment or named)
        allowed = self.desk.record(proposal, proposal, step)
        plan = self.desk.plan(allowed.intent, allowed.author)
        again = self.desk.replace_plan(allowed, plan)
        return self._result(again, earlier=allowed.plan)

    def approve_all(
        self, actor: Actor, wanted: ProposalFilter, *, comment: str = ""
    ) -> ReviewBulkResult:
        """Approve all proposals that are meant, each by itself."""
        require(actor, Operation.REVIEW)
        return self._each(
            actor,
            wanted,
            lambda each: self.approve(actor, each.id, revision=each.revision, comment=comment),
        )

    def reject_all(self, actor: Actor, wanted: ProposalFilter, *, reason: str) -> ReviewBulkResult:
        """Reject all proposals that are meant, each by itself.

        Raises:
            WordsMissing: the reason is empty.
        """
        require(actor, Operation.REVIEW)
        _words(reason, ProposalAction.REJECT)
        return self._each(
            actor,
            wanted,
            lambda each: self.reject(actor, each.id, revision=each.revision, reason=reason),
        )

    # ---------- parts ----------

    def _say(
        self, actor: Actor, action: ProposalAction, proposal_id: int, text: str
    ) -> ReviewResult:
        proposal = self.desk.begin(actor, action, proposal_id)
        return self._taken(
            proposal, proposal, ReviewStep(actor=actor, action=action, comment=_words(text, action))
        )

    def _taken(self, before: Proposal, after: Proposal, step: ReviewStep) -> ReviewResult:
        return self._result(self.desk.record(before, after, step))

    def _result(
        self,
        proposal: Proposal,
        *,
        earlier: EditPlan | None = None,
        edit: EditOutcome | UndoOutcome | None = None,
        done: bool = True,
    ) -> ReviewResult:
        events = self.desk.proposals.events(proposal.id)
        return ReviewResult(proposal=proposal, events=events, earlier=earlier, edit=edit, done=done)

    def _approved(self, proposal: Proposal, actor: Actor, comment: str) -> Proposal:
        """Record an approval; the local user's is enough, for there is nobody else."""
        approvals = (*proposal.approvals, actor.name)
        enough = actor.role is Role.LOCAL or len(approvals) >= proposal.required
        after = replace(proposal, approvals=approvals, decided_by=actor.name if enough else "")
        action = ProposalAction.APPROVE if enough else ProposalAction.APPROVE_IN_PART
        step = ReviewStep(actor=actor, action=action, comment=comment)
        recorded = self.desk.record(proposal, after, step)
        self.desk.context.ledger.checkpoint("proposal.approved")
        return recorded

    def _approver(self, proposal: Proposal) -> Actor:
        """Return who approved a proposal last."""
        steps = self.desk.proposals.events(proposal.id)
        approved = (each for each in reversed(steps) if each.action is ProposalAction.APPROVE)
        last = next(approved, None)
        return ONEEDIT if last is None else last.actor

    def _carry_out(self, proposal: Proposal, call: Call, approver: Actor) -> ReviewResult:
        try:
            outcome = self.edit(proposal.intent, call)
        except ExpectedError as error:
            current = self.desk.get(proposal.id)  # applied, if the error came after the commit
            if current.state is ProposalState.APPROVED:
                self._hold(current, str(error))
            raise
        if isinstance(outcome, EditResult):
            commit = UnmarkedCommit(
                proposal.id, ProposalAction.APPLY, proposal.author.name, outcome.version
            )
            self.desk.mark(commit, approver)
            return self._result(self.desk.get(proposal.id), edit=outcome)
        return self._not_carried_out(self.desk.get(proposal.id), outcome)

    def _not_carried_out(self, proposal: Proposal, outcome: EditOutcome) -> ReviewResult:
        """Record why an approval did not become an edit, unless another process has seen to it."""
        if proposal.state is not ProposalState.APPROVED:
            return self._result(proposal, done=proposal.state is ProposalState.APPLIED)
        if isinstance(outcome, Refused) and outcome.report is not None:
            held = self._hold(proposal, "; ".join(outcome.report.shortfalls))
            return self._result(held, edit=outcome, done=False)
        plan = outcome.plan if isinstance(outcome, NeedsConfirmation | Refused) else None
        plan = plan or self.desk.plan(proposal.intent, proposal.author)
        again = self.desk.replace_plan(proposal, plan)
        return self._result(again, earlier=proposal.plan, edit=outcome, done=False)

    def _hold(self, proposal: Proposal, why: str) -> Proposal:
        step = ReviewStep(actor=ONEEDIT, action=ProposalAction.HOLD, comment=why)
        return self.desk.record(proposal, self.desk.undecided(proposal), step)

    def _each(
        self, actor: Actor, wanted: ProposalFilter, decide: Callable[[Proposal], ReviewResult]
    ) -> ReviewBulkResult:
        found = self.list(actor, wanted).proposals
        return ReviewBulkResult(tuple(self._one_of_many(each, decide) for each in found))

    def _one_of_many(
        self, proposal: Proposal, decide: Callable[[Proposal], ReviewResult]
    ) -> Decided:
        try:
            result = decide(proposal)
        except ExpectedError as error:
            return Decided(self.desk.get(proposal.id), done=False, note=str(error))
        return Decided(result.proposal, done=result.done, note=_note(result))


def _words(text: str, action: ProposalAction) -> str:
    """Return words without surrounding white space.

    Raises:
        WordsMissing: there are none.
    """
    if not text.strip():
        raise WordsMissing(action)
    return text.strip()


def _note(result: ReviewResult) -> str:
    """Say why a proposal was not decided as asked, or who else has to agree."""
    if result.done:
        waits = result.proposal.state is ProposalState.OPEN and result.proposal.approvals
        return "somebody else has to approve it, too" if waits else ""
    return result.events[-1].comment if result.events else ""
