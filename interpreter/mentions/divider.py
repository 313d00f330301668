"""Division of a sentence into clauses, each one a fact: the fewest that can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from interpreter.mentions.clause import LAST_MENTIONED, SUBJECT_LEFT_OUT, Clause
from interpreter.mentions.facts import ClauseReading, SentenceFacts
from interpreter.mentions.inserts import inserts_in
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


class SentenceDivider:
    """Divides the tokens of a sentence into clauses, the fewest that can be read."""

    def __init__(self, facts: SentenceFacts, passage: Passage, places: Sequence[int]) -> None:
        self._facts, self._passage = facts, passage
        self._places = list(places)
        self._tokens = passage.tokens
        self._inside = passage.inside_names
        self._traits = passage.language.traits
        self._joining = self._traits.joints
        self._relatives = self._traits.relatives - passage.language.determiners
        self._unreadable: set[tuple[int, Entity | None, str, bool]] = set()

    def divide(self, referents: Referents, inserts: int = 2) -> list[ToldClause] | None:
        """Return the clauses, None if the sentence cannot be read or has too many parts.

        Args:
            referents: whom pronouns can refer to.
            inserts: how many sentences may stand within this one.
        """
        joints = sum(self._key(place) in self._joining for place in range(len(self._places)))
        if joints > 2 * MOST_FACTS:
            return None
        found = self._from(0, referents, MOST_FACTS, None)
        if found or not inserts or len(self._places) > _LONGEST_CLAUSE:
            return found
        return self._around_insert(referents, inserts - 1)

    def _around_insert(self, referents: Referents, more: int) -> list[ToldClause] | None:
        """Return the clauses of a sentence within which another one stands, all names known."""
        for insert in inserts_in(self._passage, self._places):
            about = referents.after([insert.entity], [insert.entity])
            within = SentenceDivider(self._facts, self._passage, insert.places).divide(about, 0)
            if not within or not all(_is_certain(each) for each in within):
                continue
            around = SentenceDivider(self._facts, self._passage, insert.rest).divide(
                referents, more
            )
            if around:
                return [*within, *around]
        return None

    def _from(
        self, start: int, referents: Referents, limit: int, before: ToldClause | None
    ) -> list[ToldClause] | None:
        """Return the clauses from a place on.

        Args:
            start: the place.
            referents: whom pronouns can refer to.
            limit: how many clauses there may be.
            before: the clause before, whose verb the next one may leave out.
        """
        subject = referents.subjects[0] if referents.subjects else None
        state = (start, subject, _relation_of(before), before is not None and before.negated)
        if not limit or state in self._unreadable:
            return None
        size = len(self._places)
        doubtful: list[ToldClause] | None = None
        for end, after in self._ends(start):
            clause = (
                self._instead(start, end, referents, before)
                or self._clause(start, end, referents)
                or self._without_verb(start, end, referents, _relation_of(before))
            )
            if clause is None:
                continue
            if after == size:
                if not any(_doubtful(each) for each in clause.readings):
                    return [clause]
                doubtful = [clause]
                continue
            further = after_clause(clause, referents)
            rest = self._from(after, further, limit - 1, clause)
            if rest is not None:
                return [clause, *rest]
        if doubtful is None:
            self._unreadable.add(state)
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

    def _instead(
        self, start: int, end: int, referents: Referents, before: ToldClause | None
    ) -> ToldClause | None:
        """Read "in B" after "X did not die in A but": what is right in place of what is denied."""
        facts = before.readings[0].facts if before is not None and before.negated else ()
        if len(facts) != 1 or facts[0].chain:
            return None
        clause = Clause.of(self._passage, self._places[start:end])
        place = 0
        while clause.key(place) in self._traits.after_contrasting:
            place += 1
        for phrase in clause.noun_phrases(place):
            if phrase.end == len(clause) and not phrase.path and len(phrase.heads) == 1:
                found = self._facts.with_object(facts[0], phrase, referents)
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
        single = self._without_repeated_subject(plain)
        for tried in dict.fromkeys(map(tuple, (plain, places, single))):
            for clause in self._variants(tried, referents) if tried else ():
                readings = self._facts.read(clause, referents)
                if contrasts:
                    readings = [each for each in readings if _contrasts(each)]
                if tried != tuple(plain):  # an adverb is no new name
                    readings = [each for each in readings if _all_known(each)]
                if readings:
                    return readings
        return []

    def _without_repeated_subject(self, places: list[int]) -> list[int]:
        """Leave out a pronoun right behind a name that it stands for: "Max Born he died"."""
        pronouns = self._passage.language.pronouns["all"]
        return [
            place
            for count, place in enumerate(places)
            if not (
                count
                and self._tokens[place].key in pronouns
                and places[count - 1] == place - 1
                and self._passage.ends_name(place - 1)
            )
        ]

    def _affirmed(self, places: list[int]) -> list[int]:
        """Leave out what denies a clause: "not", "no longer", "not ... any more"."""
        keys = [self._tokens[place].key for place in places]
        denying = [count for count in range(len(keys)) if self._traits.denies(keys, count)]
        if not denying:
            return places
        helping = [count - 1 for count in denying if keys[count - 1] in self._traits.helping]
        dropped = {*denying, *helping}
        left = [place for count, place in enumerate(places) if count not in dropped]
        after = self._traits.after_negations
        return [place for place in left if self._tokens[place].key not in after]

    def _variants(self, places: Sequence[int], referents: Referents) -> Iterator[Clause]:
        yield Clause.of(self._passage, places)
        mentioned = bool(referents.subjects or referents.others)
        relative = self._tokens[places[0]].key in self._traits.relatives
        if relative and mentioned and len(places) > 1:
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


def _relation_of(clause: ToldClause | None) -> str:
    """Return the relation of a clause "A ... B", "" if there is none, or it says something else."""
    if clause is None:
        return ""
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


def _is_certain(clause: ToldClause) -> bool:
    """Tell whether a clause says one thing, about known names alone."""
    return len(clause.readings) == 1 and not clause.negated and _all_known(clause.readings[0])


def after_clause(clause: ToldClause, referents: Referents) -> Referents:
    """Return whom pronouns can refer to behind a clause."""
    facts = clause.readings[0].facts
    subjects = [each.subject.entity for each in facts]
    objects = [each.object.entity for each in facts]
    mentioned = [*subjects, *objects] if facts[-1].object_first else objects
    return referents.after(
        [each for each in subjects if each is not None],
        [each for each in mentioned if each is not None],
    )
