"""Proposals: edits that wait for a reviewer, and every step of their review, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from controller.actor import Actor
from controller.plan import EditPlan
from interpreter.intents import Change, Forget, Tell
from kg_data.entities import EntityChange

NEW = 0
"""Placeholder for the id and the revision that the ledger will assign."""

MAX_CONSEQUENCES = 5
"""Consequences that a proposal shows, at most; their number is always told."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"  # waits for a reviewer
    NEEDS_ANSWER = "needs_answer"  # waits for its author
    APPROVED = "approved"  # enough approvals; the edit is not committed yet
    APPLIED = "applied"
    STALE = "stale"  # the graph has changed: as it stands it would be refused or change nothing
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNDONE = "undone"


UNDECIDED = (
    ProposalState.OPEN,
    ProposalState.NEEDS_ANSWER,
    ProposalState.STALE,
    ProposalState.APPROVED,
)
"""The states in which somebody still has to do something."""


class ProposalAction(StrEnum):
    """What somebody, or OneEdit itself, does to a proposal."""

    PROPOSE = "propose"
    COMMENT = "comment"
    ASSIGN = "assign"
    ASK = "ask"
    ANSWER = "answer"
    AMEND = "amend"
    ALLOW = "allow"  # what a screen finds is a false positive
    APPROVE_IN_PART = "approve_in_part"  # another approval is still needed
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    REPLAN = "replan"  # the graph has changed, and with it what the proposal means
    EXPIRE = "expire"  # the graph has changed, and the proposal cannot be applied any more
    HOLD = "hold"  # approved, but not applied: the gate, or an error
    APPLY = "apply"
    UNDO = "undo"
    RESTORE = "restore"  # a roll back brought back what had been undone


@dataclass(frozen=True, slots=True)
class OldAnswer:
    """What the model answered to an edited slot when the proposal was planned.

    Attributes:
        question, answer: the question and the model's own words.
        confidence: mean probability of the answer's tokens, 0 to 1.
    """

    question: str
    answer: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An edit that waits for a reviewer, or what became of it.

    Attributes:
        id: number of the proposal; ``NEW`` before the ledger has assigned one.
        revision: number of its last step; every step adds one.
        state: where it stands.
        author: who wants the edit; it is planned and recorded in the author's name.
        text: the words from which the intent was read.
        intent: what is to be changed.
        plan: what a reviewer decides on, without the questions for the model.
        answers: the model's old answers to the edited slots.
        required: how many different people must approve.
        approvals: who has approved the plan as it is.
        amenders: who has replaced the facts, the author aside; none of them may approve.
        assignee: whose task it is; "" for anybody's.
        decided_by, decided_at: who decided last, and when; "" while it is undecided.
        version: the version that it became.
        created_at: ISO 8601 in UTC.
        source, batch: where the message came from, and the batch that it belongs to, or "".
        idem, request_sha: idempotency key of the message, if any, and hash of the request.
    """

    id: int = NEW
    revision: int = NEW
    state: ProposalState = ProposalState.OPEN
    author: Actor
    text: str
    intent: Change
    plan: EditPlan
    answers: tuple[OldAnswer, ...] = ()
    required: int = 1
    approvals: tuple[str, ...] = ()
    amenders: tuple[str, ...] = ()
    assignee: str = ""
    decided_by: str = ""
    decided_at: str = ""
    version: int | None = None
    created_at: str = ""
    source: str = ""
    batch: str = ""
    idem: str | None = None
    request_sha: str = ""

    @property
    def key(self) -> str:
        """Return the idempotency key of the edit that the proposal becomes."""
        return f"{KEY_PREFIX}{self.id}"

    @property
    def relations(self) -> tuple[str, ...]:
        """Return the relations of the requested facts, or of the slot to forget."""
        match self.intent:
            case Tell(facts):
                return tuple(dict.fromkeys(fact.relation for fact in facts))
            case Forget(slot):
                return (slot.relation,)
            case EntityChange():
                changed = self.plan.changes.asserted
                return tuple(dict.fromkeys(fact.relation for fact in changed))

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the reasons, each once."""
        return tuple(dict.fromkeys(reason.code for reason in self.plan.decision.reasons))


KEY_PREFIX = "proposal:"
"""Beginning of the idempotency key of an approved edit; the proposal's id follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """A step of a review before the ledger records it.

    Attributes:
        actor: who takes it.
        action: what is done.
        comment: question, answer, reason, remark; amended words.
        earlier: the plan that the step replaced.
        version: the version that it led to.
    """

    actor: Actor
    action: ProposalAction
    comment: str = ""
    earlier: EditPlan | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalEvent(ReviewStep):
    """A recorded step.

    Attributes:
        revision: its number, counted from 1 in each proposal.
        state: the state after it.
        created_at: ISO 8601 in UTC.
    """

    revision: int
    state: ProposalState
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """Which proposals are meant; a field that is empty leaves all.

    Attributes:
        states: in one of these states.
        author, assignee: of these people.
        relation: with a fact of this relation.
        code: with a reason of this code.
        text: these words are in its message or its author's name.
        any_code: with a reason of one of these codes.
        no_code: with no reason of these codes.
    """

    states: Sequence[ProposalState] = field(default=UNDECIDED)
    author: str = ""
    assignee: str = ""
    relation: str = ""
    code: str = ""
    text: str = ""
    any_code: frozenset[str] = frozenset()
    no_code: frozenset[str] = frozenset()


class ProposalOrder(StrEnum):
    """In which order proposals are listed."""

    OLDEST = "oldest"
    NEWEST = "newest"
    RISK = "risk"  # the highest first, the oldest first where it is the same


@dataclass(frozen=True, slots=True)
class UnmarkedCommit:
    """A version that a proposal led to and that its rows do not name yet.

    Attributes:
        proposal_id: the proposal.
        action: APPLY or UNDO.
        actor: who asked for the version.
        version: the version.
    """

    proposal_id: int
    action: ProposalAction
    actor: str
    version: int


INTENT: TypeAdapter[Any] = TypeAdapter(Change)
PLAN: TypeAdapter[EditPlan] = TypeAdapter(EditPlan)
ANSWERS: TypeAdapter[tuple[OldAnswer, ...]] = TypeAdapter(tuple[OldAnswer, ...])
NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
