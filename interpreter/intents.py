"""The intents of messages: a closed union that the service matches exhaustively."""

from dataclasses import dataclass
from typing import TypeAlias

from kg_data.entities import Entity
from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class Tell:
    """Assert facts.

    Attributes:
        facts: linked triples; an unknown name is its own id.
        new_entities: the entities among them that the lexicon does not know, with the first
            class of the relation's domain or range.
        replaces: facts that the new ones of the same slot replace, as in "not A but B".
    """

    facts: tuple[Triple, ...]
    new_entities: tuple[Entity, ...] = ()
    replaces: tuple[Triple, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Retract one object of a slot, or all its objects if ``object`` is None."""

    slot: Slot
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model a question in the user's own words.

    Attributes:
        text: the unchanged message, which is the model's prompt.
        subject, path: the question over the graph; both empty if it was not understood, so that
            only the model answers.
    """

    text: str
    subject: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the edit of a version, or the last edit if None."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class RollBack:
    """Restore the facts and weights of a version."""

    version: int


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
    """A message that cannot be read; nothing is changed.

    Attributes:
        code: stable name of the reason: "empty", "too_long", "script", "ambiguous",
            "unknown_relation", "unknown_entity", "not_understood".
        reason: one or two sentences that tell the user what to do.
        options: names or sentences to choose from, if any.
    """

    code: str
    reason: str
    options: tuple[str, ...] = ()


Intent: TypeAlias = Tell | Forget | Ask | Undo | RollBack | History | Talk | Unclear
