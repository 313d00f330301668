"""The slice of the relation book that may be meant by a message."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from interpreter.chat_model.message import MessageText
from interpreter.chat_model.ports import Candidate
from interpreter.normalization import fold
from kg_data.relations import Relation, RelationBook

MOST_RELATIONS = 20

_SLOT = re.compile(r"\{\w+\}")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_ENDINGS = ("ies", "ied", "ing", "ed", "es", "s", "e", "y")
_SHORTEST_STEM = 3  # letters
_NOUN_WEIGHT = 3.0
"""How much more a whole noun says than the words of a wording."""
_FIT_WEIGHT = 1.5
"""What a side that accepts a class of the message's names adds, as a word of one relation in five
does."""


class RelationSlicer:
    """Chooses the relations of a message.

    Args:
        book: the relation book; the words of its wordings are counted once, and again whenever
            it has changed.
    """

    def __init__(self, book: RelationBook) -> None:
        self._book = book
        self._count()

    def _count(self) -> None:
        self._counted = self._book.sha256
        self._stems = {each.name: _stems_of(each) for each in self._book.relations.values()}
        used = Counter(stem for stems in self._stems.values() for stem in stems)
        total = len(self._stems) or 1
        # a word of every relation says nothing, a word of one alone says most
        self._weights = {stem: math.log(total / count) for stem, count in used.items()}

    def choose(
        self, message: MessageText, candidates: Sequence[Candidate], last_relation: str | None
    ) -> tuple[Relation, ...]:
        """Return the likeliest relations, the best first; that of the dialogue is one of them."""
        if self._counted != self._book.sha256:
            self._count()
        stems = {_stem(word) for word in message.outside(c.written for c in candidates).words}
        folded = f" {' '.join(_WORD.findall(fold(message.text)))} "
        classes = {each.entity_class for found in candidates for each in found.entities}
        scores: dict[str, float] = {}
        for relation in self._book.relations.values():
            shared = sum(self._weights[stem] for stem in stems & self._stems[relation.name])
            nouns = _NOUN_WEIGHT * any(f" {fold(noun)} " in folded for noun in relation.nouns)
            fit = _FIT_WEIGHT * self._fits(relation, classes)
            if shared + nouns + fit > 0:
                scores[relation.name] = shared + nouns + fit
        if last_relation in self._book and last_relation is not None:
            scores[last_relation] = math.inf
        # equally good ones in the order of the book, which begins with the commonest
        best = sorted(scores, key=lambda name: -scores[name])
        return tuple(self._book[name] for name in best[:MOST_RELATIONS])

    def _fits(self, relation: Relation, classes: Iterable[str]) -> int:
        """Return how many of domain and range accept one of the classes: 0 to 2."""
        sides = (relation.domain, relation.range)
        return sum(any(self._book.accepts(side, each) for each in classes) for side in sides)


def _stems_of(relation: Relation) -> frozenset[str]:
    wordings = (*relation.statements.for_edits(), *relation.questions.for_edits())
    texts = (*relation.nouns, *(_SLOT.sub(" ", wording) for wording in wordings))
    return frozenset(_stem(word) for text in texts for word in _WORD.findall(fold(text)))


def _stem(word: str) -> str:
    """Return a word without its commonest endings, so that "founded" and "founder" come close."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word
