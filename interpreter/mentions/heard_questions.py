"""Questions that no wording fits, by their cues and the only name in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from interpreter.intents import AskKind
from interpreter.mentions.asking import AskReading
from interpreter.mentions.cues import CueWordings, HeardWording
from interpreter.mentions.facts import FactReader
from interpreter.mentions.heard_sentence import HeardSentence, SentenceParts, Word
from interpreter.mentions.left_out import MOST_LEFT_OUT, LeftOutWords
from interpreter.mentions.links import MentionLink
from interpreter.mentions.passage import Head, Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.wordings import Form

_Scored: TypeAlias = tuple[tuple[float, int], AskReading]


@dataclass(frozen=True)
class HeardQuestionReader:
    """Reads questions by their cues."""

    facts: FactReader
    wordings: CueWordings
    sentences: SentenceParts
    left_out: LeftOutWords

    def read(
        self,
        passage: Passage,
        places: Sequence[int],
        referents: Referents,
        *,
        most_left_out: int = MOST_LEFT_OUT,
    ) -> list[AskReading]:
        """Return the question that is heard in a sentence; several if equally good.

        Args:
            passage: the message.
            places: the tokens of the sentence.
            referents: whom pronouns can refer to.
            most_left_out: words that mean something and are no cues.
        """
        if not self.left_out.hears(places):
            return []
        sentence = self.sentences.of(passage, places)
        if sentence.turned or sentence.denied or len(sentence.arguments) != 1:
            return []
        if len(sentence.arguments[0].heads) > 1:
            return []
        head = sentence.arguments[0].heads[0]
        scored = list(self._values(sentence, head, referents, most_left_out))
        scored = scored or list(self._lists(sentence, head, most_left_out))
        if not scored:
            return []
        top = max(score for score, _ in scored)
        return list({each.path: each for score, each in scored if score == top}.values())

    def _values(
        self, sentence: HeardSentence, head: Head, referents: Referents, most: int
    ) -> Iterator[_Scored]:
        """Yield questions for what somebody or something has, with their scores."""
        for wording in self.wordings.within(sentence.stems, Form.VALUE):
            relation = self.facts.book[wording.relation]
            if not self._is_heard(sentence, wording, most):
                continue
            resolved = referents.resolved(head, relation.domain)
            link = self.facts.linker.subject_of(resolved, relation)
            if link is not None and link.known and link.fits:
                yield self._scored(sentence, wording, AskKind.VALUE, link)

    def _lists(self, sentence: HeardSentence, head: Head, most: int) -> Iterator[_Scored]:
        """Yield questions for what has somebody or something as its object, with their scores."""
        for wording in self.wordings.within(sentence.stems, Form.STATEMENT):
            relation = self.facts.book[wording.relation]
            link = self.facts.linker.object_of(head, relation)
            if link is None or not (link.known and link.fits) or link.value or relation.derived:
                continue
            other = self.facts.linker.subject_of(head, relation)
            sided = other is None or not other.fits  # it can only be the object
            if sided and self._is_heard(sentence, wording, most):
                yield self._scored(sentence, wording, AskKind.LIST, link)

    def _is_heard(self, sentence: HeardSentence, wording: HeardWording, most: int) -> bool:
        return (
            self.left_out.harmless(sentence, wording, most)
            and not self._says_more(sentence.left_out(wording), wording)
            and not _repeats(sentence, wording)
        )

    def _scored(
        self, sentence: HeardSentence, wording: HeardWording, kind: AskKind, link: MentionLink
    ) -> _Scored:
        skipped = len(sentence.left_out(wording))
        subject, obj = (None, link) if kind is AskKind.LIST else (link, None)
        reading = AskReading(
            subject, (wording.relation,), kind, obj, "",
            fits=1, exact=False, words=0, skipped=skipped,
        )  # fmt: skip
        return (round(self.wordings.weight(wording), 6), -skipped), reading

    def _says_more(self, left_out: Sequence[Word], wording: HeardWording) -> bool:
        """Tell whether a word that a wording leaves out is a stronger cue than all of its own."""
        others = (each for word in left_out for each in word.stems)
        return self.wordings.strongest(others) > self.wordings.strongest(wording.cues)


def _repeats(sentence: HeardSentence, wording: HeardWording) -> bool:
    """Tell whether a cue stands in a sentence twice: "the father of the father of X"."""
    cues = [each for word in sentence.words for each in wording.cues.intersection(word.stems)]
    return len(set(cues)) < len(cues)
