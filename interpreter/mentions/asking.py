"""Messages as questions: for a value, for yes or no, for a number, for a list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from interpreter.intents import AskKind, Condition
from interpreter.mentions.clause import Asked, Clause
from interpreter.mentions.facts import FactReader
from interpreter.mentions.language import Language
from interpreter.mentions.links import MentionLink, MentionLinker
from interpreter.mentions.noun_phrases import LONGEST_CHAIN
from interpreter.mentions.passage import NounPhrase, Passage
from interpreter.mentions.referents import Referents
from interpreter.mentions.templates import Match
from interpreter.mentions.wordings import NAMED, Form, Wording
from kg_data.relations import RelationBook
from kg_data.short_form import EntityKind

_MOST_OPENINGS = 3
_LONGEST_CLOSING = 6  # tokens
_LONGEST_REARRANGED = 24  # tokens of a question whose relative clause stands apart


@dataclass(frozen=True, slots=True)
class AskReading:
    """One way to read a question.

    Attributes:
        subject: the linked subject; None of a list.
        path: the relations, first hop first.
        kind: what is asked.
        object: of a question for yes or no, the object; of a list, that of its condition.
        entity_class: of a list, the class of what is asked for.
        fits: whether the classes fit along the path and with the question word.
        derived: how many relations of the path follow from others; the longer path is meant.
        exact, words, skipped: as of a :class:`interpreter.mentions.facts.ClauseReading`.
    """

    subject: MentionLink | None
    path: tuple[str, ...]
    kind: AskKind
    object: MentionLink | None
    entity_class: str
    fits: int
    exact: bool
    words: int
    skipped: int
    derived: int = 0

    @property
    def score(self) -> tuple[int, ...]:
        """Return the key by which readings are compared; the greatest wins."""
        named = self.subject or self.object
        return (
            self.fits,
            -(named is not None and named.guessed),
            self.kind is not AskKind.LIST,
            -self.skipped,
            self.exact,
            -self.derived,
            self.words,
        )

    @property
    def condition(self) -> Condition | None:
        """Return the condition of a list."""
        if self.kind is not AskKind.LIST or self.object is None:
            return None
        return Condition(self.path[0], self.object.id)


@dataclass(frozen=True)
class AskingReader:
    """Reads questions of a language."""

    book: RelationBook
    language: Language
    linker: MentionLinker
    facts: FactReader

    def read(
        self, passage: Passage, places: Sequence[int], referents: Referents
    ) -> list[AskReading]:
        """Return the best reading of a question, or several if equally good ones differ."""
        readings: list[AskReading] = []
        asks = any(token.key == "?" for token in passage.tokens)
        presuming = self.language.traits.presuming
        presumes = passage.tokens[places[0]].key in presuming if places else False
        for tried in self._cores(passage, list(places)):
            clause = Clause.of(passage, tried)
            readings = [
                reading
                for match in clause.matches
                for reading in self._readings(match, referents, opened=asks and tried is not places)
            ]
            if readings:
                break
        if presumes:
            readings = [
                replace(each, kind=AskKind.VALUE) if each.kind is AskKind.YES_NO else each
                for each in readings
            ]
        if not readings:
            return []
        top = max(each.score for each in readings)
        best = [each for each in readings if each.score == top]
        best.sort(key=lambda reading: self.facts.place_in_book(reading.path[-1]))
        distinct = {
            (each.subject and each.subject.id, each.path, each.object and each.object.id): each
            for each in best
        }
        return list(distinct.values())

    def _cores(self, passage: Passage, places: list[int]) -> Iterator[list[int]]:
        """Yield a question, and what is left of it without the words that open and close it."""
        yield places
        plain = [each for each in places if not self._is_adverb(passage, each)]
        if len(plain) < len(places):
            yield plain
        ends = self._openings(passage, places)
        closed = len(places)
        for _ in range(_MOST_OPENINGS):
            before = self._closing(passage, places[:closed])
            if before is None:
                break
            closed = before
        for start in ends:
            for end in dict.fromkeys((len(places), closed)):
                if start < end and (start, end) != (0, len(places)):
                    yield places[start:end]
        yield from self._rearranged(passage, places[max(ends) : closed])

    def _rearranged(self, passage: Passage, places: list[int]) -> Iterator[list[int]]:
        """Yield a question without its negation, and one whose relative clause stands apart.

        "Isn't X in Y?" asks what "is X in Y?" does; "When was the school founded that X went to?"
        asks when "the school that X went to" was founded.
        """
        keys = [passage.tokens[place].key for place in places]
        traits = self.language.traits
        if len(keys) > 2 and keys[1] in traits.negations:
            yield [places[0], *places[2:]]
        if len(keys) > _LONGEST_REARRANGED:
            return
        clause = Clause.of(passage, places)
        for place in range(2, len(keys) - 1):
            if keys[place] not in traits.relatives or places[place] in passage.inside_names:
                continue
            apart = place - 1 if keys[place - 1] in traits.prepositions else place
            for start in range(apart):
                for end in {end for end, _ in self.language.class_matches(clause, start)}:
                    if end < apart:
                        yield [*places[:end], *places[apart:], *places[end:apart]]

    def _openings(self, passage: Passage, places: list[int]) -> list[int]:
        """Return where a question may begin: at its first word, and after words that open it."""
        ends = [0]
        for _ in range(_MOST_OPENINGS):
            clause = Clause.of(passage, places[ends[-1] :])
            found = [match.end for match in self.language.asked_before.matches(clause) if match.end]
            if not found:
                break
            ends.append(ends[-1] + max(found))
        return ends

    def _is_adverb(self, passage: Passage, place: int) -> bool:
        clause = Clause.of(passage, [place])
        return place not in passage.inside_names and any(
            match.end == 1 for match in self.language.adverbs.matches(clause)
        )

    def _closing(self, passage: Passage, places: list[int]) -> int | None:
        clause = Clause.of(passage, places)
        for start in range(max(1, len(places) - _LONGEST_CLOSING), len(places)):
            for match in self.language.asked_behind.matches(clause, start):
                if match.end == len(places):
                    return start
        return None

    def _readings(
        self, match: Match[Wording], referents: Referents, *, opened: bool
    ) -> Iterator[AskReading]:
        match match.payload.form:
            case Form.VALUE | Form.INDIRECT:
                yield from self._values(match, referents)
            case Form.YES_NO:
                yield from self._yes_no(match, referents)
            case Form.STATEMENT if opened:
                yield from self._yes_no(match, referents)
            case Form.LIST:
                yield from self._lists(match, referents)
            case _:
                return

    def _values(self, match: Match[Wording], referents: Referents) -> Iterator[AskReading]:
        for phrase, path in self._paths(match):
            asked = match.slots.get("wh")
            asked = asked if isinstance(asked, Asked) else Asked("")
            whole, fits = self._towards(path, asked)
            if not 0 < len(whole) <= LONGEST_CHAIN:
                continue
            for head in phrase.heads[:1]:
                first = self.book[whole[0]]
                link = self.linker.subject_of(referents.resolved(head, first.domain), first)
                if link is None or not link.known:
                    continue
                kind = AskKind.COUNT if asked.kind == "number" else AskKind.VALUE
                yield AskReading(
                    link, whole, kind, None, "",
                    fits=link.fits + self._classes_fit(whole) + fits,
                    exact=match.payload.exact, words=match.words, skipped=match.skipped,
                    derived=len(whole) + 3 * sum(self.book[each].derived for each in whole[:-1]),
                )  # fmt: skip

    def _paths(self, match: Match[Wording]) -> Iterator[tuple[NounPhrase, tuple[str, ...]]]:
        phrase, noun, subject = (match.slots.get(name) for name in ("np", "noun", "s"))
        if isinstance(phrase, NounPhrase):
            yield phrase, phrase.path
        elif isinstance(subject, NounPhrase):
            relation = match.payload.relation or (noun if isinstance(noun, str) else "")
            asked = match.slots.get("wh")
            if relation:
                yield subject, (*subject.path, relation)
            elif isinstance(asked, Asked) and asked.relation:
                yield subject, (*subject.path, asked.relation)

    def _towards(self, path: tuple[str, ...], asked: Asked) -> tuple[tuple[str, ...], int]:
        """Return a path that ends where the question word says, and how well it does."""
        last = path[-1]
        if asked.relation:
            return path, 2 if asked.relation == last else 0
        if asked.entity_class:
            further = self.language.path_to_class(last, asked.entity_class)
            if not further:
                return path, 0
            return (*path[:-1], *further), 2 if len(further) == 1 else bool(further)
        return path, 1 + self._kind_fits(asked.kind, last)

    def _kind_fits(self, kind: str, relation: str) -> bool:
        ranges = self.book[relation].range
        match kind:
            case "person":
                return self.book.is_kind(ranges[0], EntityKind.PERSON)
            case "place":
                wanted = (EntityKind.PLACE, EntityKind.ORGANIZATION)
                return any(self.book.is_kind(each, kind) for kind in wanted for each in ranges)
            case "time":
                return self.book[relation].dated
            case _:
                return True

    def _classes_fit(self, path: tuple[str, ...]) -> bool:
        return all(
            any(
                self.book.is_a(obj, subject) or self.book.is_a(subject, obj)
                for obj in self.book[first].range
                for subject in self.book[second].domain
            )
            for first, second in pairwise(path)
        )

    def _yes_no(self, match: Match[Wording], referents: Referents) -> Iterator[AskReading]:
        statement = replace(match.payload, form=Form.STATEMENT)
        for reading in self.facts.readings_of(replace(match, payload=statement), referents):
            fact = reading.facts[0]
            if fact.chain or not fact.subject.known:
                continue
            yield AskReading(
                fact.subject, fact.path, AskKind.YES_NO, fact.object, "",
                fits=fact.fits + 2 * fact.object.known, exact=False, words=match.words,
                skipped=match.skipped,
            )  # fmt: skip

    def _lists(self, match: Match[Wording], referents: Referents) -> Iterator[AskReading]:
        noun, asked = match.slots.get("noun"), match.slots.get("wh")
        obj = match.slots.get("o", match.slots.get(NAMED))
        relation = match.payload.relation or (noun if isinstance(noun, str) else "")
        if not relation or not isinstance(obj, NounPhrase) or obj.path:
            return
        named = self.book[relation]
        link = self.linker.object_of(referents.resolved(obj.heads[0], named.range), named)
        if link is None or not link.known:
            return
        entity_class = asked.entity_class if isinstance(asked, Asked) else ""
        kind = asked.kind if isinstance(asked, Asked) else ""
        people = self.book.is_kind(named.domain[0], EntityKind.PERSON)
        fits = (
            people
            if kind == "person"
            else not entity_class
            or any(
                self.book.is_a(entity_class, each) or self.book.is_a(each, entity_class)
                for each in named.domain
            )
        )
        yield AskReading(
            None, (relation,), AskKind.LIST, link, entity_class,
            fits=2 * link.fits + fits, exact=False, words=match.words, skipped=match.skipped,
        )  # fmt: skip
