"""Linking of names to entities, and checks of unknown names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from interpreter.literals import looks_like_date, parse_literal, without_full_stop
from interpreter.normalization import PRONOUNS, fold
from kg_data.entities import Entity, Lexicon
from kg_data.relations import Relation, RelationBook

MIN_SUBJECT_SIMILARITY = 90
MIN_OBJECT_SIMILARITY = 92
"""Least similarity, in percent, at which an unknown name is taken for a misspelling."""

_MOST_SUGGESTIONS = 3
_TITLE = re.compile(
    r"^(?:the|president|vice president|professor|prof\.|dr\.?|mr\.?|mrs\.?|ms\.?) ", re.IGNORECASE
)
_NOT_FIRST_WORDS = PRONOUNS | {
    "i", "we", "you", "me", "us", "my", "your", "our", "this", "that", "these", "those", "there",
    "here", "everyone", "everybody", "someone", "somebody", "nobody", "nothing", "everything",
    "if", "when", "because", "maybe", "perhaps", "suppose", "imagine", "unless", "although",
    "not", "no", "never", "and", "but", "or", "so", "why", "how", "who", "what", "which", "where",
    "whose", "ignore", "please",
}  # fmt: skip
_VERBS = {"is", "was", "are", "were"}
_NOT_NAMES = frozenset({"the", "a", "an", "is", "of"})


@dataclass(frozen=True, slots=True)
class Link:
    """A name and the entities or the literal that it refers to.

    Attributes:
        name: the text of the name, without quotes.
        entities: its entities; one if linked, none if unknown, several if ambiguous.
        value: the literal, if the relation has literal objects.
        fits: whether the relation accepts the class or literal; True for an unknown name.
        hint: how to write the literal, if the text is not one.
        quoted: whether the name was in quotes and so is not a misspelling.
    """

    name: str
    entities: tuple[Entity, ...] = ()
    value: str = ""
    fits: bool = True
    hint: str = ""
    quoted: bool = False

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
    def plausible(self) -> bool:
        """Tell whether an unknown name could name a new entity."""
        words = self.name.casefold().split()
        return bool(
            words
            and (self.quoted or (_VERBS.isdisjoint(words) and self.name.count(", ") < 2))
            and words[0] not in _NOT_FIRST_WORDS
            and not (len(words) == 1 and words[0] in _NOT_NAMES)
            and any(char.isalnum() for char in self.name)
            and not looks_like_date(self.name.removesuffix("."))
        )


class Linker:
    """Links names with a lexicon and the classes of a relation book."""

    def __init__(self, book: RelationBook, lexicon: Lexicon) -> None:
        self._book = book
        self._lexicon = lexicon

    def entities(self, name: str) -> Sequence[Entity]:
        """Return the entities of a name in any of the spellings of :meth:`_known_spelling`."""
        return self._known_spelling(name)[1]

    def _known_spelling(self, name: str) -> tuple[str, Sequence[Entity]]:
        """Return the first spelling of a name that the lexicon knows, and its entities.

        Tried in turn: the name as typed, with the other apostrophe, without or with a final
        full stop, and without an article or a title.
        """
        bare = _unquoted(name)
        spellings = [bare, bare.removesuffix("."), f"{bare}.", bare.rstrip("!"), f"{bare}!"]
        shorter = _TITLE.sub("", bare)
        if shorter != bare:
            spellings += [shorter, shorter.removesuffix(".")]
        for spelling in spellings:
            for typed in dict.fromkeys((spelling, spelling.replace("'", "\u2019"))):
                found = self._lexicon.lookup(typed) if typed else ()
                if found:
                    return typed, found
        return bare, ()

    def subject(self, name: str, relation: Relation, entity_class: str = "") -> Link:
        """Link the subject of a relation, of ``entity_class`` if the message states a class."""
        return self._link(name, relation.domain, entity_class)

    def object(self, name: str, relation: Relation) -> Link:
        """Link the object of a relation, or parse it as a literal."""
        if not relation.literal:
            return self._link(name, relation.range)
        bare = _unquoted(name)
        value, hint = parse_literal(bare, relation)
        return Link(bare, value=value, fits=bool(value), hint=hint)

    def any_entity(self, name: str) -> Link:
        """Link a name of any class."""
        return self._link(name, tuple(self._book.classes))

    def similar(self, name: str, least: int) -> tuple[str, ...]:
        """Return the ids of entities with names at least so similar, in percent, best first.

        Compares with every name of the lexicon: about 2 ms for 5,000.
        """
        names = list(self._lexicon.names())
        hits = process.extract(
            fold(_unquoted(name)),
            [fold(other) for other in names],
            scorer=fuzz.ratio,
            score_cutoff=least,
            limit=_MOST_SUGGESTIONS,
        )
        ids = [entity.id for _, _, place in hits for entity in self._lexicon.lookup(names[place])]
        return tuple(dict.fromkeys(ids))[:_MOST_SUGGESTIONS]

    def _link(self, name: str, allowed: tuple[str, ...], entity_class: str = "") -> Link:
        bare = _unquoted(name)
        spelling, found = self._known_spelling(name)
        if entity_class:
            found = [each for each in found if self._book.is_a(each.entity_class, entity_class)]
        if not found:
            return Link(without_full_stop(bare), quoted=name.strip().startswith('"'))
        fitting = [each for each in found if self._book.accepts(allowed, each.entity_class)]
        candidates = fitting or list(found)
        # an id is unique: a user who types one, or picks it from the options, is not asked again
        by_id = [each for each in candidates if fold(each.id) == fold(spelling)]
        chosen = by_id if len(by_id) == 1 else candidates
        return Link(spelling, entities=tuple(chosen), fits=bool(fitting))


def _unquoted(name: str) -> str:
    bare = name.strip()
    inner = bare.removesuffix(".")
    if len(inner) > 2 and inner[0] == inner[-1] == '"':
        return inner[1:-1].strip()
    return bare
