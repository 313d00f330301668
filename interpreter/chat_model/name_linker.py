"""Links of names that a chat model names, as they stand in the message."""

import re
from collections.abc import Sequence

from interpreter.literals import parse_literal, without_full_stop
from interpreter.mentions.links import MentionLink, MentionLinker, Names
from interpreter.mentions.passage import Head
from interpreter.normalization import fold
from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook

_TITLE = re.compile(
    r"^(?:the|president|vice president|professor|prof\.|dr\.?|mr\.?|mrs\.?|ms\.?) ", re.IGNORECASE
)


class WrittenNameLinker:
    """Links written names; implements :class:`interpreter.chat_model.ports.NameLinker`.

    Args:
        book: the relation book.
        names: the known names.
    """

    def __init__(self, book: RelationBook, names: Names) -> None:
        self._names = names
        self.links = MentionLinker(book, names)

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
        """Return a name that is known as it is typed, or without an article or a title."""
        bare = _unquoted(name)
        for spelling in dict.fromkeys((bare, _TITLE.sub("", bare))):
            found = self._names.lookup(spelling) if spelling else ()
            if found:
                return spelling, found
        return bare, ()


def _nothing(name: str) -> MentionLink:
    return MentionLink(_unquoted(name), fits=False)


def _unquoted(name: str) -> str:
    bare = name.strip()
    inner = bare.removesuffix(".")
    if len(inner) > 2 and inner[0] == inner[-1] == '"':
        return inner[1:-1].strip()
    return bare
