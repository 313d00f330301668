"""The words of grammar of a language, and what its grammar does otherwise than that of English."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

from interpreter.mentions.templates import MEANINGLESS
from interpreter.mentions.tokens import Kind, Token


@dataclass(frozen=True)
class Traits:
    """Marks of a language; each set holds the keys of words, and is a list of its file.

    Attributes:
        conjunctions: words that join names and clauses.
        clause_joints: words that join clauses alone: "while".
        after_joints: words that may stand behind those: "and later".
        joining_names: words that may stand with conjunctions between names: "both".
        within_lists: words that may stand before the further names of a list: "in A and also in B".
        distributing: words behind a list whose names belong to those of another: "respectively".
        negations: words, and pairs of words, that deny a clause.
        after_negations: words that belong to a denial: "not ... any more".
        former: words, and pairs of words, that say what held before: "formerly", "used to".
        future: those that say what is to hold: "will become"; with a date it is told.
        helping: words that stand before a negation, and not without it: "did not marry".
        auxiliaries: verbs before which a noun ends: "the X lookalike was born".
        contrasting: words before what a name stands in place of: "A, not B".
        but: words between a name that is denied and the one in place of it: "not B but A".
        after_contrasting: words that may follow those: "instead of B".
        correcting: words that take back the name before them: "A, no wait, B".
        after_correcting: words that may follow those.
        relatives: words that a relative clause begins with.
        prepositions: words before a question word, a relative word or a name.
        time_openers: words that may stand before "yesterday" and "last week".
        presuming: words of questions that take a fact for granted: "when did X marry Y?"
        question_words: words that a question begins with, and no literal does.
        question_signs: words that make a message a question wherever they stand.
        question_starts: further words that a question or a request to answer one begins with.
        elided: articles and prepositions that lose their vowel and stand before an apostrophe.
        meaningless: tokens that may stand anywhere in a message.
        removing: words before a row that is to be forgotten.
        asking: words that {wh} stands for, by what they ask for: "person", "place", "time",
            "number" or "thing".
        amounts: words that follow one that asks for a number: "how many".
        capital_nouns: whether all nouns have capitals, so that a capital makes no name of them.
        genitive_follows: whether an owner may follow what it owns: "die Hauptstadt Frankreichs".
        owner_left_out: whether the mark of an owner may be left out: "法国总统".
    """

    conjunctions: frozenset[str] = frozenset()
    clause_joints: frozenset[str] = frozenset()
    after_joints: frozenset[str] = frozenset()
    joining_names: frozenset[str] = frozenset()
    within_lists: frozenset[str] = frozenset()
    distributing: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    after_negations: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    future: frozenset[str] = frozenset()
    helping: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    contrasting: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    after_contrasting: frozenset[str] = frozenset()
    correcting: frozenset[str] = frozenset()
    after_correcting: frozenset[str] = frozenset()
    relatives: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    time_openers: frozenset[str] = frozenset()
    presuming: frozenset[str] = frozenset()
    question_words: frozenset[str] = frozenset()
    question_signs: frozenset[str] = frozenset()
    question_starts: frozenset[str] = frozenset()
    removing: frozenset[str] = frozenset()
    elided: frozenset[str] = frozenset()
    meaningless: frozenset[str] = MEANINGLESS
    asking: Mapping[str, frozenset[str]] = field(default_factory=dict)
    amounts: frozenset[str] = frozenset()
    capital_nouns: bool = False
    genitive_follows: bool = False
    owner_left_out: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the marks in the content of a file of ``interpreter/mentions/data``."""
        marks: dict[str, Any] = {}
        for each in fields(cls):
            found = data.get(each.name)
            if isinstance(found, Mapping):
                marks[each.name] = {kind: _words(words) for kind, words in found.items()}
            elif found is not None:
                marks[each.name] = found if isinstance(found, bool) else _words(found)
        marks["meaningless"] = MEANINGLESS | marks.get("meaningless", frozenset())
        return cls(**marks)

    @cached_property
    def joints(self) -> frozenset[str]:
        """Return all words and marks between clauses."""
        return _CLAUSE_MARKS | self.conjunctions | self.clause_joints

    @cached_property
    def between_names(self) -> frozenset[str]:
        """Return all words and marks between the names of a list."""
        return _NAME_MARKS | self.conjunctions | self.joining_names

    def denies(self, keys: Sequence[str], place: int) -> bool:
        """Tell whether a word denies its clause, alone or with the word behind it: "no longer"."""
        return self._stands(self.negations, keys, place)

    def another_time(self, keys: Sequence[str]) -> set[str]:
        """Return "former" or "future" if words say that something does not hold now."""
        return {
            name
            for name, words in (("former", self.former), ("future", self.future))
            if any(self._stands(words, keys, place) for place in range(len(keys)))
        }

    @staticmethod
    def _stands(words: frozenset[str], keys: Sequence[str], place: int) -> bool:
        """Tell whether one of some words or pairs of words stands at a place."""
        return keys[place] in words or " ".join(keys[place : place + 2]) in words

    def kind_asked(self, word: str) -> str:
        """Return what a question word asks for, "" if it is none."""
        return next((kind for kind, words in self.asking.items() if word in words), "")

    def asks(self, tokens: Sequence[Token]) -> bool:
        """Tell whether a message is a question by its first word, or by a word anywhere in it."""
        words = [token.key for token in tokens if token.kind is Kind.WORD]
        return bool(words) and (
            words[0] in self.question_words
            or words[0] in self.question_starts
            or not self.question_signs.isdisjoint(words)
        )


_CLAUSE_MARKS = frozenset({",", ";", ":", "&"})
_NAME_MARKS = frozenset({",", "&"})


def _words(words: Iterable[str]) -> frozenset[str]:
    return frozenset(words)
