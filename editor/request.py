"""What the editor must make true, and what it must keep."""

from dataclasses import dataclass

from kg_data.questions import Question


@dataclass(frozen=True, slots=True)
class EditRequest:
    """One per plan; stored with its patch, so that the edit can be solved again.

    Attributes:
        targets: questions with today's right answers: the edited slots, their inverses and
            the chains that run through them.
        keep: questions whose answers in the model must stay as they are.
    """

    targets: tuple[Question, ...]
    keep: tuple[Question, ...] = ()
