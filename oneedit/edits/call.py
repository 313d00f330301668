"""One call of the service: who wants what, and how to reach them meanwhile."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeVar

from controller.actor import Actor, Role
from controller.plan import EditPlan
from editor.evaluation.report import Report
from oneedit.errors import StaleHead
from oneedit.ledger.hashing import canonical, digest
from oneedit.ports import Confirm, Progress
from oneedit.state.lock import Hold

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What every step of an edit may need to know of its caller.

    Attributes:
        actor: who wants it.
        text: in what words.
        operation: name of the service's method.
        key: the idempotency key.
        confirm: asks the user.
        progress: is told how far a solve is.
    """

    actor: Actor
    text: str
    operation: str
    key: str | None = None
    confirm: Confirm | None = None
    progress: Progress | None = None

    @property
    def request_sha(self) -> str:
        """Return a digest of what is asked for."""
        return digest(canonical([self.operation, self.text]))

    @property
    def may_confirm(self) -> bool:
        """Tell whether the caller may agree to an edit of their own: the one local user may."""
        return self.confirm is not None and self.actor.role is Role.LOCAL

    def agrees(self, plan: EditPlan, report: Report | None, hold: Hold | None = None) -> bool:
        """Ask the user whether to go on; nobody waits for the answer behind the home's lock."""
        if self.confirm is None or not self.may_confirm:
            return False
        with hold.let_go() if hold else nullcontext():
            return self.confirm(plan, report)


def twice(story: Callable[[], Answer]) -> Answer:
    """Run a story, and once more if another edit came between its look and its commit.

    Raises:
        StaleHead: that happened twice.
    """
    try:
        return story()
    except StaleHead:
        return story()
