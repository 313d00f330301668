"""Proposals and the steps of their review."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.api.problems import ApiProblem, code_of
from oneedit.api.unique_keys import UniqueKeysRoute
from oneedit.api.v1.cursors import Cursor, Limit, dump_cursor, number_of
from oneedit.api.v1.parts import Asker, TheQueue, TheService
from oneedit.api.v1.schemas import Body, Bounded, Number, Outcome, Page, PlanView
from oneedit.control.review_commands import Step, StepCommand, take_step
from oneedit.ledger.proposal import (
    UNDECIDED,
    OldAnswer,
    Proposal,
    ProposalEvent,
    ProposalFilter,
    ProposalState,
)
from oneedit.ledger.ticket import Ticket
from oneedit.queue.queue import EditQueue
from oneedit.results import ReviewResult

Plain = Literal[
    "allow", "amend", "answer", "ask", "assign", "comment", "reject", "reopen", "withdraw"
]
"""Steps that carry nothing out."""


class StepBody(Body):
    """A step of a review."""

    text: str = Field(
        default="",
        max_length=2000,
        description="The remark, reason, question, new statement, or whose task it becomes.",
    )
    revision: Bounded | None = Field(
        default=None, description="The revision that you have seen; it must still be the last."
    )
    below_gate: bool = Field(
        default=False, description="Of an approval: apply it even if the model learns it badly."
    )


class BulkBody(Body):
    """A decision on all proposals that a filter names."""

    decision: Literal["approve", "reject"]
    states: list[ProposalState] = Field(default=list(UNDECIDED))
    author: str = ""
    assignee: str = ""
    relation: str = ""
    code: str = ""
    text: str = Field(default="", max_length=2000)


class StepView(BaseModel):
    """A step that somebody has taken."""

    revision: int
    actor: str
    action: str
    comment: str
    state: ProposalState
    created_at: str

    @classmethod
    def of(cls, step: ProposalEvent) -> Self:
        """Return the view of a step."""
        return cls(
            revision=step.revision,
            actor=step.actor.name,
            action=step.action.value,
            comment=step.comment,
            state=step.state,
            created_at=step.created_at,
        )


class ProposalView(BaseModel):
    """An edit that waits for a reviewer, or what became of it."""

    id: int
    revision: int
    state: ProposalState
    author: str
    text: str
    plan: PlanView
    answers: list[OldAnswer]
    required: int
    approvals: list[str]
    assignee: str
    decided_by: str
    decided_at: str
    version: int | None
    created_at: str
    source: str
    steps: list[StepView] = []
    outcome: Outcome | None = None
    ticket: int | None = Field(default=None, description="Of the approved edit, if it is queued.")

    @classmethod
    def of(cls, proposal: Proposal, result: ReviewResult | None = None) -> Self:
        """Return the view of a proposal, with the steps of a result."""
        edit = None if result is None else result.edit
        return cls(
            id=proposal.id,
            revision=proposal.revision,
            state=proposal.state,
            author=proposal.author.name,
            text=proposal.text,
            plan=PlanView.of(proposal.plan),
            answers=list(proposal.answers),
            required=proposal.required,
            approvals=list(proposal.approvals),
            assignee=proposal.assignee,
            decided_by=proposal.decided_by,
            decided_at=proposal.decided_at,
            version=proposal.version,
            created_at=proposal.created_at,
            source=proposal.source,
            steps=[] if result is None else [StepView.of(each) for each in result.events],
            outcome=None if edit is None else Outcome.of(edit),
        )


class DecidedView(BaseModel):
    """What came of one proposal of many."""

    id: int
    done: bool
    ticket: int | None = None
    code: str = Field(default="", description="Why not, as the code of a problem.")
    detail: str = ""


@dataclass(frozen=True)
class ReviewIntake:
    """Takes the steps of reviewers; what is approved goes through the queue."""

    queue: EditQueue

    def take(self, actor: Actor, number: Number, step: Step, body: StepBody) -> ProposalView:
        """Take a step with a proposal.

        Raises:
            ApiProblem: the result is none of a review.
        """
        if step == "approve":
            return self.approve(actor, number, body)
        command = StepCommand(step=step, proposal=number, text=body.text, revision=body.revision)
        result = take_step(self.queue.service.reviews, actor, command)
        if not isinstance(result, ReviewResult):
            raise _refused(result)
        return ProposalView.of(result.proposal, result)

    def approve(self, actor: Actor, number: Number, body: StepBody) -> ProposalView:
        """Agree to a proposal; once enough people have, its edit is queued."""
        reviews = self.queue.service.reviews
        seen = body.revision
        if seen is None:
            seen = reviews.show(actor, number).proposal.revision
        agreed = self.queue.approve(
            actor, number, revision=seen, comment=body.text, below_gate=body.below_gate
        )
        view = ProposalView.of(reviews.show(actor, number).proposal)
        if isinstance(agreed, Ticket):
            view.ticket = agreed.id
        return view

    def decide(self, actor: Actor, body: BulkBody) -> list[DecidedView]:
        """Decide on every proposal that a filter names, each by itself."""
        fields = body.model_dump(exclude={"decision", "text"})
        found = self.queue.service.reviews.list(actor, ProposalFilter(**fields))
        return [self._decide(actor, each, body) for each in found.proposals]

    def _decide(self, actor: Actor, proposal: Proposal, body: BulkBody) -> DecidedView:
        step = StepBody(text=body.text, revision=proposal.revision)
        try:
            view = self.take(actor, proposal.id, body.decision, step)
        except ExpectedError as error:
            return DecidedView(id=proposal.id, done=False, code=code_of(error), detail=str(error))
        return DecidedView(id=proposal.id, done=True, ticket=view.ticket)


def _intake(queue: TheQueue) -> ReviewIntake:
    return ReviewIntake(queue)


Intake = Annotated[ReviewIntake, Depends(_intake)]


def _wanted(
    state: Annotated[list[ProposalState], Query()] = list(UNDECIDED),  # noqa: B006
    author: str = "",
    assignee: str = "",
    relation: str = "",
    code: str = "",
) -> ProposalFilter:
    return ProposalFilter(
        states=state, author=author, assignee=assignee, relation=relation, code=code
    )


def _refused(result: object) -> ApiProblem:
    reasons = getattr(result, "reasons", ())
    text = " ".join(reason.text for reason in reasons) or getattr(result, "reason", "refused")
    code = next((reason.code for reason in reasons), getattr(result, "code", "refused"))
    return ApiProblem(HTTPStatus.CONFLICT, code, text)


router = APIRouter(route_class=UniqueKeysRoute, tags=["reviews"])


@router.get("/reviews")
def list_reviews(
    actor: Asker,
    service: TheService,
    wanted: Annotated[ProposalFilter, Depends(_wanted)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ProposalView]:
    """List the proposals that you may see, the oldest first; by default the undecided."""
    after = number_of(cursor) or 0
    found = service.reviews.list(actor, wanted).proposals
    rest = [each for each in found if each.id > after]
    page = rest[:limit]
    return Page(
        items=[ProposalView.of(each) for each in page],
        next=dump_cursor(page[-1].id) if len(rest) > limit else None,
    )


@router.get("/reviews/{number}")
def show_review(number: Number, actor: Asker, service: TheService) -> ProposalView:
    """Show a proposal, planned again if the graph has changed, with every step."""
    result = service.reviews.show(actor, number)
    return ProposalView.of(result.proposal, result)


@router.post("/reviews/decisions")
def decide_on_reviews(body: BulkBody, actor: Asker, intake: Intake) -> list[DecidedView]:
    """Approve or reject all proposals that a filter names."""
    return intake.decide(actor, body)


@router.post("/reviews/{number}/approve")
def approve_review(number: Number, body: StepBody, actor: Asker, intake: Intake) -> ProposalView:
    """Agree to a proposal; once enough people have, its edit is queued as a ticket."""
    return intake.approve(actor, number, body)


@router.post("/reviews/{number}/{step}")
def take_review_step(
    number: Number, step: Plain, body: StepBody, actor: Asker, intake: Intake
) -> ProposalView:
    """Take a step with a proposal."""
    return intake.take(actor, number, step, body)
