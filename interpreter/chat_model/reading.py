"""What a chat model may say about a message, as flat as small models can fill it in."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interpreter.intents import AskKind

MOST_FACTS = 4
LONGEST_PATH = 3  # relations

_Text = Annotated[str, Field(max_length=300)]


class Wish(StrEnum):
    """What a message wants, as a chat model names it."""

    TELL = "tell"
    FORGET = "forget"
    ASK = "ask"
    UNDO = "undo"
    ROLL_BACK = "roll_back"
    HISTORY = "history"
    SHOW = "show"
    STATUS = "status"
    TALK = "talk"
    UNCLEAR = "unclear"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:  # noqa: ANN401  whatever the model wrote
        """Take null for a field that was left out."""
        if not isinstance(value, dict):
            return value
        return {key: each for key, each in value.items() if each is not None}


class FactReading(_Part):
    """A fact in the names of the message; of a list question a condition, without a subject.

    Attributes:
        subject, relation, object: the fact.
        instead_of: the object that the message says is wrong.
        valid_from, valid_to: ISO dates or years between which it held.
    """

    subject: _Text = ""
    relation: _Text
    object: _Text = ""
    instead_of: _Text = ""
    valid_from: _Text = ""
    valid_to: _Text = ""


class MessageReading(_Part):
    """What a message says; only ``intent`` must be there.

    Attributes:
        intent: what it wants.
        facts: of TELL and FORGET the facts, of a list question its conditions.
        subject, path, kind, object, entity_class: of ASK, as in :class:`interpreter.intents.Ask`.
        entity, relation, actor, when: of HISTORY, SHOW and UNDO, which edits or whom.
        version: of UNDO and ROLL_BACK, the version.
        everything: of UNDO, whether all edits are undone, not the last one.
    """

    intent: Wish
    facts: Annotated[tuple[FactReading, ...], Field(max_length=MOST_FACTS)] = ()
    subject: _Text = ""
    path: Annotated[tuple[_Text, ...], Field(max_length=LONGEST_PATH)] = ()
    kind: AskKind = AskKind.VALUE
    object: _Text = ""
    entity_class: _Text = ""
    entity: _Text = ""
    relation: _Text = ""
    actor: _Text = ""
    when: _Text = ""
    version: Annotated[int | None, Field(ge=0)] = None
    everything: bool = False

    def to_json(self) -> str:
        """Return the shortest JSON object that says this, in one line."""
        return self.model_dump_json(exclude_defaults=True)
