"""The request of an edit: what it must make true, and what it must keep."""

from dataclasses import dataclass

from kg_data.questions import Question


@dataclass(frozen=True, slots=True)
class EditRequest:
    """The questions of one plan; stored with its patch, so that it can be solved again.

    Attributes:
        targets: questions with their new answers: the edited slots, their inverses and the chains
            through them.
        keep: questions whose answers must stay as they are.
    """

    targets: tuple[Question, ...]
    keep: tuple[Question, ...] = ()
