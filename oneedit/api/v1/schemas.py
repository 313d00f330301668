"""Bodies of requests, and answers that are not results of the service as they are."""

from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from controller.plan import Conflict, EditPlan, Reason
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Triple
from oneedit.edits.choice import Choice, Successors
from oneedit.ledger.ticket import Ticket, TicketState, TicketStep
from oneedit.queue.queue import Estimate
from oneedit.results import (
    Result,
)

Item = TypeVar("Item")

Words = Annotated[str, Field(min_length=1, max_length=2000)]
MOST_NUMBER = 2**31 - 1
"""The largest version or number that every database keeps."""

Number = Annotated[int, Path(ge=0, le=MOST_NUMBER)]
Bounded = Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)]
MOST_FACTS = 24
MOST_OF_FIELD = 256
"""Characters of a name or password."""


class Body(BaseModel):
    """A body of a request; a field that is unknown is a fault."""

    model_config = ConfigDict(extra="forbid")


class FactBody(Body):
    """A fact by names; other names of an entity fit as well."""

    subject: Words = Field(examples=["Joe Biden"])
    relation: Words = Field(examples=["vice_president"])
    object: Words = Field(examples=["Mike Pence"])


class EditBody(Body):
    """An edit: a message in plain language, or facts."""

    message: Words | None = Field(
        default=None, examples=["Joe Biden's vice president is Mike Pence."]
    )
    facts: Annotated[list[FactBody], Field(min_length=1, max_length=MOST_FACTS)] | None = None
    propose: bool = Field(default=False, description="Leave it to a reviewer.")
    conversation: str = Field(default="", max_length=64, pattern=r"^[\w-]*$")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.message is None) == (self.facts is None):
            raise ValueError("give a message or facts, and not both")
        return self


class QuestionBody(Body):
    """A question."""

    question: Words = Field(examples=["Who is the spouse of Joe Biden's vice president?"])
    direct: bool = Field(default=False, description="Answer chains without writing the hops down.")
    free: bool = Field(default=False, description="Let the model answer what cannot be checked.")
    as_of: Bounded | None = Field(default=None, description="Of the graph of this version.")


class UndoBody(Body):
    """Which edits to undo: named ones, or those that meet all conditions; else the last."""

    versions: list[Bounded] = []
    entity: str | None = None
    relation: str | None = None
    actor: str | None = None
    source: str | None = None
    batch: str | None = None
    last: bool = False
    successors: Successors = Successors.REFUSE

    @property
    def choice(self) -> Choice:
        """Return the choice."""
        return Choice(**self.model_dump() | {"versions": tuple(self.versions)})


class PlanView(BaseModel):
    """What an edit would change."""

    facts: list[Triple]
    verdict: str = Field(description="apply, review, block or nothing.")
    reasons: list[Reason]
    base_version: int
    changes: Changes
    entities: list[Entity]
    conflicts: list[Conflict]
    consequences: int
    consequences_at_least: bool

    @classmethod
    def of(cls, plan: EditPlan) -> Self:
        """Return the view of a plan."""
        return cls(
            facts=list(plan.facts),
            verdict=plan.decision.verdict.value,
            reasons=list(plan.decision.reasons),
            base_version=plan.base_version,
            changes=plan.changes,
            entities=list(plan.entities),
            conflicts=list(plan.conflicts),
            consequences=plan.consequence_count,
            consequences_at_least=plan.consequences_at_least,
        )


class Outcome(BaseModel):
    """What came of a change."""

    kind: str = Field(examples=["EditResult"], description="Which of the forms the value has.")
    value: Any

    @classmethod
    def of(cls, result: Result) -> Self:
        """Return the outcome of a result."""
        return cls(kind=type(result).__name__, value=result)


class TicketView(BaseModel):
    """A request for a change, and where it stands."""

    id: int
    revision: int
    state: TicketState
    author: str
    operation: str
    text: str
    conversation: str
    base_version: int
    plan: PlanView | None
    proposal: int | None
    version: int | None
    note: str
    created_at: str
    queued_at: str
    started_at: str
    finished_at: str
    place: int | None = Field(default=None, description="Turns before it; only while it waits.")
    seconds: float | None = Field(default=None, description="Until it is done, about.")
    outcome: Outcome | None = None
    steps: list[TicketStep] = []

    @classmethod
    def of(
        cls,
        ticket: Ticket,
        *,
        estimate: Estimate | None = None,
        result: Result | None = None,
        steps: tuple[TicketStep, ...] = (),
    ) -> Self:
        """Return the view of a ticket."""
        return cls(
            id=ticket.id,
            revision=ticket.revision,
            state=ticket.state,
            author=ticket.author.name,
            operation=ticket.operation,
            text=ticket.text,
            conversation=ticket.conversation,
            base_version=ticket.base_version,
            plan=None if ticket.plan is None else PlanView.of(ticket.plan),
            proposal=ticket.proposal,
            version=ticket.version,
            note=ticket.note,
            created_at=ticket.created_at,
            queued_at=ticket.queued_at,
            started_at=ticket.started_at,
            finished_at=ticket.finished_at,
            place=None if estimate is None else estimate.place,
            seconds=None if estimate is None else round(estimate.seconds, 1),
            outcome=None if result is None else Outcome.of(result),
            steps=list(steps),
        )


class Page(BaseModel, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next: str | None = Field(
        default=None, description="The cursor of the next page; null at the end."
    )
