"""Entities, and the port that finds them by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, place or thing that facts are about.

    Attributes:
        id: unique name, disambiguated where two entities share one: "Georgia (country)".
        entity_class: class in the relation book's tree of classes, for example "city".
        qid: Wikidata item, or "" if it is not certain.
    """

    id: str
    entity_class: str
    qid: str = ""


class Lexicon(Protocol):
    """Finds entities by their ids and aliases, ignoring case."""

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
