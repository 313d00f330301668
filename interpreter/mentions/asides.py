"""Asides: words around a fact that are about nothing that is known."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interpreter.mentions.heard_sentence import SentenceParts
from interpreter.mentions.language import Language
from interpreter.mentions.left_out import MOST_LEFT_OUT, LeftOutWords
from interpreter.mentions.passage import Head, Passage
from interpreter.mentions.stems import stem
from interpreter.mentions.tokens import Kind

_MOST_CUTS = 4  # marks at which a sentence may be divided from what stands before or behind it
_PARTING = frozenset(",:;-.()")


@dataclass(frozen=True)
class AsideReader:
    """Tells asides from what a sentence is about."""

    language: Language
    sentences: SentenceParts
    left_out: LeftOutWords

    def is_aside(self, passage: Passage, places: Sequence[int]) -> bool:
        """Tell whether a sentence is about nothing that is known, and turns no other's sense."""
        if not self.left_out.hears(places):
            return False
        sentence = self.sentences.of(passage, places)
        tokens = [passage.tokens[place] for place in places]
        opens = tokens[0].key in self.language.traits.prepositions  # "in the play: ..."
        return (
            not (sentence.turned or opens)
            and not any(each.kind is Kind.NUMBER for each in tokens)
            and self.language.turning.isdisjoint(stem(each.key) for each in tokens)
            and not any(self._says_something(head) for head in sentence.heads)
            and not any(self.left_out.turns(each) for each in sentence.words)
            and sum(each.means for each in sentence.words) <= MOST_LEFT_OUT
        )

    def parts(self, passage: Passage, places: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield what may be the sentence proper, within others' words about nothing that is known.

        "So, to keep you posted: X died in Ulm - much to report" holds "X died in Ulm". What stands
        before and behind it must be an aside.
        """
        if not self.left_out.hears(places):
            return
        cuts = [
            place
            for place, number in enumerate(places)
            if passage.tokens[number].key in _PARTING and number not in passage.inside_names
        ]
        starts = [0, *(each + 1 for each in cuts[:_MOST_CUTS])]
        ends = [len(places), *reversed(cuts[-_MOST_CUTS:])]
        for start in starts:
            if start and not self.is_aside(passage, places[: start - 1]):
                return
            for end in ends:
                if end < len(places) and not self.is_aside(passage, places[end + 1 :]):
                    break
                if start < end and (start or end < len(places)):
                    yield places[start:end]

    def _says_something(self, head: Head) -> bool:
        known = bool(head.entities or head.value)
        return known or head.written.casefold() in self.language.taking_back
