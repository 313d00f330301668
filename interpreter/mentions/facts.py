"""Clauses as facts: the templates that fit, with their slots linked."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from interpreter.mentions.clause import Clause
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLink, MentionLinker
from interpreter.mentions.passage import Head, NounPhrase
from interpreter.mentions.referents import Referents
from interpreter.mentions.templates import Match
from interpreter.mentions.tokens import tokenise
from interpreter.mentions.wordings import NAMED, Form, Wording
from kg_data.relations import RelationBook
from kg_data.triples import Triple

_BOTH_KNOWN = 3  # of ToldFact.known


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One fact as it was read.

    Attributes:
        subject, object: the linked names.
        path: the relation; several if a chain describes the subject.
        object_path: the chain that describes the object, if one does.
        instead_of: the object that this one stands in place of, if the clause names it.
        object_first: whether the object stands before the subject.
    """

    subject: MentionLink
    path: tuple[str, ...]
    object: MentionLink
    object_path: tuple[str, ...] = ()
    instead_of: MentionLink | None = None
    object_first: bool = False

    @property
    def known(self) -> int:
        """Return 3 if both names are known, 2 if only the subject, 1 if only the object, else 0."""
        return 2 * self.subject.known + self.object.known

    @property
    def fits(self) -> int:
        """Return how many of the names have the class that the relation wants."""
        return self.subject.fits + self.object.fits

    @property
    def chain(self) -> bool:
        """Tell whether a chain describes the subject or the object."""
        return len(self.path) > 1 or bool(self.object_path)

    @property
    def fact(self) -> Triple:
        """Return the triple as worded; of a chain, with the last relation."""
        return Triple(self.subject.id, self.path[-1], self.object.id)


@dataclass(frozen=True, slots=True)
class ClauseReading:
    """One way to read a clause.

    Attributes:
        facts: its facts, several if it joins names by "and".
        exact: whether the wording is in the relation book.
        words: how many words of the clause the wording has.
        skipped: how many words mean little and were left out.
    """

    facts: tuple[ToldFact, ...]
    exact: bool = False
    words: int = 0
    skipped: int = 0

    @property
    def score(self) -> tuple[int, ...]:
        """Return the key by which readings are compared; the greatest wins."""
        return (
            min(each.fits for each in self.facts),
            min(each.known for each in self.facts),
            -any(each.chain for each in self.facts),
            -sum(each.subject.guessed + each.object.guessed for each in self.facts),
            -self.skipped,
            -len(self.facts),
            self.exact,
            self.words,
            sum(len(each.object.value) for each in self.facts),
        )

    def is_exact(self, words: frozenset[str]) -> bool:
        """Tell whether a sentence is a wording of the relation book: one fact, its subject known.

        Args:
            words: those of the language; a literal that may be any text has none of them.
        """
        texts = (token.key for each in self.facts for token in tokenise(each.object.value))
        return (
            self.exact
            and not self.skipped
            and len(self.facts) == 1
            and all(each.subject.known and not each.chain for each in self.facts)
            and not any(each.object.hint for each in self.facts)
            and words.isdisjoint(texts)
        )


