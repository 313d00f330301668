"""What a message asks for: a closed union, matched exhaustively by the service."""

from dataclasses import dataclass
from typing import TypeAlias

from kg_data.entities import Entity
from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class Tell:
    """State facts.

    Attributes:
        facts: linked triples; an unknown name stands as its own id.
        new_entities: the names among them that the lexicon does not know, with the class
            that the relation's range (or domain) gives them.
    """

    facts: tuple[Triple, ...]
    new_entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Take a fact away: the object of a slot, or all its objects if ``object`` is None."""

    slot: Slot
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model in the user's own words.

    Attributes:
        text: the words, which go to the model unchanged.
        subject, path: the question in the graph's terms; both empty if it was not understood,
            and then only the model answers.
    """

    text: str
    subject: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """Take an edit back: a version, or the last one if None."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Show the edits, of one entity or of all."""

    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """Small talk: neither a fact nor a question about one."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The message cannot be read; nothing happens.

    Attributes:
        code: stable name of the reason: "empty", "too_long", "script", "ambiguous",
            "unknown_relation", "unknown_entity", "not_understood".
        reason: one or two sentences for the user, which say what to do.
        options: names to choose from, if there are some.
    """

    code: str
    reason: str
    options: tuple[str, ...] = ()


Intent: TypeAlias = Tell | Forget | Ask | Undo | History | Talk | Unclear
