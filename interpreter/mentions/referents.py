"""Whom or what pronouns refer to: the entities mentioned before, with class and gender."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from interpreter.mentions.clause import LAST_MENTIONED, SUBJECT_LEFT_OUT
from interpreter.mentions.language import Language
from interpreter.mentions.passage import Head
from kg_data.entities import Entity
from kg_data.short_form import EntityKind


@dataclass(frozen=True)
class Referents:
    """The entities that a pronoun can refer to, the likeliest first.

    Attributes:
        language: its pronouns, and first names with their gender.
        subjects: subjects of what was said before, the latest first.
        others: whatever else was mentioned, the latest first.
        together: the subjects of the last clause or message, if they are several.
        open_subject: whether a clause of the same sentence may leave its subject out.
    """

    language: Language
    subjects: tuple[Entity, ...] = ()
    others: tuple[Entity, ...] = ()
    together: tuple[Entity, ...] = ()
    open_subject: bool = False

    def all_of(self, head: Head) -> tuple[Head, ...]:
        """Return the heads of all whom "they" or "both" refers to; another head alone."""
        plural = self.language.pronouns["plural"]
        if head.pronoun in plural and len(self.together) > 1:
            return tuple(Head(each.id, (each,), by_id=True) for each in self.together)
        return (head,)

    def resolved(self, head: Head, allowed: Sequence[str]) -> Head:
        """Return a head with the entity that its pronoun refers to; another head unchanged."""
        if not head.pronoun:
            return head
        entity = self._referent(head.pronoun, tuple(allowed))
        if entity is None:
            return head
        return replace(head, entities=(entity,), by_id=True)

    def after(self, subjects: Sequence[Entity], others: Sequence[Entity]) -> "Referents":
        """Return the referents after a clause with these entities."""
        kept = tuple(dict.fromkeys((*subjects, *self.subjects)))[:8]
        told = tuple(dict.fromkeys(subjects))
        together = told if len(told) > 1 else self.together if not told else ()
        rest = tuple(dict.fromkeys((*others, *self.others)))[:8]
        return replace(self, subjects=kept, others=rest, together=together, open_subject=True)

    def _referent(self, pronoun: str, allowed: tuple[str, ...]) -> Entity | None:
        candidates = [
            each
            for each in dict.fromkeys((*self.subjects, *self.others))
            if self._agrees(pronoun, each)
        ]
        if pronoun == SUBJECT_LEFT_OUT:
            return self.subjects[0] if self.subjects else None
        if pronoun in self.language.pronouns["several"]:
            return None  # of whom there is no group
        if pronoun in {LAST_MENTIONED, "whose"}:
            return next(iter((*self.others, *self.subjects)), None)
        fitting = [
            each for each in candidates if self.language.book.accepts(allowed, each.entity_class)
        ] or candidates
        certain = [each for each in fitting if self._gender_agrees(pronoun, each)]
        if certain and fitting and not self._gender_known(fitting[0]):
            return certain[0]
        return fitting[0] if fitting else None

    def _agrees(self, pronoun: str, entity: Entity) -> bool:
        """Tell whether a pronoun can stand for an entity: he and she for people."""
        person = self.language.book.is_kind(entity.entity_class, EntityKind.PERSON)
        if pronoun == SUBJECT_LEFT_OUT:
            return True
        if pronoun in self.language.pronouns["neuter"]:
            return not person
        if pronoun in self.language.pronouns["gendered"]:
            return person and (
                self._gender_agrees(pronoun, entity) or not self._gender_known(entity)
            )
        return True

    def _gender_known(self, entity: Entity) -> bool:
        return bool(self.language.gender(entity.id))

    def _gender_agrees(self, pronoun: str, entity: Entity) -> bool:
        gender = self.language.gender(entity.id)
        return bool(gender) and pronoun in self.language.pronouns[gender]
