"""Links of names that a chat model names, as they stand in the message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from interpreter.literals import parse_literal, without_full_stop
from interpreter.mentions.links import MentionLink, MentionLinker
from interpreter.mentions.passage import Head
from interpreter.normalization import fold
from kg_data.entities import Entity, Lexicon
from kg_data.relations import Relation, RelationBook

_LEAST_SIMILARITY = 90  # percent, at which an unknown name is taken for a misspelling
_TITLE = re.compile(
    r"^(?:the|president|vice president|professor|prof\.|dr\.?|mr\.?|mrs\.?|ms\.?) ", re.IGNORECASE
)


@dataclass(frozen=True)
class LexiconNames:
    """Names of a lexicon; implements :class:`interpreter.mentions.links.Names`."""

    lexicon: Lexicon

    def lookup(self, name: str) -> Sequence[Entity]:
        """Return the entities of a name, the one whose id it is first."""
        return self.lexicon.lookup(name)

    def similar(self, name: str, limit: int) -> tuple[str, ...]:
        """Return ids of entities whose names are spelled nearly alike, the nearest first.

        Compares with every name of the lexicon: about 2 ms for 5,000.
        """
        names = list(self.lexicon.names())
        hits = process.extract(
            fold(name),
            [fold(other) for other in names],
            scorer=fuzz.ratio,
            score_cutoff=_LEAST_SIMILARITY,
            limit=limit,
        )
        ids = [entity.id for _, _, place in hits for entity in self.lexicon.lookup(names[place])]
        return tuple(dict.fromkeys(ids))[:limit]


class WrittenNameLinker:
    """Links written names; implements :class:`interpreter.chat_model.ports.NameLinker`.

    Args:
        book: the relation book.
        lexicon: finds entities by name.
    """

    def __init__(self, book: RelationBook, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.links = MentionLinker(book, LexiconNames(lexicon))

    def subject(self, name: str, relation: Relation) -> MentionLink:
        """Link the subject of a relation."""
        return self.links.subject_of(self._head(name), relation) or _nothing(name)

    def object(self, name: str, relation: Relation) -> MentionLink:
        """Link the object of a relation, or parse it as a literal."""
        if relation.literal:
            bare = _unquoted(name)
            value, hint = parse_literal(bare, relation)
            return MentionLink(bare, value=value, fits=bool(value), hint=hint)
        return self.links.object_of(self._head(name), relation) or _nothing(name)

    def any_entity(self, name: str) -> MentionLink:
        """Link a name of any class."""
        return self.links.any_of(self._head(name)) or _nothing(name)

    def _head(self, name: str) -> Head:
        spelling, found = self._known_spelling(name)
        quoted = name.strip().startswith('"')
        if not found:
            return Head(without_full_stop(spelling), new=True, quoted=quoted)
        by_id = fold(found[0].id) == fold(spelling)
        return Head(spelling, tuple(found), quoted=quoted, by_id=by_id)

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


def _nothing(name: str) -> MentionLink:
    return MentionLink(_unquoted(name), fits=False)


def _unquoted(name: str) -> str:
    bare = name.strip()
    inner = bare.removesuffix(".")
    if len(inner) > 2 and inner[0] == inner[-1] == '"':
        return inner[1:-1].strip()
    return bare
