"""What a reading may say: what stands in the message, and relations of its slice."""

from interpreter.chat_model.context import MessageContext
from interpreter.errors import ReadingRefused
from interpreter.literals import parse_date, parse_literal, parse_year
from interpreter.normalization import PRONOUNS, fold, shorten
from kg_data.relations import Relation

_SELF = frozenset({"me", "my", "mine", "i"})


class WrittenNames:
    """Finds what a model names in the message, in the user's own spelling.

    Every method raises ``ReadingRefused`` for what is not there.

    Args:
        context: the message, and what the model was shown.
    """

    def __init__(self, context: MessageContext) -> None:
        self._context = context
        self._message = context.message

    @property
    def text(self) -> str:
        """Return the message."""
        return self._message.text

    def relation(self, name: str) -> Relation:
        """Return a relation of the slice."""
        relation = self._context.relation(name)
        if relation is None:
            raise ReadingRefused(f'"{shorten(name)}" is not in the list of relations')
        return relation

    def subject(self, name: str) -> str:
        """Return a name of the message, or the subject of the dialogue.

        Without a pronoun the latter is meant only if the message has no two names of its own.
        """
        last = self._context.dialogue.last_subject
        unnamed = self._message.has_pronoun or len(self._context.candidates) < 2
        if last and unnamed and self._is_last_subject(name, last):
            return last
        return self._name(name)

    def object(self, name: str, relation: Relation) -> str:
        """Return a name or literal of the message; for a pronoun, the subject of the dialogue."""
        if relation.literal:
            return self._literal(name, relation)
        last = self._context.dialogue.last_subject
        if last and self._message.has_pronoun and self._is_last_subject(name, last):
            return last
        return self._name(name)

    def day(self, text: str) -> str | None:
        """Return an ISO date or a year of the message; None for an empty text."""
        if not text:
            return None
        value = parse_date(text) or parse_year(text)
        if value not in self._message.dates:
            raise ReadingRefused(f'the message has no date "{shorten(text)}"')
        return value

    def number(self, number: int) -> int:
        """Return a number of the message."""
        if str(number) not in self._message.words:
            raise ReadingRefused(f"the message has no number {number}")
        return number

    def actor(self, name: str) -> str:
        """Return the name of an actor of the message, or "me"."""
        if not name:
            return ""
        if name.casefold() in _SELF and not _SELF.isdisjoint(self._message.words):
            return "me"
        return self._name(name)

    def _is_last_subject(self, name: str, last: str) -> bool:
        """Tell whether a name is that of the dialogue's subject, or a pronoun of the message."""
        folded = fold(name.strip())
        if folded in PRONOUNS:
            return folded in self._message.words
        return folded in {fold(last), "last_subject"} and not self._message.written(name)

    def _name(self, name: str) -> str:
        written = self._message.written(name) or self._context.mention_of(name)
        if not written:
            raise ReadingRefused(f'"{shorten(name)}" does not stand in the message')
        if self._is_cut(written):
            raise ReadingRefused(f'"{shorten(name)}" is a part of a longer name')
        quoted = f'"{written}"'
        return quoted if quoted in self._message.text else written

    def _is_cut(self, written: str) -> bool:
        """Tell whether a name stands in the message only inside longer known names."""
        longer = [
            each.written
            for each in self._context.candidates
            if written in each.written and len(each.written.split()) > len(written.split())
        ]
        return bool(longer) and not self._message.outside(iter(longer)).written(written)

    def _literal(self, text: str, relation: Relation) -> str:
        if "text" in relation.range:
            written = self._message.written(text)
            if not written:
                raise ReadingRefused(f'"{shorten(text)}" does not stand in the message')
            return written
        value, hint = parse_literal(text, relation)
        if not value:
            raise ReadingRefused(f'"{shorten(text)}" is no {" or ".join(relation.range)}. {hint}')
        if value not in self._message.dates:
            raise ReadingRefused(f'"{shorten(text)}" does not stand in the message')
        return value
