"""The text of a message, and what stands in it: names, dates and years."""

import re
from collections.abc import Iterator
from functools import cached_property

from interpreter.literals import parse_date, parse_year
from interpreter.normalization import PRONOUNS, fold, normalise_message

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MOST_WORDS = 400
_LONGEST_NAME = 20  # words
_LONGEST_DATE = 7  # words
_ENDS = ".!"
_EDGES = " \t\n\"',;:?"
_GAP = " "


class MessageText:
    """A message in the form in which names are looked for.

    Args:
        text: the message, as the user typed it.
    """

    def __init__(self, text: str) -> None:
        self.text = normalise_message(text)
        self._words = [hit.span() for hit in _WORD.finditer(self.text)][:_MOST_WORDS]

    def places(self, most_words: int) -> Iterator[tuple[int, int]]:
        """Yield beginning and end of the parts of up to so many words, in their order.

        Of each beginning the longest comes first. A part that is followed by a full stop or an
        exclamation mark comes with it, too.
        """
        for first, (start, _) in enumerate(self._words):
            for _, end in reversed(self._words[first : first + most_words]):
                if self.text[end : end + 1] in {*_ENDS}:
                    yield start, end + 1
                yield start, end

    def spans(self, most_words: int) -> Iterator[str]:
        """Yield the parts of up to so many words."""
        return (self.text[start:end] for start, end in self.places(most_words))

    def written(self, name: str) -> str:
        """Return a name in the user's spelling, or "" if it does not stand in the message.

        Case, accents and the form of quotes make no difference; words are not cut.
        """
        folded = fold(name.strip(_EDGES))
        return self._written.get(folded) or self._written.get(folded.rstrip(_ENDS), "")

    def outside(self, names: Iterator[str]) -> "MessageText":
        """Return the message with some of its parts left out."""
        text = self.text
        for name in names:
            text = text.replace(name, _GAP)
        return MessageText(text)

    @cached_property
    def has_pronoun(self) -> bool:
        """Tell whether a pronoun stands in the message."""
        return any(self.text[start:end].casefold() in PRONOUNS for start, end in self._words)

    @cached_property
    def dates(self) -> frozenset[str]:
        """Return the ISO dates, months and years that stand in the message in any form."""
        parts = set(self.spans(_LONGEST_DATE))
        found = (parsed for part in parts for parsed in (parse_date(part), parse_year(part)))
        return frozenset(each for each in found if each)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the words, casefolded and without accents."""
        return frozenset(fold(self.text[start:end]) for start, end in self._words)

    @cached_property
    def _written(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for span in self.spans(_LONGEST_NAME):
            found.setdefault(fold(span), span)
        return found
