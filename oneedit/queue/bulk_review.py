"""Decisions on many proposals at once, exactly those that somebody was shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from controller.actor import Actor
from kg_data.errors import ExpectedError
from oneedit.errors import WordsMissing
from oneedit.ledger.proposal import ProposalAction, ProposalState
from oneedit.ledger.ticket import Ticket
from oneedit.people.permissions import Operation, require
from oneedit.queue.queue import EditQueue
from oneedit.results import Decided, ReviewBulkResult, ReviewResult


@dataclass(frozen=True)
class BulkReview:
    """Decides on proposals by their number and the revision that was seen, each by itself.

    What cannot be decided, because it has changed or is one's own, stays as it is, and the result
    says why.

    Attributes:
        queue: where approved edits wait for their turn.
    """

    queue: EditQueue

    def approve(
        self, actor: Actor, seen: Mapping[int, int], *, comment: str = ""
    ) -> ReviewBulkResult:
        """Agree to proposals; those that enough people have agreed to are queued."""
        require(actor, Operation.REVIEW)
        return self._each(
            seen,
            lambda number: self.queue.approve(
                actor, number, revision=seen[number], comment=comment
            ),
        )

    def reject(self, actor: Actor, seen: Mapping[int, int], *, reason: str) -> ReviewBulkResult:
        """Decline proposals.

        Raises:
            WordsMissing: the reason is empty.
        """
        require(actor, Operation.REVIEW)
        if not reason.strip():
            raise WordsMissing(ProposalAction.REJECT)
        reviews = self.queue.service.reviews
        return self._each(
            seen,
            lambda number: reviews.reject(actor, number, revision=seen[number], reason=reason),
        )

    def _each(
        self, numbers: Mapping[int, int], decide: Callable[[int], Ticket | ReviewResult]
    ) -> ReviewBulkResult:
        return ReviewBulkResult(tuple(self._one(number, decide) for number in numbers))

    def _one(self, number: int, decide: Callable[[int], Ticket | ReviewResult]) -> Decided:
        desk = self.queue.service.reviews.desk
        try:
            result = decide(number)
        except ExpectedError as error:
            return Decided(desk.get(number), done=False, note=str(error))
        if isinstance(result, Ticket):
            return Decided(desk.get(number), done=True)
        return Decided(result.proposal, done=result.done, note=_note(result))


def _note(result: ReviewResult) -> str:
    if not result.done:
        return "the graph has changed what it means"
    waits = result.proposal.state is ProposalState.OPEN and result.proposal.approvals
    return "somebody else has to approve it, too" if waits else ""
