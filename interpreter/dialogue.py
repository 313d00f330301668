"""What was spoken of last."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What "he", "her" or "what about X?" refer to.

    Attributes:
        last_subject: id of the entity of which the last fact or question spoke.
        last_relation: relation of which it spoke.
    """

    last_subject: str | None = None
    last_relation: str | None = None


FRESH = Dialogue()
"""The dialogue in which nothing has been said."""
