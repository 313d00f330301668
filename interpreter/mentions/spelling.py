"""Words that are spelled nearly like another: an index by the letters that they hold."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Letters of the shortest word that is taken for a misspelling; shorter ones are near too much."""

_LONG = 7  # letters from which two mistakes are forgiven
_CHANGED = 2  # letters that one mistake adds to or takes from those of a word, at most


@dataclass(slots=True)
class _SameLength:
    """The words of one length, and the letters of each as bits."""

    words: list[str] = field(default_factory=list)
    letters: "array[int]" = field(default_factory=lambda: array("Q"))


class SpellingIndex:
    """Finds known words one mistake away, of long words two.

    A mistake changes the set of letters of a word by two at most. So only the words of nearly the
    same length whose letters differ by no more are compared; which those are is found for all words
    of a length at once.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._uses: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._by_length: dict[int, _SameLength] = {}
        for word in words:
            self.add(word)

    def __contains__(self, word: object) -> bool:
        return self._uses[word] > 0 if isinstance(word, str) else False

    def add(self, word: str) -> None:
        """Add one use of a word."""
        self._uses[word] += 1
        if word in self._seen or len(word) < SHORTEST - 1:
            return
        self._seen.add(word)
        same = self._by_length.setdefault(len(word), _SameLength())
        same.words.append(word)
        same.letters.append(_letters(word))

    def remove(self, word: str) -> None:
        """Remove one use of a word; an unused one is not found any more."""
        self._uses[word] -= 1
        if self._uses[word] <= 0:
            del self._uses[word]  # its letters stay: a word that comes back needs them again

    def near(self, word: str) -> Sequence[str]:
        """Return the known words that a word may be a misspelling of, the nearest first."""
        return [other for *_, other in self._ranked(word)]

    def nearest(self, word: str) -> Sequence[str]:
        """Return the known words that are equally near, and nearer than all others."""
        ranked = self._ranked(word)
        return [other for *key, _, other in ranked if key == list(ranked[0][:2])]

    def _ranked(self, word: str) -> list[tuple[int, bool, int, str]]:
        if len(word) < SHORTEST or not word.isalpha():
            return []
        mistakes = 2 if len(word) >= _LONG else 1
        lengths = range(len(word) - mistakes, len(word) + mistakes + 1)
        candidates = [other for length in lengths for other in self._alike(word, length, mistakes)]
        found = [
            (int(distance), word[0] != other[0], -self._uses[other], other)
            for other, distance, _ in process.extract(
                word, candidates, scorer=OSA.distance, score_cutoff=mistakes, limit=None
            )
            if distance <= (mistakes if len(other) >= _LONG - 1 else 1) and self._uses[other]
        ]
        return sorted(found)

    def _alike(self, word: str, length: int, mistakes: int) -> Sequence[str]:
        """Return the words of a length whose letters differ from a word's by what mistakes do."""
        same = self._by_length.get(length)
        if same is None:
            return ()
        differing = np.frombuffer(same.letters, dtype=np.uint64) ^ np.uint64(_letters(word))
        places = np.flatnonzero(np.bitwise_count(differing) <= _CHANGED * mistakes)
        return [same.words[place] for place in places]


def _letters(word: str) -> int:
    """Return the letters of a word as bits; others than a to z share some of them."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits
