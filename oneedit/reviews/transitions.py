"""What may be done to a proposal in each state, and by whom: two tables."""

from collections.abc import Mapping
from enum import Enum, auto

from controller.actor import Actor, Role
from controller.graph.lexicon import fold
from oneedit.errors import NotPermitted, WrongState
from oneedit.ledger.proposal import Proposal, ProposalAction, ProposalState
from oneedit.people.permissions import Operation, may, require

TRANSITIONS: Mapping[ProposalState, Mapping[ProposalAction, ProposalState]] = {
    ProposalState.OPEN: {
        ProposalAction.COMMENT: ProposalState.OPEN,
        ProposalAction.ALLOW: ProposalState.OPEN,
        ProposalAction.ASSIGN: ProposalState.OPEN,
        ProposalAction.ASK: ProposalState.NEEDS_ANSWER,
        ProposalAction.AMEND: ProposalState.OPEN,
        ProposalAction.APPROVE_IN_PART: ProposalState.OPEN,
        ProposalAction.APPROVE: ProposalState.APPROVED,
        ProposalAction.REJECT: ProposalState.REJECTED,
        ProposalAction.WITHDRAW: ProposalState.WITHDRAWN,
        ProposalAction.REPLAN: ProposalState.OPEN,
        ProposalAction.EXPIRE: ProposalState.STALE,
    },
    ProposalState.NEEDS_ANSWER: {
        ProposalAction.COMMENT: ProposalState.NEEDS_ANSWER,
        ProposalAction.ALLOW: ProposalState.NEEDS_ANSWER,
        ProposalAction.ASSIGN: ProposalState.NEEDS_ANSWER,
        ProposalAction.ANSWER: ProposalState.OPEN,
        ProposalAction.AMEND: ProposalState.OPEN,
        ProposalAction.REJECT: ProposalState.REJECTED,
        ProposalAction.WITHDRAW: ProposalState.WITHDRAWN,
        ProposalAction.REPLAN: ProposalState.NEEDS_ANSWER,
        ProposalAction.EXPIRE: ProposalState.STALE,
    },
    ProposalState.STALE: {
        ProposalAction.COMMENT: ProposalState.STALE,
        ProposalAction.ALLOW: ProposalState.STALE,
        ProposalAction.ASSIGN: ProposalState.STALE,
        ProposalAction.AMEND: ProposalState.OPEN,
        ProposalAction.REJECT: ProposalState.REJECTED,
        ProposalAction.WITHDRAW: ProposalState.WITHDRAWN,
        ProposalAction.REPLAN: ProposalState.OPEN,
        ProposalAction.EXPIRE: ProposalState.STALE,
    },
    ProposalState.APPROVED: {
        ProposalAction.COMMENT: ProposalState.APPROVED,
        ProposalAction.APPROVE: ProposalState.APPROVED,  # carries out what a crash interrupted
        ProposalAction.APPLY: ProposalState.APPLIED,
        ProposalAction.HOLD: ProposalState.OPEN,
        ProposalAction.REPLAN: ProposalState.OPEN,
        ProposalAction.EXPIRE: ProposalState.STALE,
    },
    ProposalState.APPLIED: {
        ProposalAction.COMMENT: ProposalState.APPLIED,
        ProposalAction.UNDO: ProposalState.UNDONE,
    },
    ProposalState.REJECTED: {
        ProposalAction.COMMENT: ProposalState.REJECTED,
        ProposalAction.REOPEN: ProposalState.OPEN,
    },
    ProposalState.WITHDRAWN: {ProposalAction.COMMENT: ProposalState.WITHDRAWN},
    ProposalState.UNDONE: {
        ProposalAction.COMMENT: ProposalState.UNDONE,
        ProposalAction.REOPEN: ProposalState.OPEN,
        ProposalAction.RESTORE: ProposalState.APPLIED,
    },
}
"""The state after each action that a state allows; what is missing is refused."""


class Party(Enum):
    """Who may take an action."""

    REVIEWER = auto()
    AUTHOR = auto()
    BOTH = auto()
    ONEEDIT = auto()


