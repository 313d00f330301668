"""Proposes and approves until it is killed; arguments: HOME LABEL NTH.

Sends itself SIGKILL when it passes a label for the NTH time.
"""

import sys
from pathlib import Path

from controller.actor import Actor, Role
from oneedit.ledger.proposal import ProposalFilter, ProposalState
from oneedit.service import EditService
from tests.integration.crash_child import killer
from tests.support.fakes import EDITOR, LOCAL, application

TEXT = "Ada Quill was born in Paris."
REVIEWER = Actor("rae", Role.REVIEWER)


def play(service: EditService) -> None:
    """Propose once, approve what is not applied, and undo it."""
    service.submit(EDITOR, TEXT, idempotency_key="once")
    (proposal,) = service.reviews.list(LOCAL, ProposalFilter(states=())).proposals
    if proposal.state in {ProposalState.OPEN, ProposalState.APPROVED}:
        result = service.reviews.approve(REVIEWER, proposal.id, revision=proposal.revision)
        proposal = result.proposal
    if proposal.state is ProposalState.APPLIED:
        service.reviews.undo(REVIEWER, proposal.id, revision=proposal.revision)


def main(home: str, label: str, nth: str) -> None:
    """Play on a home."""
    oneedit = application(Path(home), checkpoint=killer(label, int(nth)))
    play(oneedit.service)
    oneedit.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
