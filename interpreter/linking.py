"""Names to entities; what a name may be if it is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from interpreter.literals import literal, looks_like_date, sentence_end_off
from interpreter.normalization import PRONOUNS, fold
from kg_data.entities import Entity, Lexicon
from kg_data.relations import Relation, RelationBook

NEAR_SUBJECT = 90
NEAR_OBJECT = 92
"""Percent of likeness from which on a name is taken for a misspelling."""

_MOST_SUGGESTIONS = 3
_TITLE = re.compile(
    r"^(?:the|president|vice president|professor|prof\.|dr\.?|mr\.?|mrs\.?|ms\.?) ", re.IGNORECASE
)
_NO_NAME = PRONOUNS | {
    "i", "we", "you", "me", "us", "my", "your", "our", "this", "that", "these", "those", "there",
    "here", "everyone", "everybody", "someone", "somebody", "nobody", "nothing", "everything",
    "if", "when", "because", "maybe", "perhaps", "suppose", "imagine", "unless", "although",
    "not", "no", "never", "and", "but", "or", "so", "why", "how", "who", "what", "which", "where",
    "whose", "ignore", "please",
}  # fmt: skip
_VERBS = {"is", "was", "are", "were"}
_NO_WHOLE_NAME = frozenset({"the", "a", "an", "is", "of"})


@dataclass(frozen=True, slots=True)
class Link:
    """What a name stands for.

    Attributes:
        name: the words, without quotes.
        entities: the entities that fit; one if linked, none if unknown, several if ambiguous.
        value: the literal, where the relation wants one.
        fits: whether class or literal is what the relation wants; an unknown name would be.
        hint: how to write the literal, if it is none.
        quoted: whether the user put the name in quotes, and so means exactly this one.
    """

    name: str
    entities: tuple[Entity, ...] = ()
    value: str = ""
    fits: bool = True
    hint: str = ""
    quoted: bool = False

    @property
    def known(self) -> bool:
        """Tell whether the name stands for something."""
        return bool(self.entities or self.value)

    @property
    def ambiguous(self) -> bool:
        """Tell whether the name stands for several entities."""
        return len(self.entities) > 1

    @property
    def id(self) -> str:
        """Return the id, the literal, or the name of what is new."""
        return self.value or (self.entities[0].id if self.entities else self.name)

    @property
    def plausible(self) -> bool:
        """Tell whether an unknown name could be the name of something new."""
        words = self.name.casefold().split()
        return bool(
            words
            and (self.quoted or (_VERBS.isdisjoint(words) and self.name.count(", ") < 2))
            and words[0] not in _NO_NAME
            and not (len(words) == 1 and words[0] in _NO_WHOLE_NAME)
            and any(char.isalnum() for char in self.name)
            and not looks_like_date(self.name.removesuffix("."))
        )


class Linker:
    """Links names by a lexicon and the classes of a relation book."""

    def __init__(self, book: RelationBook, lexicon: Lexicon) -> None:
        self._book = book
        self._lexicon = lexicon

    def known(self, name: str) -> Sequence[Entity]:
        """Return the entities a name may stand for, as :meth:`_spelt` finds them."""
        return self._spelt(name)[1]

    def _spelt(self, name: str) -> tuple[str, Sequence[Entity]]:
        """Return the spelling under which a name is known, and the entities.

        Tried in turn: the name as typed, with the other apostrophe, without or with a final
        stop, and without an article or a title.
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

    def subject(self, name: str, relation: Relation, kind: str = "") -> Link:
        """Link the subject of a relation; ``kind`` is the class that the words give it."""
        return self._entity(name, relation.domain, kind)

    def object(self, name: str, relation: Relation) -> Link:
        """Link the object of a relation, or read it as a literal."""
        if not relation.literal:
            return self._entity(name, relation.range)
        bare = _unquoted(name)
        value, hint = literal(bare, relation)
        return Link(bare, value=value, fits=bool(value), hint=hint)

    def anything(self, name: str) -> Link:
        """Link a name of which no class is expected."""
        return self._entity(name, tuple(self._book.classes))

    def near(self, name: str, least: int) -> tuple[str, ...]:
        """Return the ids of entities whose names are at least so alike, the nearest first.

        Compares with every name of the lexicon: about 2 ms on 5,000.
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

    def _entity(self, name: str, allowed: tuple[str, ...], kind: str = "") -> Link:
        bare = _unquoted(name)
        spelling, found = self._spelt(name)
        if kind:
            found = [one for one in found if self._book.is_a(one.entity_class, kind)]
        if not found:
            return Link(sentence_end_off(bare), quoted=name.strip().startswith('"'))
        fitting = [one for one in found if self._book.accepts(allowed, one.entity_class)]
        candidates = fitting or list(found)
        # An id is unique: who types it, or picks it from the options, is not asked again.
        same = [one for one in candidates if fold(one.id) == fold(spelling)]
        chosen = same if len(same) == 1 else candidates
        return Link(spelling, entities=tuple(chosen), fits=bool(fitting))


def _unquoted(name: str) -> str:
    bare = name.strip()
    inner = bare.removesuffix(".")
    if len(inner) > 2 and inner[0] == inner[-1] == '"':
        return inner[1:-1].strip()
    return bare
