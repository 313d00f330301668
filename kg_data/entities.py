"""Entities, and the port through which names are found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing with an identity.

    Attributes:
        id: unique label, disambiguated where two things share a name: "Georgia (country)".
        entity_class: class in the relation book's tree of classes, for example "city".
        qid: Wikidata item, or "" where it is not known for certain.
    """

    id: str
    entity_class: str
    qid: str = ""


class Lexicon(Protocol):
    """Finds entities by what people call them: ids and aliases, whatever the case."""

    def entity(self, entity_id: str) -> Entity | None:
        """Return the entity with exactly this id, or None."""
        ...

    def lookup(self, name: str) -> Sequence[Entity]:
        """Return every entity whose id or alias is ``name``, ignoring case and white space.

        The entity whose id is ``name`` comes first; the rest are sorted by id.
        """
        ...

    def aliases(self, entity_id: str) -> Sequence[str]:
        """Return the other names of an entity, sorted."""
        ...

    def names(self) -> Iterable[str]:
        """Yield every id and alias once."""
        ...
