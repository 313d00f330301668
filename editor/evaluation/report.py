"""The report of a check: answers, scores, and whether the gate was passed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kg_data.questions import Kind
from kg_data.triples import Slot


@dataclass(frozen=True, slots=True)
class Answer:
    """A prompt and the model's answer, generated greedily up to a stop token.

    Attributes:
        prompt: the text of the prompt.
        expected: the accepted answers, the taught one first.
        given: the text the model wrote, without the stop token.
        right: whether that is an accepted answer and stopped in time.
        kind: the kind of the question.
        split: "teach" or "gate", the split of its wording.
        slot: the slot that a question about a single fact asks for; None for a chain.
    """

    prompt: str
    expected: tuple[str, ...]
    given: str
    right: bool
    kind: Kind
    split: str
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The number of right answers among the questions of one group."""

    right: int
    asked: int

    @property
    def share(self) -> float:
        """Return right / asked, or 1.0 if nothing was asked."""
        return self.right / self.asked if self.asked else 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of the gate for one patch.

    Attributes:
        passed: whether the patch may be committed.
        scores: by group: "taught", "gate", "kept", "consequences".
        failures: the wrong answers.
        shortfalls: a sentence for each group below its bar, with both figures; a patch that passed
            may have some if the patches it replaces were no better.
    """

    passed: bool
    scores: Mapping[str, Score]
    failures: tuple[Answer, ...] = ()
    shortfalls: tuple[str, ...] = field(default=())
