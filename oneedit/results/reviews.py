"""Proposals, and what came of reviews."""

from dataclasses import dataclass

from controller.plan import EditPlan
from oneedit.ledger.proposal import Proposal, ProposalEvent
from oneedit.results.edits import EditOutcome, UndoOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult:
    """A proposal after what was asked for.

    Attributes:
        proposal: the proposal as it is now.
        events: every step of its review.
        earlier: the plan that was shown before; None if it still means the same.
        edit: what came of carrying it out or undoing it; None if nobody asked for that, or
            another approval is needed first.
        done: whether what was asked for was done.
    """

    proposal: Proposal
    events: tuple[ProposalEvent, ...] = ()
    earlier: EditPlan | None = None
    edit: EditOutcome | UndoOutcome | None = None
    done: bool = True


@dataclass(frozen=True, slots=True)
class ReviewListResult:
    """Proposals, the oldest first."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """A proposal in a list.

    Attributes:
        proposal: the proposal.
        risk: how carefully it should be looked at: "high", "medium" or "low".
    """

    proposal: Proposal
    risk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPageResult:
    """A page of a list of proposals.

    Attributes:
        total: how many proposals the whole list has.
        listed: those of this page.
    """

    total: int
    listed: tuple[ListedProposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of one proposal of many.

    Attributes:
        proposal: the proposal as it is now.
        done: whether it was decided as asked.
        note: why not.
    """

    proposal: Proposal
    done: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewBulkResult:
    """Many proposals that were decided in one call, each by itself."""

    decided: tuple[Decided, ...]
