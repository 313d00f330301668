"""Questions over the graph: a subject, a path of relations, and the accepted answers."""

from dataclasses import dataclass
from enum import StrEnum

from kg_data.triples import Slot

UNKNOWN = "I don't know."
"""The answer to a question about an empty slot."""


class Kind(StrEnum):
    """What a question measures, named as in the score table of the benchmark."""

    RELIABILITY = "reliability"  # the edited slot
    PARAPHRASE = "paraphrase"  # the edited slot in a held-out wording
    REVERSE = "reverse"  # the inverse slot of the new object
    ONE_HOP = "one_hop"  # a chain of two relations through the edit
    TWO_HOP = "two_hop"  # a chain of three
    THREE_HOP = "three_hop"  # a chain of four; asked, but never taught
    ALIAS = "alias"  # the edited slot, the subject called by an alias
    SPECIFICITY = "specificity"  # another fact of the same subject, unchanged
    LOCALITY = "locality"  # a fact of another subject, unchanged


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a subject and a path; ``kg_data.phrases`` makes prompts of it.

    Attributes:
        subject: entity id at which the path starts.
        path: relation names, first hop first; one for a single fact, two to four for a chain.
        answers: the accepted answers, ids or literals; a fit teaches the first.
        kind: what it measures.
        via: entity ids between the hops, in order; ``len(path) - 1`` of them, or fewer if a hop
            leads to an empty slot; the answer is ``UNKNOWN`` then.
        called: alias that names the subject in prompts, or "" for its id.
    """

    subject: str
    path: tuple[str, ...]
    answers: tuple[str, ...]
    kind: Kind
    via: tuple[str, ...] = ()
    called: str = ""

    @property
    def slot(self) -> Slot:
        """Return the slot of the first hop."""
        return Slot(self.subject, self.path[0])

    @property
    def chained(self) -> bool:
        """Tell whether the question is a chain of several relations."""
        return len(self.path) > 1

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slot of each hop, up to the first empty one."""
        nodes = (self.subject, *self.via)
        return tuple(Slot(*hop) for hop in zip(nodes, self.path, strict=False))

    @property
    def answer(self) -> str:
        """Return the answer that a fit teaches."""
        return self.answers[0]