@dataclass(frozen=True)
class FactReader:
    """Reads clauses as statements."""

    book: RelationBook
    language: Language
    linker: MentionLinker

    def read(self, clause: Clause, referents: Referents) -> list[ClauseReading]:
        """Return the best reading, or several if equally good ones mean different facts."""
        forms = {Form.STATEMENT, Form.FRAGMENT} if clause.begins_left_out else {Form.STATEMENT}
        matches = (match for match in clause.matches if match.payload.form in forms)
        readings = [
            reading for match in _closest(matches) for reading in self.readings_of(match, referents)
        ]
        if not readings:
            return []
        top = max(reading.score for reading in readings)
        best = [reading for reading in readings if reading.score == top]
        best.sort(key=lambda reading: self.place_in_book(reading.facts[0].path[-1]))
        distinct = {tuple((each.fact, each.chain) for each in one.facts): one for one in best}
        return list(distinct.values())

    def place_in_book(self, name: str) -> tuple[bool, int]:
        """Return a key that puts first which of a relation and its inverse has one value alone."""
        return not self.book[name].functional, self._places[name]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.book.names())}

    def readings_of(self, match: Match[Wording], referents: Referents) -> Iterator[ClauseReading]:
        """Yield the readings of a statement that fits a template."""
        wording = match.payload
        obj, old = match.slots.get("o", match.slots.get(NAMED)), match.slots.get("x")
        if not isinstance(obj, NounPhrase):
            return
        if isinstance(old, NounPhrase) and not obj.instead_of:
            obj = replace(obj, instead_of=old.heads[:1])
        for subject, relation in self.subjects_of(match):
            path = (*subject.path, relation)
            facts = [
                self.fact(one, path, other, obj, referents)
                for one, other in self._pairs(subject, obj, referents)
            ]
            second = match.slots.get("d")
            if wording.second and isinstance(second, NounPhrase):
                if match.skipped or not second.heads[0].value:
                    continue
                facts += [
                    self.fact(one, (wording.second,), second.heads[0], second, referents)
                    for one in subject.heads
                ]
            first = obj.end < subject.end
            kept = tuple(replace(each, object_first=first) for each in facts if each is not None)
            if len(kept) == len(facts):
                yield ClauseReading(kept, wording.exact, match.words, match.skipped)

    @staticmethod
    def _pairs(
        subject: NounPhrase, obj: NounPhrase, referents: Referents
    ) -> Iterable[tuple[Head, Head]]:
        """Return each subject with each object; one by one if they stand "respectively"."""
        subjects = [one for head in subject.heads for one in referents.all_of(head)]
        if obj.one_by_one and len(subjects) == len(obj.heads):
            return zip(subjects, obj.heads, strict=True)
        return product(subjects, obj.heads)

    def is_of_lifetime(self, readings: Iterable[ClauseReading]) -> bool:
        """Tell whether readings say when something began or ended, and so need no time beside."""
        told = (fact for reading in readings for fact in reading.facts)
        return all(self.book[each.path[-1]].lifetime for each in told)

    def subjects_of(self, match: Match[Wording]) -> Iterator[tuple[NounPhrase, str]]:
        """Yield the noun phrase of the subject, and the relation."""
        phrase, noun = match.slots.get("np"), match.slots.get("noun")
        subject = match.slots.get("s")
        if isinstance(phrase, NounPhrase):
            yield replace(phrase, path=phrase.path[:-1]), phrase.path[-1]
        elif isinstance(subject, NounPhrase):
            relation = match.payload.relation or (noun if isinstance(noun, str) else "")
            if relation:
                yield subject, relation

    def fact(
        self,
        head: Head,
        path: tuple[str, ...],
        other: Head,
        phrase: NounPhrase,
        referents: Referents,
    ) -> ToldFact | None:
        """Return the fact of two names; None if one cannot stand at its place.

        Args:
            head: what stands for the subject.
            path: the relation, after those of a chain that describes the subject.
            other: what stands for the object.
            phrase: the noun phrase of the object.
            referents: whom pronouns can refer to.
        """
        first, last = self.book[path[0]], self.book[path[-1]]
        subject = self.linker.subject_of(referents.resolved(head, first.domain), first)
        obj = self.linker.object_of(referents.resolved(other, last.range), last)
        if subject is None or obj is None:
            return None
        instead = None
        if phrase.instead_of:
            instead = self.linker.object_of(phrase.instead_of[0], last)
        if subject.known and subject.id == obj.id:
            return None
        return ToldFact(subject, path, obj, phrase.path, instead)


class SentenceFacts:
    """Reads the clauses of one sentence, each of them once.

    Args:
        facts: reads clauses.
    """

    def __init__(self, facts: FactReader) -> None:
        self._facts = facts
        self._read: dict[object, list[ClauseReading]] = {}

    def read(self, clause: Clause, referents: Referents) -> list[ClauseReading]:
        """Return what :meth:`FactReader.read` does."""
        key = (clause.identity, referents)
        if key not in self._read:
            self._read[key] = self._facts.read(clause, referents)
        return self._read[key]

    def fact(
        self, subject: NounPhrase, relation: str, obj: NounPhrase, referents: Referents
    ) -> ClauseReading | None:
        """Return a fact of two names; None unless both are known and of the right classes."""
        if len(subject.heads) > 1:
            return None
        found = self._facts.fact(subject.heads[0], (relation,), obj.heads[0], obj, referents)
        certain = (
            found is not None
            and found.known == _BOTH_KNOWN
            and found.fits == 2
            and not found.subject.guessed
            and not found.object.guessed
        )
        return ClauseReading((found,)) if found is not None and certain else None

    def with_object(
        self, fact: ToldFact, obj: NounPhrase, referents: Referents
    ) -> ClauseReading | None:
        """Return a fact with another object; None if that has not the right class."""
        subject = Head(fact.subject.name, fact.subject.entities, by_id=True)
        found = self._facts.fact(subject, fact.path, obj.heads[0], obj, referents)
        return ClauseReading((found,)) if found is not None and found.fits == 2 else None


def _closest(matches: Iterable[Match[Wording]]) -> Iterable[Match[Wording]]:
    """Return one match for each relation and what fills its slots: that of the closest wording."""
    found: dict[tuple[object, ...], Match[Wording]] = {}
    for match in matches:
        filled = frozenset((name, id(value)) for name, value in match.slots.items())
        key = (match.payload.relation, match.payload.second, filled)
        known = found.get(key)
        if known is None or _closeness(match) > _closeness(known):
            found[key] = match
    return found.values()


def _closeness(match: Match[Wording]) -> tuple[int, bool, int]:
    return -match.skipped, match.payload.exact, match.words
