"""The subject and relation mentioned last."""

from collections.abc import Sequence
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
        together: the subjects of the last message, if it told facts of several: "they both".
    """

    last_subject: str | None = None
    last_relation: str | None = None
    last_object: str | None = None
    mentioned: tuple[str, ...] = ()
    together: tuple[str, ...] = ()

    def after(self, intent: Intent) -> "Dialogue":
        """Return the dialogue after a message of this intent."""
        match intent:
            case Tell(facts=(*_, last) as facts):
                return self.after_fact(last, facts)
            case Forget(slot, obj):
                return Dialogue(slot.subject, slot.relation, obj, self.mentioned)
            case Ask(subject=subject, path=(*_, relation)):
                return Dialogue(subject, relation, None, self.mentioned)
            case _:
                return self

    def after_fact(self, fact: Triple, facts: Sequence[Triple] = ()) -> "Dialogue":
        """Return the dialogue after a fact was told.

        Args:
            fact: the fact that "it" or "her" is about afterwards.
            facts: all facts of the message.
        """
        subjects = tuple(dict.fromkeys(each.subject for each in facts))
        together = subjects if len(subjects) > 1 else ()
        named = tuple(dict.fromkeys((fact.object, *self.mentioned)))[:MOST_MENTIONED]
        return Dialogue(fact.subject, fact.relation, fact.object, named, together)


EMPTY_DIALOGUE = Dialogue()
"""The dialogue before the first message."""
