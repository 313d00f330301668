"""What the visitor may do with the proposal that is open."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from nicegui import ui

from controller.actor import Actor
from oneedit.ledger.proposal import Proposal, ProposalAction
from oneedit.ledger.ticket import Ticket
from oneedit.results import Already, Refused, ReviewResult, UnclearResult
from oneedit.ui.console import proposal_view
from oneedit.ui.console.widgets import asked_words, attempt, button, confirmed, tell
from oneedit.ui.parts import words
from oneedit.ui.site import Visit


class After(Protocol):
    """Shows what came of a step."""

    async def __call__(self, number: int, *, onward: bool) -> None:
        """Show it; ``onward`` goes on to the next proposal."""
        ...


Step = Callable[[Actor], object]


class ProposalActions:
    """The open proposal with its buttons.

    Args:
        visit: who looks.
        place: the part of the page that it may use.
        after: is called when a step was taken.
    """

    def __init__(self, visit: Visit, place: ui.element, after: After) -> None:
        self._visit, self._place, self._after = visit, place, after
        self._wanted: int | None = None
        self._proposal: Proposal | None = None
        self._risk = "low"
        self._choices: dict[ProposalAction, str] = {}
        self._busy = False

    async def show(self, number: int, risk: str | None = None) -> None:
        """Show a proposal, planned again if the graph has changed."""
        self._wanted = number
        result = await attempt(
            self._visit, lambda actor: self._visit.service.reviews.show(actor, number)
        )
        if result is None:
            return
        self._risk = risk or self._visit.service.review_queue.risk(
            self._visit.actor, result.proposal
        )
        await self._build(result)

    async def refresh(self) -> None:
        """Show the open proposal again if somebody has taken a step."""
        before = self._proposal
        if before is None or self._busy or self._place.is_deleted:
            return
        result = await attempt(
            self._visit, lambda actor: self._visit.service.reviews.show(actor, before.id)
        )
        if self._proposal is not before or result is None:
            return
        if result.proposal.revision != before.revision:
            last = result.events[-1]
            await self._build(result)
            if last.actor.name != self._visit.actor.name:
                tell(f"Proposal {before.id} was changed by {last.actor.name}")

    async def _build(self, result: ReviewResult) -> None:
        proposal = result.proposal
        facts = await attempt(self._visit, lambda _: proposal_view.around(self._visit, proposal))
        choices = await attempt(
            self._visit,
            lambda actor: self._visit.service.review_queue.choices(actor, proposal),
        )
        if self._place.is_deleted or choices is None or proposal.id != self._wanted:
            return  # another one was opened meanwhile
        self._proposal, self._choices = proposal, dict(choices)
        self._place.clear()
        with self._place:
            proposal_view.show(self._visit, result, self._risk, facts or ())
            self._buttons(result)

    # ---------- the buttons ----------

    def _buttons(self, result: ReviewResult) -> None:
        objection = self._choices.get(ProposalAction.APPROVE, "")
        if objection and self._visit.actor.reviews:
            words(objection[:1].upper() + objection[1:] + ".", "notice", tag="p")
        with ui.element("div").classes("choices steps-bar"):
            self._offer(ProposalAction.APPROVE, "Approve", self.approve, key="a", main=True)
            if result.events[-1].action is ProposalAction.HOLD:
                self._offer(ProposalAction.APPROVE, "Approve all the same", self._approve_anyway)
            self._offer(ProposalAction.REJECT, "Reject", self.reject, key="r")
            self._offer(ProposalAction.ASK, "Ask the author", self._ask)
            self._offer(ProposalAction.ANSWER, "Answer", self._answer)
            self._offer(ProposalAction.AMEND, "Amend", self._amend)
            self._offer(ProposalAction.COMMENT, "Comment", self._comment)
            self._assignment()
            if any(each.about for each in result.proposal.plan.decision.reasons):
                self._offer(ProposalAction.ALLOW, "False alarm", self._allow)
            self._offer(ProposalAction.WITHDRAW, "Withdraw", self._withdraw)
            self._offer(ProposalAction.REOPEN, "Reopen", self._reopen)
            self._offer(ProposalAction.UNDO, "Undo", self._undo)

    def _offer(
        self,
        action: ProposalAction,
        text: str,
        do: Callable[[], Awaitable[None]],
        *,
        key: str = "",
        main: bool = False,
    ) -> None:
        if self._may(action):
            button(text, do, key=key, main=main)

    def _may(self, action: ProposalAction) -> bool:
        return self._choices.get(action) == ""

    def _assignment(self) -> None:
        proposal, me = self._proposal, self._visit.actor.name
        if proposal is None or not self._may(ProposalAction.ASSIGN):
            return
        if proposal.assignee == me:
            button("Give back", lambda: self._assign(""))
        else:
            button("Take it on", lambda: self._assign(me))

    # ---------- deciding ----------

    async def approve(self) -> None:
        """Agree to the open proposal."""
        await self._agree(below_gate=False)

    async def _approve_anyway(self) -> None:
        text = "The model did not learn it well enough; it will be marked as below the gate."
        if await confirmed("Approve all the same?", text, "Approve"):
            await self._agree(below_gate=True)

    async def _agree(self, *, below_gate: bool) -> None:
        proposal = self._proposal
        if proposal is None or self._busy or not self._may(ProposalAction.APPROVE):
            return
        queue = self._visit.site.queue
        answer = await self._work(
            lambda actor: queue.approve(
                actor, proposal.id, revision=proposal.revision, below_gate=below_gate
            )
        )
        if isinstance(answer, Ticket):
            tell(f"Proposal {proposal.id} is approved; its edit is in the queue", "positive")
        elif isinstance(answer, ReviewResult) and answer.done:
            tell("Approved; somebody else has to agree, too", "positive")
        elif isinstance(answer, ReviewResult):
            tell("The graph has changed what it means. Please look again", "warning")
        decided = isinstance(answer, Ticket) or (isinstance(answer, ReviewResult) and answer.done)
        await self._after(proposal.id, onward=decided)

    async def reject(self) -> None:
        """Decline the open proposal, with a reason."""
        proposal = self._proposal
        if proposal is None or self._busy or not self._may(ProposalAction.REJECT):
            return
        reason = await self._asked(f"Reject proposal {proposal.id}", "Reason", "Reject")
        if reason is None:
            return
        reviews = self._visit.service.reviews
        done = await self._work(
            lambda actor: reviews.reject(
                actor, proposal.id, revision=proposal.revision, reason=reason
            )
        )
        await self._after(proposal.id, onward=done is not None)

    # ---------- talking about it ----------

    async def _ask(self) -> None:
        reviews = self._visit.service.reviews
        await self._say("Ask the author", "Question", "Ask", reviews.ask_author)

    async def _answer(self) -> None:
        reviews = self._visit.service.reviews
        await self._say("Answer the reviewer", "Answer", "Answer", reviews.answer)

    async def _comment(self) -> None:
        reviews = self._visit.service.reviews
        await self._say("Comment", "Remark", "Comment", reviews.comment)

    async def _say(
        self, title: str, label: str, yes: str, say: Callable[[Actor, int, str], ReviewResult]
    ) -> None:
        proposal = self._proposal
        if proposal is None:
            return
        text = await self._asked(title, label, yes)
        if text is not None:
            await self._work(lambda actor: say(actor, proposal.id, text))
            await self._after(proposal.id, onward=False)

    async def _assign(self, name: str) -> None:
        reviews = self._visit.service.reviews
        await self._take(lambda actor, it: reviews.assign(actor, it.id, name))

    async def _amend(self) -> None:
        proposal, answer = self._proposal, None
        text = None if proposal is None else proposal.text
        while proposal is not None and text is not None and not isinstance(answer, ReviewResult):
            text = await self._asked("Amend", "Statement", "Amend", text=text)
            if text is not None:
                answer = await self._amended(proposal, text)
        if proposal is not None:
            await self._after(proposal.id, onward=False)

    async def _amended(self, proposal: Proposal, text: str) -> object | None:
        """Amend a proposal, or say why its words do not do."""
        reviews = self._visit.service.reviews
        answer = await self._work(
            lambda actor: reviews.amend(actor, proposal.id, text, revision=proposal.revision)
        )
        if isinstance(answer, UnclearResult):
            tell(answer.reason, "warning")
        elif isinstance(answer, Refused | Already):
            reasons = " ".join(each.text for each in answer.reasons)
            tell(reasons or "That changes nothing", "warning")
        return answer

    async def _allow(self) -> None:
        text = "What the screens found will not be held against these names again."
        if await confirmed("A false alarm?", text, "It is one"):
            reviews = self._visit.service.reviews
            await self._take(lambda actor, it: reviews.allow(actor, it.id, revision=it.revision))

    # ---------- afterwards ----------

    async def _withdraw(self) -> None:
        reviews = self._visit.service.reviews
        if await confirmed("Withdraw it?", "You can propose it again.", "Withdraw"):
            await self._take(lambda actor, it: reviews.withdraw(actor, it.id, revision=it.revision))

    async def _reopen(self) -> None:
        reviews = self._visit.service.reviews
        await self._take(lambda actor, it: reviews.reopen(actor, it.id, revision=it.revision))

    async def _undo(self) -> None:
        reviews = self._visit.service.reviews
        if await confirmed("Undo the edit?", "It becomes a new version.", "Undo"):
            await self._take(lambda actor, it: reviews.undo(actor, it.id, revision=it.revision))

    # ---------- parts ----------

    async def _take(self, step: Callable[[Actor, Proposal], object]) -> None:
        proposal = self._proposal
        if proposal is not None:
            await self._work(lambda actor: step(actor, proposal))
            await self._after(proposal.id, onward=False)

    async def _asked(self, title: str, label: str, yes: str, *, text: str = "") -> str | None:
        self._busy = True  # what others do meanwhile must not take the words away
        try:
            return await asked_words(title, label, yes, text=text)
        finally:
            self._busy = False

    async def _work(self, work: Step) -> object | None:
        self._busy = True
        try:
            return await attempt(self._visit, work)
        finally:
            self._busy = False
