"""Messages as statements: sentences without their frames, divided into clauses, each one a fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from interpreter.mentions.clause import Clause
from interpreter.mentions.divider import SentenceDivider, ToldClause, after_clause
from interpreter.mentions.facts import FactReader, SentenceFacts
from interpreter.mentions.framed import PLAIN, TIMES, Framed
from interpreter.mentions.frames import FrameReader
from interpreter.mentions.hearing import HearingReader
from interpreter.mentions.passage import Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.tokens import Kind


@dataclass(slots=True)
class Told:
    """What a message states.

    Attributes:
        by_cues: whether sentences that no wording fits are read by their cues.
        clauses: what was read.
        kinds: the kinds of frames around it.
        unread: the tokens of each sentence that was not understood.
        asides: those of sentences about nothing that is known, which were not understood.
        heard: whether something was only heard in a sentence.
        left_out: the words that were not understood.
        exact: whether a sentence is, word for word, one of the relation book's.
    """

    by_cues: bool = True
    clauses: list[ToldClause] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    unread: list[Sequence[int]] = field(default_factory=list)
    asides: list[Sequence[int]] = field(default_factory=list)
    heard: bool = False
    left_out: list[str] = field(default_factory=list)
    exact: bool = False

    @property
    def partly(self) -> bool:
        """Tell whether words were left out of what was read."""
        passed = any(each.readings[0].skipped for each in self.clauses)
        return self.heard or bool(self.asides) or passed


@dataclass(frozen=True)
class TellingReader:
    """Reads statements of a language."""

    facts: FactReader
    hearing: HearingReader

    def read(self, passage: Passage, referents: Referents, *, by_cues: bool = True) -> Told:
        """Return what a message states, sentence by sentence.

        Args:
            passage: the message.
            referents: whom pronouns can refer to.
            by_cues: whether sentences that no wording fits are read by their cues.
        """
        return self.sentences(passage, passage.sentences(), referents, by_cues=by_cues)

    def sentences(
        self,
        passage: Passage,
        sentences: Iterable[Sequence[int]],
        referents: Referents,
        *,
        by_cues: bool = True,
    ) -> Told:
        """Return what some sentences of a message state."""
        told = Told(by_cues=by_cues)
        for sentence in sentences:
            referents = self._read_sentence(passage, sentence, referents, told)
        return told

    def _read_sentence(
        self, passage: Passage, sentence: Sequence[int], referents: Referents, told: Told
    ) -> Referents:
        frames = FrameReader(passage)
        sentence, referents = _without_heading(passage, sentence, referents)
        facts = SentenceFacts(self.facts)
        exact = self._in_words_of_book(passage, sentence, referents, facts)
        framed = without_times = Framed([]) if exact else frames.strip(sentence)
        clauses = exact or self._clauses(passage, framed, referents, facts)
        if clauses is None:
            framed = frames.strip(sentence, times=True)
            if framed.places != without_times.places:
                clauses = self._clauses(passage, framed, referents, facts)
        if clauses is None and framed.kinds <= {PLAIN, *TIMES}:
            clauses = self._within_frames(passage, sentence, referents, facts)
        told.exact |= bool(exact)
        told.kinds |= framed.kinds
        if clauses is None and told.by_cues and framed.kinds <= {PLAIN, *TIMES}:
            clauses = self._within_asides(passage, without_times, referents, facts, told)
        if clauses is None:
            clauses = self._heard(passage, without_times, referents, told)
        if clauses and not exact:
            told.kinds |= _another_time(passage, sentence, framed)
        told.clauses += clauses
        for clause in clauses:
            referents = after_clause(clause, referents)
        return replace(referents, open_subject=False)

    def _within_frames(
        self, passage: Passage, sentence: Sequence[int], referents: Referents, facts: SentenceFacts
    ) -> list[ToldClause] | None:
        """Return a clause in words of the relation book that begin or end as frames do."""
        for places in FrameReader(passage).stages(sentence):
            exact = self._in_words_of_book(passage, places, referents, facts)
            if exact:
                return exact
        return None

    def _within_asides(
        self,
        passage: Passage,
        framed: Framed,
        referents: Referents,
        facts: SentenceFacts,
        told: Told,
    ) -> list[ToldClause] | None:
        """Return the clauses of a part of a sentence whose rest is about nothing that is known."""
        for places in self.hearing.asides.parts(passage, framed.places):
            part = FrameReader(passage).strip(places, times=True)
            clauses = self._clauses(passage, part, referents, facts)
            if clauses is None or not part.kinds <= {PLAIN, *TIMES}:
                continue
            if any(each.negated for each in clauses):
                continue
            told.heard = True
            told.left_out += [
                passage.tokens[place].text
                for place in framed.places
                if place not in part.places and passage.tokens[place].kind is Kind.WORD
            ]
            return clauses
        return None

    def _heard(
        self, passage: Passage, framed: Framed, referents: Referents, told: Told
    ) -> list[ToldClause]:
        """Return the clause that is heard in a sentence, or note that it was not understood."""
        if not framed.places:
            return []
        heard = self.hearing.tell(passage, framed.places, referents) if told.by_cues else None
        if heard is None:
            aside = told.by_cues and self.hearing.asides.is_aside(passage, framed.places)
            missed = told.asides if aside else told.unread
            missed.append(framed.places)
            return []
        told.heard = True
        told.left_out += heard.left_out
        return [ToldClause(heard.readings)]

    @staticmethod
    def _in_words_of_book(
        passage: Passage, sentence: Sequence[int], referents: Referents, facts: SentenceFacts
    ) -> list[ToldClause]:
        """Return the clause of a sentence that is, word for word, one of the relation book's.

        So "No place in X is higher than Y" begins with no "no", and "If you ask where X was born,
        the answer is Y" supposes nothing.
        """
        clause = Clause.of(passage, FrameReader(passage).without_marks(sentence))
        readings = facts.read(clause, referents)
        words = passage.language.words
        if readings and all(reading.is_exact(words) for reading in readings):
            return [ToldClause(tuple(readings))]
        return []

    def _clauses(
        self, passage: Passage, framed: Framed, referents: Referents, facts: SentenceFacts
    ) -> list[ToldClause] | None:
        if not framed.places:
            return []
        divider = SentenceDivider(facts, passage, framed.places)
        found = divider.divide(referents)
        if found is None or not (framed.since or framed.until):
            return found
        return [
            each
            if len(found) > 1 and self.facts.is_of_lifetime(each.readings)
            else ToldClause(each.readings, each.negated, framed.since, framed.until)
            for each in found
        ]


def _without_heading(
    passage: Passage, sentence: Sequence[int], referents: Referents
) -> tuple[Sequence[int], Referents]:
    """Take "X:" off a sentence about X, whose clauses then leave their subject out."""
    if not sentence:
        return sentence, referents
    for span in passage.names.get(sentence[0], ()):
        size = span.end - span.start
        after = sentence[size] if size < len(sentence) else None
        if after == span.end and passage.tokens[after].key == ":" and len(span.entities) == 1:
            return sentence[size + 1 :], referents.after(span.entities, ())
    return sentence, referents


def _another_time(passage: Passage, sentence: Sequence[int], framed: Framed) -> set[str]:
    """Return whether a sentence says what held before, or is to hold from no date on."""
    keys = [
        "" if place in passage.inside_names else passage.tokens[place].key for place in sentence
    ]
    kinds = passage.language.traits.another_time(keys)
    dated = {name for name, date in (("former", framed.until), ("future", framed.since)) if date}
    return kinds - dated
