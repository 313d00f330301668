"""Messages as statements: sentences without their frames, divided into clauses, each one a fact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from interpreter.mentions.clause import LAST_MENTIONED, SUBJECT_LEFT_OUT, Clause
from interpreter.mentions.facts import ClauseReading, FactReader, SentenceFacts
from interpreter.mentions.framed import PLAIN, TIMES, Framed
from interpreter.mentions.frames import FrameReader
from interpreter.mentions.hearing import HearingReader
from interpreter.mentions.passage import Passage
from interpreter.mentions.referents import Referents
from kg_data.entities import Entity

MOST_FACTS = 24
"""Facts of one message; a longer list belongs into a file."""

_LONGEST_CLAUSE = 60  # tokens
_MOST_JOINTS = 7  # joints up to which one clause is looked for


@dataclass(frozen=True, slots=True)
class ToldClause:
    """A clause that was read.

    Attributes:
        readings: the best readings, several if they mean different facts.
        negated: whether it says that the fact does not hold.
        since, until: when it holds, if the clause says so.
    """

    readings: tuple[ClauseReading, ...]
    negated: bool = False
    since: str | None = None
    until: str | None = None


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
        told = Told(by_cues=by_cues)
        for sentence in passage.sentences():
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
        if clauses is None:
            clauses = self._heard(passage, without_times, referents, told)
        told.clauses += clauses
        for clause in clauses:
            referents = _after(clause, referents)
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

    def _heard(
        self, passage: Passage, framed: Framed, referents: Referents, told: Told
    ) -> list[ToldClause]:
        """Return the clause that is heard in a sentence, or note that it was not understood."""
        if not framed.places:
            return []
        heard = self.hearing.tell(passage, framed.places, referents) if told.by_cues else None
        if heard is None:
            aside = told.by_cues and self.hearing.is_aside(passage, framed.places)
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
        divider = _Divider(facts, passage, framed.places)
        found = divider.divide(referents)
        if found is None or not (framed.since or framed.until):
            return found
        return [
            each
            if len(found) > 1 and self.facts.is_of_lifetime(each.readings)
            else ToldClause(each.readings, each.negated, framed.since, framed.until)
            for each in found
        ]


class _Divider:
    """Divides the tokens of a sentence into clauses, the fewest that can be read."""

    def __init__(self, facts: SentenceFacts, passage: Passage, places: Sequence[int]) -> None:
        self._facts, self._passage = facts, passage
        self._places = list(places)
        self._tokens = passage.tokens
        self._inside = passage.inside_names
        self._traits = passage.language.traits
        self._joining = self._traits.joints
        self._relatives = self._traits.relatives - passage.language.determiners
        self._unreadable: set[tuple[int, Entity | None, str]] = set()

    def divide(self, referents: Referents) -> list[ToldClause] | None:
        """Return the clauses, None if the sentence cannot be read or has too many parts."""
        joints = sum(self._key(place) in self._joining for place in range(len(self._places)))
        if joints > 2 * MOST_FACTS:
            return None
        return self._from(0, referents, MOST_FACTS, "")

    def _from(
        self, start: int, referents: Referents, limit: int, relation: str
    ) -> list[ToldClause] | None:
        """Return the clauses from a place on.

        Args:
            start: the place.
            referents: whom pronouns can refer to.
            limit: how many clauses there may be.
            relation: that of the clause before, whose verb the next one may leave out.
        """
        subject = referents.subjects[0] if referents.subjects else None
        if not limit or (start, subject, relation) in self._unreadable:
            return None
        size = len(self._places)
        doubtful: list[ToldClause] | None = None
        for end, after in self._ends(start):
            clause = self._clause(start, end, referents)
            clause = clause or self._without_verb(start, end, referents, relation)
            if clause is None:
                continue
            if after == size:
                if not any(_doubtful(each) for each in clause.readings):
                    return [clause]
                doubtful = [clause]
                continue
            further = _after(clause, referents)
            rest = self._from(after, further, limit - 1, _relation_of(clause))
            if rest is not None:
                return [clause, *rest]
        if doubtful is None:
            self._unreadable.add((start, subject, relation))
        return doubtful

    def _ends(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield where a clause may end and the next begins; the end of the sentence first."""
        size = len(self._places)
        if size - start <= _LONGEST_CLAUSE:
            yield size, size
        yield from self._joints(start)

    def _joints(self, start: int) -> Iterator[tuple[int, int]]:
        """Yield the ends of clauses, and where the next one begins."""
        inside = self._inside
        found = 0
        place = start
        while place < len(self._places) and found < _MOST_JOINTS:
            number = self._places[place]
            key = self._tokens[number].key
            if key in self._joining and number not in inside and place > start:
                after = place + 1
                while after < len(self._places) and self._is_between(after):
                    after += 1
                if after < len(self._places):
                    yield place, after
                    found += 1
                place = after
                continue
            if key in self._relatives and place > start and number not in inside:
                yield place, place
                found += 1
            place += 1

    def _key(self, place: int) -> str:
        return self._tokens[self._places[place]].key

    def _is_between(self, place: int) -> bool:
        key = self._key(place)
        return key in self._joining or key in self._traits.after_joints

    def _clause(self, start: int, end: int, referents: Referents) -> ToldClause | None:
        places = self._places[start:end]
        kept = self._affirmed(places)
        for words in (places,) if len(kept) == len(places) else (places, kept):
            denied = words is places and len(kept) < len(places)
            readings = self._readings(words, referents, contrasts=denied)
            if readings:
                return ToldClause(tuple(readings), negated=words is not places)
        return None

    def _without_verb(
        self, start: int, end: int, referents: Referents, relation: str
    ) -> ToldClause | None:
        """Read "B in Bonn" after "A was born in Ulm": known names of the right classes alone.

        Whatever stands between the names must stand in what was said before, too.
        """
        if not relation:
            return None
        said = {self._key(place) for place in range(start)} | {","}
        clause = Clause.of(self._passage, self._places[start:end])
        for subject in clause.noun_phrases(0):
            place = subject.end
            while place < len(clause) and clause.key(place) in said & self._between_names:
                place += 1
            for phrase in clause.noun_phrases(place) if not subject.path else ():
                if phrase.end != len(clause) or phrase.path or len(phrase.heads) > 1:
                    continue
                found = self._facts.fact(subject, relation, phrase, referents)
                if found is not None:
                    return ToldClause((found,))
        return None

    @cached_property
    def _between_names(self) -> frozenset[str]:
        return self._traits.prepositions | self._traits.between_names

    def _readings(
        self, places: list[int], referents: Referents, *, contrasts: bool
    ) -> list[ClauseReading]:
        """Return the readings of a clause without adverbs, or those of it with them."""
        plain = self._without_adverbs(places)
        for tried in (plain, places) if plain != places else (plain,):
            for clause in self._variants(tried, referents) if tried else ():
                readings = self._facts.read(clause, referents)
                if contrasts:
                    readings = [each for each in readings if _contrasts(each)]
                if tried is not plain:  # an adverb is no new name
                    readings = [each for each in readings if _all_known(each)]
                if readings:
                    return readings
        return []

    def _affirmed(self, places: list[int]) -> list[int]:
        """Leave out what denies a clause: "not", "no longer", "not ... any more"."""
        keys = [self._tokens[place].key for place in places]
        left = [place for count, place in enumerate(places) if not self._traits.denies(keys, count)]
        if len(left) == len(places):
            return places
        after = self._traits.after_negations
        return [place for place in left if self._tokens[place].key not in after]

    def _variants(self, places: list[int], referents: Referents) -> Iterator[Clause]:
        yield Clause.of(self._passage, places)
        if self._tokens[places[0]].key in self._traits.relatives and len(places) > 1:
            yield Clause.of(self._passage, places[1:], (LAST_MENTIONED,))
        if referents.open_subject:
            for before in ((), ("be",), ("'s",)):
                yield Clause.of(self._passage, places, (SUBJECT_LEFT_OUT, *before))

    def _without_adverbs(self, places: list[int]) -> list[int]:
        """Leave out adverbs that are not in names."""
        clause = Clause.of(self._passage, places)
        inside = self._passage.inside_names
        kept: list[int] = []
        place = 0
        while place < len(places):
            ends = [match.end for match in self._passage.language.adverbs.matches(clause, place)]
            if ends and places[place] not in inside:
                place = max(ends)
                continue
            kept.append(places[place])
            place += 1
        return kept


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


