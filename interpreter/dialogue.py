"""The subject and relation mentioned last."""

from dataclasses import dataclass

from interpreter.intents import Ask, Forget, Intent, Tell
from kg_data.triples import Triple

MOST_MENTIONED = 6
"""Entities beside the subject that a dialogue remembers."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What "he", "her" or "what about X?" refer to.

    Attributes:
        last_subject: entity id of the subject of the last fact or question.
        last_relation: relation of the last fact or question.
        last_object: object of the last fact.
        mentioned: ids of the other entities that were mentioned, the latest first.
    """

    last_subject: str | None = None
    last_relation: str | None = None
    last_object: str | None = None
    mentioned: tuple[str, ...] = ()

    def after(self, intent: Intent) -> "Dialogue":
        """Return the dialogue after a message of this intent."""
        match intent:
            case Tell(facts=(*_, last)):
                return self.after_fact(last)
            case Forget(slot, obj):
                return Dialogue(slot.subject, slot.relation, obj, self.mentioned)
            case Ask(subject=subject, path=(*_, relation)):
                return Dialogue(subject, relation, None, self.mentioned)
            case _:
                return self

    def after_fact(self, fact: Triple) -> "Dialogue":
        """Return the dialogue after a fact was told."""
        named = tuple(dict.fromkeys((fact.object, *self.mentioned)))[:MOST_MENTIONED]
        return Dialogue(fact.subject, fact.relation, fact.object, named)


EMPTY_DIALOGUE = Dialogue()
"""The dialogue before the first message."""
