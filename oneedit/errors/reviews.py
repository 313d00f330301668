"""Errors about proposals and their reviews."""

from collections.abc import Sequence

from oneedit.errors.base import OneEditError, spaced


class UnknownProposal(OneEditError):
    """There is no proposal of this number."""

    exit_code = 2
    http_status = 404

    def __init__(self, proposal_id: int) -> None:
        self.proposal_id = proposal_id
        super().__init__(f"there is no proposal {proposal_id}; list them: oneedit reviews list")


class WrongState(OneEditError):
    """A proposal's state does not allow an action; ``allowed`` names those it allows."""

    exit_code = 2
    http_status = 409

    def __init__(self, action: str, state: str, allowed: Sequence[str]) -> None:
        self.action, self.state, self.allowed = action, state, tuple(allowed)
        super().__init__(
            f"{spaced(action)} is not possible while the proposal is in the state "
            f"{spaced(state)}; possible: {', '.join(map(spaced, allowed))}"
        )


class ProposalChanged(OneEditError):
    """A proposal has another revision than the one that was looked at.

    Attributes:
        proposal_id, seen, current: the proposal, the revision the caller had seen, and its own.
        since: what happened in between, a sentence each.
    """

    exit_code = 2
    http_status = 409

    def __init__(self, proposal_id: int, *, seen: int, current: int, since: Sequence[str]) -> None:
        self.proposal_id, self.seen, self.current = proposal_id, seen, current
        self.since = tuple(since)
        changes = f" ({'; '.join(since)})" if since else ""
        super().__init__(
            f"proposal {proposal_id} has changed since revision {seen}{changes}; look at "
            f"revision {current} first: oneedit reviews show {proposal_id}"
        )


class WordsMissing(OneEditError):
    """An action needs words, and there are none."""

    exit_code = 2
    http_status = 422

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"say in words what this is about: {spaced(action)} needs a text")


class NothingToAllow(OneEditError):
    """No screen has found anything in a proposal that could be a false positive."""

    exit_code = 2
    http_status = 409

    def __init__(self, proposal_id: int) -> None:
        self.proposal_id = proposal_id
        super().__init__(
            f"no screen has found anything in proposal {proposal_id}; approve or reject it"
        )
