"""Steps of a review that can be asked of the owner of a home, as plain values."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import TypeAdapter

from controller.actor import Actor
from oneedit.ledger.proposal import ProposalFilter
from oneedit.ports import Progress
from oneedit.results import ReviewOutcome

if TYPE_CHECKING:
    from oneedit.reviews.reviews import Reviews

Step: TypeAlias = Literal[
    "allow",
    "amend",
    "answer",
    "approve",
    "ask",
    "assign",
    "comment",
    "reject",
    "reopen",
    "undo",
    "withdraw",
]

WITHOUT_THE_MODEL = frozenset({"answer", "ask", "assign", "comment", "reject", "withdraw"})
"""Steps that plan nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCommand:
    """Take a step with one proposal.

    Attributes:
        step: which one.
        proposal: number of the proposal.
        text: the remark, the reason, the new statement, or whose task it becomes.
        revision: the revision that was seen; None for the newest.
        below_gate: for an approval: apply it even if the model learns it badly.
    """

    step: Step
    proposal: int
    text: str = ""
    revision: int | None = None
    below_gate: bool = False

    @property
    def needs_model(self) -> bool:
        """Tell whether the step plans an edit or carries one out."""
        return self.step not in WITHOUT_THE_MODEL


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkCommand:
    """Approve or reject all proposals that a filter names.

    Attributes:
        step: which one.
        wanted: the filter.
        text: the remark, or the reason.
    """

    step: Literal["approve", "reject"]
    wanted: ProposalFilter
    text: str = ""

    @property
    def needs_model(self) -> bool:
        """Tell whether the step carries edits out."""
        return self.step == "approve"


ReviewCommand: TypeAlias = StepCommand | BulkCommand

_ADAPTER: TypeAdapter[Any] = TypeAdapter(ReviewCommand)


def take_step(
    reviews: "Reviews", actor: Actor, command: ReviewCommand, progress: Progress | None = None
) -> ReviewOutcome:
    """Take a step, and return what came of it.

    Raises:
        ExpectedError: as the method of :class:`oneedit.reviews.reviews.Reviews` that takes it.
    """
    if isinstance(command, BulkCommand):
        if command.step == "approve":
            return reviews.approve_all(actor, command.wanted, comment=command.text)
        return reviews.reject_all(actor, command.wanted, reason=command.text)
    if command.step in {"comment", "ask", "answer", "assign", "allow"}:
        return _said(reviews, actor, command)
    seen = command.revision
    if seen is None:
        seen = reviews.desk.get(command.proposal).revision
    if command.step in {"approve", "undo"}:
        return _carried_out(reviews, actor, command, seen, progress)
    return _decided(reviews, actor, command, seen)


def _said(reviews: "Reviews", actor: Actor, command: StepCommand) -> ReviewOutcome:
    number, text = command.proposal, command.text
    match command.step:
        case "comment":
            return reviews.comment(actor, number, text)
        case "ask":
            return reviews.ask_author(actor, number, text)
        case "answer":
            return reviews.answer(actor, number, text)
        case "assign":
            return reviews.assign(actor, number, text)
        case _:
            return reviews.allow(actor, number, revision=command.revision, comment=text)


def _carried_out(
    reviews: "Reviews", actor: Actor, command: StepCommand, seen: int, progress: Progress | None
) -> ReviewOutcome:
    number, text = command.proposal, command.text
    if command.step == "undo":
        return reviews.undo(actor, number, revision=seen, comment=text, progress=progress)
    return reviews.approve(
        actor,
        number,
        revision=seen,
        comment=text,
        below_gate=command.below_gate,
        progress=progress,
    )


def _decided(reviews: "Reviews", actor: Actor, command: StepCommand, seen: int) -> ReviewOutcome:
    number, text = command.proposal, command.text
    match command.step:
        case "reject":
            return reviews.reject(actor, number, revision=seen, reason=text)
        case "amend":
            return reviews.amend(actor, number, text, revision=seen)
        case "withdraw":
            return reviews.withdraw(actor, number, revision=seen, comment=text)
        case _:
            return reviews.reopen(actor, number, revision=seen, comment=text)


def dump_step(command: ReviewCommand) -> dict[str, object]:
    """Return a command as plain values for JSON."""
    found: dict[str, object] = _ADAPTER.dump_python(command, mode="json")
    return found


def load_step(value: object) -> ReviewCommand:
    """Return the command that :func:`dump_step` wrote.

    Raises:
        ValueError: it is none.
    """
    command: ReviewCommand = _ADAPTER.validate_python(value)
    return command
