"""What a check asks: a subject, a path of relations, and the answers that count as right."""

from dataclasses import dataclass
from enum import StrEnum

from kg_data.triples import Slot

UNKNOWN = "I don't know."
"""The answer to a question about a slot that holds nothing."""


class Kind(StrEnum):
    """Why a question is asked; the names are those of the benchmark's score table."""

    RELIABILITY = "reliability"  # the edited slot
    PARAPHRASE = "paraphrase"  # the edited slot in a wording that was not taught
    REVERSE = "reverse"  # the inverse slot of the new object
    ONE_HOP = "one_hop"  # a chain of two relations through the edit
    TWO_HOP = "two_hop"  # a chain of three
    ALIAS = "alias"  # the edited slot, the subject called by another name
    SPECIFICITY = "specificity"  # another fact of the same subject, unchanged
    LOCALITY = "locality"  # a fact of another subject, unchanged


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the graph's terms; ``kg_data.phrases`` puts it in words.

    Attributes:
        subject: entity id at which the path starts.
        path: relation names, first hop first; one for a plain fact, two or three for a chain.
        answers: what may be answered: ids or literals; the first is the one that is taught.
        kind: why it is asked.
        via: entity ids between the hops, in order; ``len(path) - 1`` of them. Where a hop holds
            nothing they end before it, and the answer is ``UNKNOWN``.
        called: another name of the subject to ask with, or "" for its id.
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
        """Tell whether it asks a chain and not a plain fact."""
        return len(self.path) > 1

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return the slot of each hop, up to one that holds nothing."""
        nodes = (self.subject, *self.via)
        return tuple(Slot(*hop) for hop in zip(nodes, self.path, strict=False))

    @property
    def answer(self) -> str:
        """Return the answer that is taught."""
        return self.answers[0]
