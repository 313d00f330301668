"""Facts as triples of ids or literals, and the slots they fill."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Slot(NamedTuple):
    """A subject and a relation, whose objects the graph can look up."""

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
        valid_to: ISO date or year at which it ceased to hold; ``None`` if it still holds.
    """

    subject: str
    relation: str
    object: str
    valid_from: str | None = field(default=None, compare=False)
    valid_to: str | None = field(default=None, compare=False)

    @property
    def slot(self) -> Slot:
        """Return the slot that the triple fills."""
        return Slot(self.subject, self.relation)

    @property
    def ended(self) -> bool:
        """Tell whether the triple no longer holds."""
        return self.valid_to is not None

    def __str__(self) -> str:
        return f"{self.subject} - {self.relation} - {self.object}"
