"""Words of a sentence that were not understood, and what they may do to its sense."""

from collections.abc import Sequence
from dataclasses import dataclass

from interpreter.mentions.cues import HeardWording
from interpreter.mentions.heard_sentence import HeardSentence, Word
from interpreter.mentions.language import Language
from kg_data.relations import RelationBook

MOST_LEFT_OUT = 4
"""Words that mean something and are no cues, in a sentence in which a wording is heard."""

_LONGEST = 60  # tokens of a sentence


@dataclass(frozen=True)
class LeftOutWords:
    """Tells whether words may be left out."""

    language: Language
    book: RelationBook

    def hears(self, places: Sequence[int]) -> bool:
        """Tell whether a sentence can be read; the language must say which words turn the sense."""
        return self.language.hears and 0 < len(places) <= _LONGEST

    def turns(self, word: Word) -> bool:
        """Tell whether a word may turn the sense of what stands before or behind it."""
        language = self.language
        return (
            not language.turning.isdisjoint(word.stems)
            or word.text.casefold() in language.taking_back
        )

    def harmless(self, sentence: HeardSentence, wording: HeardWording, most: int) -> bool:
        """Tell whether what a wording leaves out neither turns the sense nor names a relation."""
        return len(sentence.left_out(wording)) <= most and not any(
            self.turns(word) or self._names_other(word, wording.relation)
            for word in sentence.words
            if wording.cues.isdisjoint(word.stems)
        )

    def _names_other(self, word: Word, relation: str) -> bool:
        return any(
            other not in {relation, self.book[relation].inverse}
            for each in word.stems
            if (other := self.language.nouns.find([(each, False)]))
        )
