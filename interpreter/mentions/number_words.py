"""Numbers in words: "twelve", "twenty-second", "nineteen hundred and five", "十二"."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

_SCALES = frozenset({10, 100, 1000})
_CENTURIES = range(10, 22)  # before "seventy-nine" in a year


@dataclass(frozen=True)
class NumberWords:
    """The words of a language for numbers.

    Attributes:
        cardinals: numbers by their word.
        ordinals: days by their word, as in "the fourth of July".
        joining: words that may stand within a number: "hundred and five".
    """

    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    joining: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the words in the content of a file of ``interpreter/mentions/data``."""
        return cls(
            _by_word(data.get("number_words", {})),
            _by_word(data.get("ordinal_words", {})),
            frozenset({"-", *data["conjunctions"]}),
        )

    def begins(self, word: str) -> bool:
        """Tell whether a number may begin with a word."""
        return word in self.cardinals or word in self.ordinals

    def number(self, words: Sequence[str], start: int = 0) -> tuple[int, int] | None:
        """Return the number at a place and the place after it, None if there is none.

        >>> words = NumberWords({"twenty": 20, "one": 1}, {}, frozenset({"-"}))
        >>> words.number(["twenty", "-", "one", "one"])
        (21, 3)
        """
        total, part, end = 0, 0, start
        for place in self._places(words, start):
            value = self.cardinals.get(words[place], self.ordinals.get(words[place], 0))
            if value == 1000 and part:
                total, part = total + part * value, 0
            elif value in _SCALES and 0 < part < value:
                part *= value
            elif place == start or self._adds(total, part, value):
                part += value
            else:
                break
            end = place + 1
            if words[place] in self.ordinals:
                break
        return (total + part, end) if end > start else None

    def in_digits(self, words: Sequence[str]) -> list[str]:
        """Return words with digits in place of words for numbers: "1905" of "nineteen oh five".

        "the fourth of july nineteen hundred" becomes "the 4 of july 1900".
        """
        found: list[str] = []
        place = 0
        while place < len(words):
            number = self.number(words, place)
            if number is None:
                found.append(words[place])
                place += 1
                continue
            value, place = number
            further = self.number(words, place) if value in _CENTURIES else None
            if further is not None and 0 < further[0] < 100:
                value, place = 100 * value + further[0], further[1]
            found.append(str(value))
        return found

    def _places(self, words: Sequence[str], start: int) -> Iterator[int]:
        """Yield the words of a number, without what joins them."""
        place = start
        while place < len(words):
            if self.begins(words[place]):
                yield place
            elif place == start or words[place] not in self.joining:
                return
            place += 1

    @staticmethod
    def _adds(total: int, part: int, value: int) -> bool:
        """Tell whether a word belongs to the number before it: "one" to "twenty"."""
        if not part:
            return 0 < value < total
        return (part % 10 == 0 and value < 10) or (part % 100 == 0 and value < 100)


def _by_word(words_of: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {word: int(number) for number, words in words_of.items() for word in words}
