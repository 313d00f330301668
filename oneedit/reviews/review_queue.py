"""What reviewers and authors look through before they open a proposal: lists, counts, choices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from controller.actor import Actor
from oneedit.errors import NotPermitted
from oneedit.ledger.proposal import Proposal, ProposalAction, ProposalFilter, ProposalOrder
from oneedit.people.permissions import Operation, require, require_sight
from oneedit.results import ListedProposal, ReviewPageResult
from oneedit.reviews.desk import Desk
from oneedit.reviews.risk import Risk, RiskScale
from oneedit.reviews.transitions import BY_ONEEDIT, TRANSITIONS, permit


@dataclass(frozen=True)
class ReviewQueue:
    """Lists proposals; nobody but reviewers is shown those of others.

    Attributes:
        desk: reads them.
    """

    desk: Desk

    @cached_property
    def _risks(self) -> RiskScale:
        return RiskScale(self.desk.policy)

    def page(
        self,
        actor: Actor,
        wanted: ProposalFilter,
        *,
        risk: Risk | None = None,
        order: ProposalOrder = ProposalOrder.OLDEST,
        offset: int = 0,
        limit: int = 25,
    ) -> ReviewPageResult:
        """Return a page of the proposals that an actor may see, and how many there are in all.

        Args:
            actor: who looks.
            wanted: which proposals.
            risk: only those of this risk; None for all.
            order: in which order.
            offset: how many come before the page.
            limit: how many the page has at most.
        """
        require(actor, Operation.READ)
        if not actor.reviews and wanted.author not in {"", actor.name}:
            return ReviewPageResult(total=0)
        self.desk.mark_committed()
        seen = self._seen(actor, self._of_risk(wanted, risk))
        severities = (self._risks.high, self._risks.medium)
        found = self.desk.proposals.find(
            seen, order=order, severities=severities, offset=offset, limit=limit
        )
        return ReviewPageResult(
            total=self.desk.proposals.count(seen),
            listed=tuple(ListedProposal(each, self._risks.of(each.codes)) for each in found),
        )

    def count_waiting(self, actor: Actor) -> int:
        """Return how many proposals that an actor may see are not decided."""
        require(actor, Operation.READ)
        return self.desk.proposals.count(self._seen(actor, ProposalFilter()))

    def risk(self, actor: Actor, proposal: Proposal) -> Risk:
        """Return how carefully a proposal should be looked at.

        Raises:
            NotPermitted: it is somebody else's.
        """
        require_sight(actor, proposal.author.name, f"proposal {proposal.id}")
        return self._risks.of(proposal.codes)

    def choices(self, actor: Actor, proposal: Proposal) -> Mapping[ProposalAction, str]:
        """Return what may be done with a proposal now, each with why the actor may not, or "".

        Raises:
            NotPermitted: it is somebody else's.
        """
        require_sight(actor, proposal.author.name, f"proposal {proposal.id}")
        possible = [each for each in TRANSITIONS[proposal.state] if each not in BY_ONEEDIT]
        return {each: _objection(actor, each, proposal) for each in possible}

    def steps_taken(self) -> int:
        """Return how many steps all reviews have taken; whoever follows them looks again then."""
        return self.desk.proposals.count_events()

    def _seen(self, actor: Actor, wanted: ProposalFilter) -> ProposalFilter:
        """Return which of the proposals that are meant an actor may see."""
        if actor.reviews:
            return wanted
        return replace(wanted, author=actor.name)

    def _of_risk(self, wanted: ProposalFilter, risk: Risk | None) -> ProposalFilter:
        high, medium = self._risks.high, self._risks.medium
        match risk:
            case Risk.HIGH:
                return replace(wanted, any_code=high)
            case Risk.MEDIUM:
                return replace(wanted, any_code=medium, no_code=high)
            case Risk.LOW:
                return replace(wanted, no_code=high | medium)
            case _:
                return wanted


def _objection(actor: Actor, action: ProposalAction, proposal: Proposal) -> str:
    try:
        permit(actor, action, proposal)
    except NotPermitted as error:
        return str(error)
    return ""
