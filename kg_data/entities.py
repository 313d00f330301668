"""Entities, and the port that finds them by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kg_data.triples import Triple


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


class EntityOperation(StrEnum):
    """What can be done to an entity as a whole."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class EntityChange:
    """A change of an entity as a whole, which moves or removes facts.

    Attributes:
        operation: what is done.
        entity: id of the entity.
        other: the new id of a renamed entity, the id of the one that it becomes part of, or the
            id of the one that is split off; "" where it is deleted.
        facts: the facts that a split moves to the other entity.
        alias: whether a renamed or merged entity's id stays as another name.
        graph_only: whether the model is left as it is.
    """

    operation: EntityOperation
    entity: str
    other: str = ""
    facts: tuple[Triple, ...] = ()
    alias: bool = True
    graph_only: bool = False

    @property
    def words(self) -> str:
        """Return the change in words, such as "rename Peking to Beijing"."""
        links = {
            EntityOperation.RENAME: f" to {self.other}",
            EntityOperation.MERGE: f" into {self.other}",
            EntityOperation.SPLIT: f" into {self.entity} and {self.other}",
            EntityOperation.DELETE: "",
        }
        options = ("", ", without the old name")[not self.alias]
        graph = ("", ", in the graph only")[self.graph_only]
        facts = "".join(f"; {fact}" for fact in self.facts)
        return f"{self.operation} {self.entity}{links[self.operation]}{options}{graph}{facts}"


@dataclass(frozen=True, slots=True)
class EntityRemoval:
    """An entity that a version removed.

    Attributes:
        id: its id.
        operation: what removed it: an :class:`EntityOperation`, "undo" or "rollback".
        successor: the entity that its name redirects to, or "".
    """

    id: str
    operation: str
    successor: str = ""


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
