"""What the reader needs from others: linking of names, and an index of known names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from interpreter.intents import Tell, Unclear
from interpreter.mentions.facts import ToldFact
from interpreter.mentions.links import MentionLink
from kg_data.entities import Entity
from kg_data.relations import Relation


@dataclass(frozen=True, slots=True)
class Candidate:
    """A part of a message that is a known name.

    Attributes:
        written: the name as it stands in the message.
        entities: the entities of this name; several if it is ambiguous.
    """

    written: str
    entities: tuple[Entity, ...]


class CandidateFinder(Protocol):
    """Finds the known names in a message."""

    def find(self, text: str, limit: int) -> Sequence[Candidate]:
        """Return up to ``limit`` known names that stand in a text, in its order."""
        ...


class NameLinker(Protocol):
    """Links a written name for a place in a fact, as a chat model names it."""

    def subject(self, name: str, relation: Relation) -> MentionLink:
        """Link the subject of a relation."""
        ...

    def object(self, name: str, relation: Relation) -> MentionLink:
        """Link the object of a relation, or parse it as a literal."""
        ...

    def any_entity(self, name: str) -> MentionLink:
        """Link a name of any class."""
        ...


class FactResolver(Protocol):
    """Makes facts of links, as :class:`interpreter.mentions.fact_maker.FactMaker` does, or asks."""

    def fact(self, told: ToldFact) -> Tell | Unclear:
        """Return one fact whose names are linked, or the reason why it cannot be resolved."""
        ...

    def ambiguous(self, link: MentionLink) -> Unclear:
        """Ask which of several entities is meant."""
        ...

    def unknown(self, link: MentionLink) -> Unclear:
        """Reply that a name is unknown."""
        ...
