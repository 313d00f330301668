"""The subject and relation mentioned last."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What "he", "her" or "what about X?" refer to.

    Attributes:
        last_subject: entity id of the subject of the last fact or question.
        last_relation: relation of the last fact or question.
    """

    last_subject: str | None = None
    last_relation: str | None = None


EMPTY_DIALOGUE = Dialogue()
"""The dialogue before the first message."""
