"""Linking of names to entities, and checks of unknown names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from interpreter.intents import Unclear
from interpreter.literals import DATE_HINT, YEAR_HINT, looks_like_date
from interpreter.mentions.passage import Head
from interpreter.normalization import PRONOUNS, shorten
from kg_data.dates import year_of
from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook

_MOST_SUGGESTIONS = 3
_NOT_FIRST_WORDS = PRONOUNS | {
    "i", "we", "you", "me", "us", "my", "your", "our", "this", "that", "these", "those", "there",
    "here", "everyone", "everybody", "someone", "somebody", "nobody", "nothing", "everything",
    "if", "when", "because", "maybe", "perhaps", "suppose", "imagine", "unless", "although",
    "not", "no", "never", "and", "but", "or", "so", "why", "how", "who", "what", "which", "where",
    "whose", "ignore", "please",
}  # fmt: skip
_NO_NAME = re.compile(r"[\n<>{}|\\^~\[\]:;!?]|^[QP]\d+$|https?:|\. ?[A-Z]\w{3}")
_VERBS = {"is", "was", "are", "were"}
_NOT_NAMES = frozenset({"the", "a", "an", "is", "of"})


@dataclass(frozen=True, slots=True)
class MentionLink:
    """A name and the entities or the literal that it refers to.

    Attributes:
        name: the text of the name, without quotes.
        entities: its entities; one if linked, none if unknown, several if ambiguous.
        value: the literal, if the relation has literal objects.
        fits: whether the relation accepts the class or literal; True for an unknown name.
        hint: how to write the literal, if the text is not one.
        quoted: whether the name was in quotes and so is not a misspelling.
        guessed: whether it is written otherwise than any name of its entity.
        pronoun: the pronoun, if it is one that refers to nobody.
        new_class: the class that an unknown name has.
    """

    name: str
    entities: tuple[Entity, ...] = ()
    value: str = ""
    fits: bool = True
    hint: str = ""
    quoted: bool = False
    guessed: bool = False
    pronoun: str = ""
    new_class: str = ""

    @property
    def known(self) -> bool:
        """Tell whether the name refers to something."""
        return bool(self.entities or self.value)

    @property
    def ambiguous(self) -> bool:
        """Tell whether the name refers to several entities."""
        return len(self.entities) > 1

    @property
    def id(self) -> str:
        """Return the literal, the id of the entity, or the name if it is unknown."""
        return self.value or (self.entities[0].id if self.entities else self.name)

    @property
    def entity(self) -> Entity | None:
        """Return the entity, or a new one of this name; None for a literal or a pronoun."""
        if self.entities:
            return self.entities[0]
        return None if self.value or self.pronoun else Entity(self.name, self.new_class)

    @property
    def plausible(self) -> bool:
        """Tell whether an unknown name could name a new entity."""
        words = self.name.casefold().split()
        return bool(
            words
            and not _NO_NAME.search(self.name)
            and (self.quoted or (_VERBS.isdisjoint(words) and self.name.count(", ") < 2))
            and words[0] not in _NOT_FIRST_WORDS
            and not (len(words) == 1 and words[0] in _NOT_NAMES)
            and any(char.isalnum() for char in self.name)
            and not looks_like_date(self.name.removesuffix("."))
        )


class Names(Protocol):
    """Known names; implemented by :class:`interpreter.mentions.gazetteer.Gazetteer`."""

    def lookup(self, name: str) -> Sequence[Entity]:
        """Return the entities of a name, the one whose id it is first."""
        ...

    def similar(self, name: str, limit: int) -> tuple[str, ...]:
        """Return ids of entities whose names are spelled nearly alike, the nearest first."""
        ...


class MentionLinker:
    """Links names with the known names and the classes of a relation book."""

    def __init__(self, book: RelationBook, names: Names) -> None:
        self._book = book
        self._names = names

    def subject_of(self, head: Head, relation: Relation) -> MentionLink | None:
        """MentionLink what stands for the subject of a relation; None if it can be none."""
        return self._of_head(head, relation.domain)

    def object_of(self, head: Head, relation: Relation) -> MentionLink | None:
        """MentionLink what stands for the object of a relation, or read it as a literal."""
        if not relation.literal:
            return self._of_head(head, relation.range)
        if "text" in relation.range:
            return None if head.pronoun else MentionLink(head.written, value=head.written)
        if head.value:
            value = head.value if "date" in relation.range else year_of(head.value)
            return MentionLink(head.written, value=value)
        if head.entities or head.pronoun or not any(char.isdigit() for char in head.written):
            return None
        return MentionLink(head.written, fits=False, hint=_hint(relation))

    @staticmethod
    def of_entity(entity: Entity) -> MentionLink:
        """Return the link of an entity that is known already."""
        return MentionLink(entity.id, (entity,))

    def again(self, link: MentionLink, allowed: tuple[str, ...]) -> MentionLink:
        """Return a link for other classes."""
        fits = any(self._book.accepts(allowed, each.entity_class) for each in link.entities)
        return replace(link, fits=fits or not link.entities)

    def any_of(self, head: Head) -> MentionLink | None:
        """MentionLink what stands for an entity of any class."""
        return self._of_head(head, tuple(self._book.classes))

    def _of_head(self, head: Head, allowed: tuple[str, ...]) -> MentionLink | None:
        if head.value or not (head.entities or head.new or head.pronoun):
            return None
        if not head.entities:
            new_class = head.entity_class or allowed[0]
            return MentionLink(
                head.written, quoted=head.quoted, pronoun=head.pronoun, new_class=new_class
            )
        found = head.entities
        if head.entity_class:
            stated = [e for e in found if self._book.is_a(e.entity_class, head.entity_class)]
            found = tuple(stated) or found
        fitting = [each for each in found if self._book.accepts(allowed, each.entity_class)]
        candidates = fitting or list(found)
        if head.by_id and candidates[0] == head.entities[0]:
            candidates = candidates[:1]
        return MentionLink(
            head.written, tuple(candidates), fits=bool(fitting), guessed=head.misspelt
        )

    def similar(self, name: str) -> tuple[str, ...]:
        """Return ids of entities whose names are spelled nearly alike, the nearest first."""
        return self._names.similar(name, _MOST_SUGGESTIONS)


def unreadable(written: str, relation: Relation) -> Unclear:
    """Reply that a text is no literal of a relation, and how to write one."""
    reason = f'"{shorten(written)}" cannot be read as a {relation.range[0]}. {_hint(relation)}'
    return Unclear("not_understood", reason)


def _hint(relation: Relation) -> str:
    return DATE_HINT if "date" in relation.range else YEAR_HINT
