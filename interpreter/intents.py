"""The intents of messages: a closed union that the service matches exhaustively."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kg_data.entities import Entity, EntityChange
from kg_data.triples import Slot, Triple


@dataclass(frozen=True, slots=True)
class Guess:
    """A name that was linked although it was written otherwise.

    Attributes:
        written: the name as it stands in the message.
        entity: id of the entity that was taken to be meant.
    """

    written: str
    entity: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Assert facts.

    Attributes:
        facts: linked triples; an unknown name is its own id.
        new_entities: the entities among them that the lexicon does not know, with the first
            class of the relation's domain or range.
        replaces: facts that the new ones of the same slot replace, as in "not A but B".
        guesses: misspelt names; nothing is changed before the user has agreed to them.
        read_by: name of the chat model that read the message, "" for rules; nothing that a model
            read is changed before the user has agreed to it.
        heard: whether no wording fitted the whole message; then nothing is changed before the
            user has agreed to it.
        left_out: the words that were not understood.
    """

    facts: tuple[Triple, ...]
    new_entities: tuple[Entity, ...] = ()
    replaces: tuple[Triple, ...] = ()
    guesses: tuple[Guess, ...] = ()
    read_by: str = ""
    heard: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Retract one object of a slot, or all its objects if ``object`` is None.

    Attributes:
        slot: the slot.
        object: its object that is retracted.
        guesses, read_by: as in :class:`Tell`.
    """

    slot: Slot
    object: str | None = None
    guesses: tuple[Guess, ...] = ()
    read_by: str = ""


class AskKind(StrEnum):
    """What a question wants to know."""

    VALUE = "value"  # the objects at the end of a path
    YES_NO = "yes_no"  # whether an object is among them
    COUNT = "count"  # how many they are
    LIST = "list"  # the subjects for which conditions hold


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds for each entity that is asked for: it has this object in this relation."""

    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the model a question in the user's own words.

    Attributes:
        text: the unchanged message, which is the model's prompt.
        subject, path: the question over the graph; both empty if it was not understood.
        kind: what is asked.
        object: of YES_NO, the object that is asked about.
        conditions: of LIST, what holds for the entities that are asked for.
        entity_class: of LIST, the class of the entities that are asked for, or "".
        guesses: misspelt names.
        hints: of a question that was not understood, the nearest relations or names.
    """

    text: str
    subject: str = ""
    path: tuple[str, ...] = ()
    kind: AskKind = AskKind.VALUE
    object: str = ""
    conditions: tuple[Condition, ...] = ()
    entity_class: str = ""
    guesses: tuple[Guess, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def linked(self) -> bool:
        """Tell whether the question was understood, so that the graph can answer it."""
        return bool(self.path or self.conditions)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which edits a message speaks of; without any condition, all of them.

    Attributes:
        entity, relation: what the edits were about.
        actor: who made them; "me" for the author of the message.
        when: "today", "yesterday", "this_week", "last_week", "this_month", "last_month" or an
            ISO date; "" for any time.
    """

    entity: str = ""
    relation: str = ""
    actor: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the edit of a version, or the last edit if None.

    Attributes:
        version: the version.
        selection: without a version: the edits of which the last one is undone.
        everything: whether all edits of the selection are undone.
        count: without a version or a selection: how many of the last edits are undone.
    """

    version: int | None = None
    selection: Selection = Selection()
    everything: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class RollBack:
    """Restore the facts and weights of a version."""

    version: int


@dataclass(frozen=True, slots=True)
class History:
    """Show the edits of a selection."""

    selection: Selection = Selection()


@dataclass(frozen=True, slots=True)
class Show:
    """Show what the graph holds about an entity."""

    entity: str
    guesses: tuple[Guess, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """Show where ledger, graph and model are."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Small talk: neither a fact nor a question about one."""

    text: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A message that cannot be read; nothing is changed.

    Attributes:
        code: stable name of the reason: "empty", "too_long", "script", "language", "ambiguous",
            "unknown_relation", "unknown_entity", "not_understood".
        reason: one or two sentences that tell the user what to do.
        options: names or sentences to choose from, if any.
    """

    code: str
    reason: str
    options: tuple[str, ...] = ()


Change: TypeAlias = Tell | Forget | EntityChange
"""What an edit is asked to change; an :class:`EntityChange` names ids."""

Intent: TypeAlias = Change | Ask | Undo | RollBack | History | Show | Status | Talk | Unclear
