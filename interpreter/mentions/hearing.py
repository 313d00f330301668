"""What a sentence seems to say that no wording fits: by its cues, and names of the right classes.

A wording is *heard* in a sentence if all its cues stand in it. What the other words add is not
known, so whoever wrote the sentence has to agree before anything is changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from interpreter.mentions.asides import AsideReader
from interpreter.mentions.cues import CueWordings, HeardWording
from interpreter.mentions.facts import ClauseReading, FactReader, ToldFact
from interpreter.mentions.heard_questions import HeardQuestionReader
from interpreter.mentions.heard_sentence import Argument, HeardSentence, SentenceParts, Word
from interpreter.mentions.language import Language
from interpreter.mentions.left_out import MOST_LEFT_OUT, LeftOutWords
from interpreter.mentions.links import MentionLink
from interpreter.mentions.passage import NounPhrase, Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.wordings import Form


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement that is heard in a sentence.

    Attributes:
        readings: what it says; several if equally good ones differ.
        left_out: the words that were not understood.
    """

    readings: tuple[ClauseReading, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One way to hear a statement."""

    facts: tuple[ToldFact, ...]
    weight: float
    in_order: bool
    left_out: tuple[Word, ...]

    @property
    def score(self) -> tuple[float, ...]:
        return (round(self.weight, 6), self.in_order, -len(self.left_out))


class HearingReader:
    """Reads sentences of a language by their cues.

    Args:
        language: the words of the language.
        facts: links names.

    Attributes:
        asides: tells what is about nothing that is known.
        questions: reads questions by their cues.
    """

    def __init__(self, language: Language, facts: FactReader) -> None:
        self._language, self._facts, self._book = language, facts, facts.book
        self._wordings = CueWordings(language)
        self._parts = SentenceParts(language, self._wordings)
        self._left_out = LeftOutWords(language, self._book)
        self.asides = AsideReader(language, self._parts, self._left_out)
        self.questions = HeardQuestionReader(facts, self._wordings, self._parts, self._left_out)

    def tell(self, passage: Passage, places: Sequence[int], referents: Referents) -> Heard | None:
        """Return the statement that is heard in a sentence, if there is one."""
        if not self._left_out.hears(places):
            return None
        sentence = self._parts.of(passage, places)
        if sentence.turned or len(sentence.arguments) != 2 or self._asks(sentence):
            return None
        found = list(self._candidates(sentence, referents))
        if not found:
            return None
        top = max(each.score for each in found)
        best = [each for each in found if each.score == top]
        distinct = {tuple(fact.fact for fact in each.facts): each for each in best}
        readings = tuple(ClauseReading(each.facts) for each in distinct.values())
        return Heard(readings, tuple(word.text for word in best[0].left_out))

    def _asks(self, sentence: HeardSentence) -> bool:
        return any(word.text.casefold() in self._language.questioning for word in sentence.words)

    # ---------- statements ----------

    def _candidates(self, sentence: HeardSentence, referents: Referents) -> Iterator[_Candidate]:
        first, second = sentence.arguments
        for wording in self._wordings.within(sentence.stems, Form.STATEMENT):
            if self._book[wording.relation].derived:
                continue
            if not self._left_out.harmless(sentence, wording, MOST_LEFT_OUT):
                continue
            if sentence.is_about_other(wording, self._language):
                continue
            weight, left_out = self._wordings.weight(wording), sentence.left_out(wording)
            ways = [
                (facts, sentence.in_order(wording, {"s": subject.place, "o": obj.place}))
                for subject, obj in ((first, second), (second, first))
                if (facts := self._facts_of(wording, subject, obj, sentence.denied, referents))
            ]
            for facts, in_order in ways:
                if in_order or (len(ways) == 1 and not left_out):
                    yield _Candidate(facts, weight, in_order, left_out)

    def _facts_of(
        self,
        wording: HeardWording,
        subject: Argument,
        obj: Argument,
        denied: Argument | None,
        referents: Referents,
    ) -> tuple[ToldFact, ...]:
        """Return the facts of two arguments, none if a name does not fit."""
        found = []
        for head, other in product(subject.heads, obj.heads):
            phrase = NounPhrase(0, (other,), instead_of=denied.heads if denied else ())
            fact = self._facts.fact(head, (wording.relation,), other, phrase, referents)
            if fact is None or not self._is_likely(fact):
                return ()
            if denied and not (fact.instead_of and fact.instead_of.known and fact.instead_of.fits):
                return ()
            found.append(fact)
        return tuple(found)

    def _is_likely(self, fact: ToldFact) -> bool:
        new = [link for link in (fact.subject, fact.object) if not link.known]
        return fact.fits == 2 and len(new) < 2 and all(_is_full(link) for link in new)


def _is_full(link: MentionLink) -> bool:
    """Tell whether a new name is more than one word, or in quotes."""
    return not link.pronoun and (link.quoted or " " in link.name)
