"""How a check went."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kg_data.questions import Kind


@dataclass(frozen=True, slots=True)
class Answer:
    """One prompt, and what the model made of it by greedy generation with a natural stop.

    Attributes:
        prompt: the words the model was given.
        expected: the answers that count as right, the first is the taught one.
        given: what the model wrote, without the stop.
        right: whether it wrote one of them and stopped by itself.
        kind: why it was asked.
        split: "teach" or "gate".
    """

    prompt: str
    expected: tuple[str, ...]
    given: str
    right: bool
    kind: Kind
    split: str


@dataclass(frozen=True, slots=True)
class Score:
    """How many of the questions of one group were answered rightly."""

    right: int
    asked: int

    @property
    def share(self) -> float:
        """Return right / asked, or 1.0 where nothing was asked."""
        return self.right / self.asked if self.asked else 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of the gate for one patch.

    Attributes:
        passed: whether the patch may be committed.
        scores: by group: "taught", "gate", "kept", "consequences".
        failures: the wrong answers, for people to look at.
        shortfalls: sentences that name each group below its bar, with both figures; a patch that
            passed may have some, where what it replaces was no better.
    """

    passed: bool
    scores: Mapping[str, Score]
    failures: tuple[Answer, ...] = ()
    shortfalls: tuple[str, ...] = field(default=())
