"""Words that are spelled nearly like another: an index by letter groups."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters of the shortest word that is taken for a misspelling; shorter ones are near too much."""

_LONG = 7  # letters from which two mistakes are forgiven
_SIZE = 2  # letters of a group
_SPOILT = 3  # groups that one mistake changes at most, if two letters are exchanged
_MOST_CHECKED = 3_000


class SpellingIndex:
    """Finds known words one mistake away, of long words two.

    A mistake changes at most three groups of two letters, so that a word near another shares one
    of any four groups of it, for two mistakes of any seven: only words that share one of those
    that are rarest are compared.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._uses: Counter[str] = Counter()
        self._with_group: dict[str, array[int]] = {}
        for word in words:
            self.add(word)

    def __contains__(self, word: object) -> bool:
        return self._uses[word] > 0 if isinstance(word, str) else False

    def add(self, word: str) -> None:
        """Add one use of a word."""
        self._uses[word] += 1
        if word in self._numbers or len(word) < SHORTEST - 1:
            return
        self._numbers[word] = len(self._words)
        for group in set(_groups(word)):
            self._with_group.setdefault(group, array("I")).append(len(self._words))
        self._words.append(word)

    def remove(self, word: str) -> None:
        """Remove one use of a word; an unused one is not found any more."""
        self._uses[word] -= 1
        if self._uses[word] <= 0:
            del self._uses[word]  # its groups stay: a word that comes back needs them again

    def near(self, word: str) -> Sequence[str]:
        """Return the known words that a word may be a misspelling of, the nearest first."""
        if len(word) < SHORTEST or not word.isalpha():
            return ()
        mistakes = 2 if len(word) >= _LONG else 1
        groups = sorted(set(_groups(word)), key=self._frequency)
        places: dict[int, None] = {}
        for group in groups[: mistakes * _SPOILT + 1]:
            places |= dict.fromkeys(self._with_group.get(group, ()))
            if len(places) > _MOST_CHECKED:
                break
        found = []
        for place in places:
            other = self._words[place]
            if abs(len(other) - len(word)) > mistakes or not self._uses[other]:
                continue
            distance = OSA.distance(word, other, score_cutoff=mistakes)
            if distance <= (mistakes if len(other) >= _LONG - 1 else 1):
                found.append((distance, word[0] != other[0], -self._uses[other], other))
        return [other for *_, other in sorted(found)]

    def _frequency(self, group: str) -> int:
        return len(self._with_group.get(group, ()))


def _groups(word: str) -> Iterable[str]:
    padded = f"\0{word}\0"
    return (padded[start : start + _SIZE] for start in range(len(padded) - _SIZE + 1))
