"""What the grammar of a language does otherwise than that of English."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from interpreter.mentions.templates import MEANINGLESS
from interpreter.mentions.tokens import Kind, Token


@dataclass(frozen=True, slots=True)
class Traits:
    """Marks of a language; the defaults are those of English.

    Attributes:
        conjunctions: words that join names and clauses, besides those of English.
        negations: words that deny a clause, besides those of English.
        elided: articles and prepositions that lose their vowel and stand before an apostrophe.
        meaningless: tokens that may stand anywhere in a message.
        question_words: words that a question begins with, and no literal does.
        question_signs: words that make a message a question wherever they stand.
        capital_nouns: whether all nouns have capitals, so that a capital makes no name of them.
        genitive_follows: whether an owner may follow what it owns: "die Hauptstadt Frankreichs".
        owner_left_out: whether the mark of an owner may be left out: "法国总统".
    """

    conjunctions: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    elided: frozenset[str] = frozenset()
    meaningless: frozenset[str] = MEANINGLESS
    question_words: frozenset[str] = frozenset()
    question_signs: frozenset[str] = frozenset()
    capital_nouns: bool = False
    genitive_follows: bool = False
    owner_left_out: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the marks in the content of a file of ``interpreter/mentions/data``."""
        return cls(
            conjunctions=_words(data.get("conjunctions", ())),
            negations=_words(data.get("negations", ())),
            elided=_words(data.get("elided", ())),
            meaningless=MEANINGLESS | _words(data.get("meaningless", ())),
            question_words=_words(data.get("question_words", ())),
            question_signs=_words(data.get("question_signs", ())),
            capital_nouns=bool(data.get("capital_nouns", False)),
            genitive_follows=bool(data.get("genitive_follows", False)),
            owner_left_out=bool(data.get("owner_left_out", False)),
        )

    def asks(self, tokens: Sequence[Token]) -> bool:
        """Tell whether a message is a question by its first word, or by a word anywhere in it."""
        words = [token.key for token in tokens if token.kind is Kind.WORD]
        return bool(words) and (
            words[0] in self.question_words or not self.question_signs.isdisjoint(words)
        )


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(words)
