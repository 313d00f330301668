"""What a fact is: a triple of entity ids or literals, and the slot it fills."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Slot(NamedTuple):
    """A question the graph can answer: what does ``subject`` have as ``relation``?"""

    subject: str
    relation: str


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """A subject, a relation and an object; two triples are equal if these three are.

    Attributes:
        subject: id of an entity.
        relation: name of a relation in the relation book.
        object: id of an entity, or a literal (ISO date, year, plain text).
        valid_from: ISO date or year since which it holds, if known.
        valid_to: ISO date or year at which it ceased to hold; ``None`` while it holds.
    """

    subject: str
    relation: str
    object: str
    valid_from: str | None = field(default=None, compare=False)
    valid_to: str | None = field(default=None, compare=False)

    @property
    def slot(self) -> Slot:
        """Return the question this triple answers."""
        return Slot(self.subject, self.relation)

    @property
    def ended(self) -> bool:
        """Tell whether the triple held once and no longer does."""
        return self.valid_to is not None

    def __str__(self) -> str:
        return f"{self.subject} - {self.relation} - {self.object}"