PARTIES: Mapping[ProposalAction, Party] = {
    ProposalAction.PROPOSE: Party.AUTHOR,
    ProposalAction.COMMENT: Party.BOTH,
    ProposalAction.ASSIGN: Party.REVIEWER,
    ProposalAction.ASK: Party.REVIEWER,
    ProposalAction.ANSWER: Party.AUTHOR,
    ProposalAction.AMEND: Party.BOTH,
    ProposalAction.ALLOW: Party.REVIEWER,
    ProposalAction.APPROVE_IN_PART: Party.REVIEWER,
    ProposalAction.APPROVE: Party.REVIEWER,
    ProposalAction.REJECT: Party.REVIEWER,
    ProposalAction.WITHDRAW: Party.AUTHOR,
    ProposalAction.REOPEN: Party.REVIEWER,
    ProposalAction.REPLAN: Party.ONEEDIT,
    ProposalAction.EXPIRE: Party.ONEEDIT,
    ProposalAction.HOLD: Party.ONEEDIT,
    ProposalAction.APPLY: Party.ONEEDIT,
    ProposalAction.UNDO: Party.REVIEWER,
    ProposalAction.RESTORE: Party.ONEEDIT,
}

_WORDS = frozenset(
    {
        ProposalAction.PROPOSE,
        ProposalAction.COMMENT,
        ProposalAction.ANSWER,
        ProposalAction.AMEND,
    }
)
"""What an author may do only while they may propose; they may always withdraw."""

BY_ONEEDIT = frozenset(action for action, party in PARTIES.items() if party is Party.ONEEDIT)
"""Steps that nobody asks for: they follow from what others do."""


def state_after(state: ProposalState, action: ProposalAction) -> ProposalState:
    """Return the state after an action.

    Raises:
        WrongState: the state does not allow it; the error names what it allows.
    """
    allowed = TRANSITIONS[state]
    if action not in allowed:
        raise WrongState(action, state, [each for each in allowed if each not in BY_ONEEDIT])
    return allowed[action]


def permit(actor: Actor, action: ProposalAction, proposal: Proposal) -> None:
    """Check that an actor may take an action on a proposal, whatever its state.

    The local user may approve what they proposed themselves, because there is nobody else; the
    edit is then recorded as self-confirmed.

    Raises:
        NotPermitted: names the reason.
    """
    author, reviewer = actor.name == proposal.author.name, may(actor, Operation.REVIEW)
    permitted = {
        Party.REVIEWER: reviewer,
        Party.AUTHOR: author,
        Party.BOTH: author or reviewer,
        Party.ONEEDIT: False,
    }
    party = PARTIES[action]
    if not permitted[party]:
        raise NotPermitted(actor.name, action, _ONLY[party])
    if action in _WORDS:
        require(actor, Operation.PROPOSE)
    decides = action in {ProposalAction.APPROVE, ProposalAction.ALLOW}
    if decides and actor.role is not Role.LOCAL:
        _permit_approval(actor, action, proposal)


def _permit_approval(actor: Actor, action: ProposalAction, proposal: Proposal) -> None:
    """Check that an approval or an allowance is that of another person.

    Raises:
        NotPermitted: the actor made the proposal or has replaced its facts, or has approved it
            and somebody else has to.
    """
    reason = ""
    if fold(actor.name) == fold(proposal.author.name):
        reason = "nobody approves their own proposal; ask another reviewer"
    elif actor.name in proposal.amenders:
        reason = "you have amended its facts; ask another reviewer"
    elif action is ProposalAction.APPROVE and _approved_already(actor, proposal):
        reason = "you have approved it already; a second reviewer has to agree"
    if reason:
        raise NotPermitted(actor.name, action, reason)


def _approved_already(actor: Actor, proposal: Proposal) -> bool:
    return actor.name in proposal.approvals and proposal.state is ProposalState.OPEN


_ONLY = {
    Party.REVIEWER: "only reviewers and administrators may",
    Party.AUTHOR: "only its author may",
    Party.BOTH: "only its author, reviewers and administrators may",
    Party.ONEEDIT: "it follows by itself",
}