def _relation_of(clause: ToldClause) -> str:
    """Return the relation of a clause "A ... B", "" if it says something else."""
    facts = [fact for reading in clause.readings for fact in reading.facts]
    plain = not clause.negated and not any(fact.chain or fact.object_first for fact in facts)
    relations = {fact.path[-1] for fact in facts}
    return relations.pop() if plain and len(relations) == 1 else ""


def _contrasts(reading: ClauseReading) -> bool:
    """Tell whether "not" stands before what the object is in place of, and denies nothing else."""
    return all(each.instead_of is not None for each in reading.facts)


def _all_known(reading: ClauseReading) -> bool:
    return all(each.subject.known and each.object.known for each in reading.facts)


def _doubtful(reading: ClauseReading) -> bool:
    """Tell whether a clause may rather be several."""
    return bool(reading.skipped) or any(
        not each.known or not each.object.known for each in reading.facts
    )


def _after(clause: ToldClause, referents: Referents) -> Referents:
    facts = clause.readings[0].facts
    subjects = [each.subject.entity for each in facts]
    objects = [each.object.entity for each in facts]
    mentioned = [*subjects, *objects] if facts[-1].object_first else objects
    return referents.after(
        [each for each in subjects if each is not None],
        [each for each in mentioned if each is not None],
    )
