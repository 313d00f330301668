"""From the best reading to linked facts, or to the question that has to be asked back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interpreter.intents import Tell, Unclear
from interpreter.linking import NEAR_OBJECT, NEAR_SUBJECT, Link, Linker
from interpreter.normalization import PRONOUNS, shorten
from interpreter.statements import StatementReading
from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Triple

_DENIAL = re.compile(
    r"^(?:not|never|no longer|nobody|nothing|none)\b|\b(?:not|never|n't)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns readings into facts and finds what stands in the way."""

    book: RelationBook
    linker: Linker

    def tell(self, sentences: Sequence[Sequence[StatementReading]]) -> Tell | Unclear:
        """Return the facts of all sentences, or the first obstacle."""
        facts: list[Triple] = []
        new: dict[str, Entity] = {}
        for readings in sentences:
            told = self.one(readings)
            if isinstance(told, Unclear):
                return told
            facts += told.facts
            new |= {entity.id: entity for entity in told.new_entities}
        return Tell(tuple(dict.fromkeys(facts)), tuple(new.values()))

    def one(self, readings: Sequence[StatementReading]) -> Tell | Unclear:
        """Return the fact of one sentence, or what stands in its way."""
        reading = readings[0]
        if reading.chain:
            return self._unnamed(reading)
        facts = [self._directed(one) for one in readings]
        if len({self._canonical(fact) for fact in facts}) > 1:
            options = tuple(self._worded(fact) for fact in facts)
            return Unclear("ambiguous", "The statement can mean several things. Which?", options)
        fact = facts[0]
        relation = self.book[fact.relation]
        obstacle = self.subject_obstacle(reading.subject) or self._object_obstacle(
            reading.object, relation
        )
        if obstacle:
            return obstacle
        new = []
        if not reading.subject.known:
            new.append(Entity(fact.subject, relation.domain[0]))
        if not reading.object.known:
            new.append(Entity(fact.object, relation.range[0]))
        return Tell((fact,), tuple(new))

    def subject_obstacle(self, link: Link) -> Unclear | None:
        """Return why a subject cannot stand, or None; an unknown one may be new."""
        return self._obstacle(link, NEAR_SUBJECT)

    def ambiguous(self, link: Link) -> Unclear:
        """Ask which of several entities is meant."""
        ids = tuple(entity.id for entity in link.entities)
        name = shorten(link.name)
        return Unclear("ambiguous", f'"{name}" can be {_either(ids)}. Which one is meant?', ids)

    def unknown(self, link: Link, least: int = NEAR_SUBJECT) -> Unclear:
        """Say that nothing has this name, with what is spelt nearly so."""
        name, near = shorten(link.name), self.linker.near(link.name, least)
        if near:
            reason = (
                f'Nothing is called "{name}". Did you mean {_either(near)}? '
                "To add it as something new, put the name in quotes."
            )
            return Unclear("unknown_entity", reason, near)
        return Unclear("unknown_entity", f'Nothing is called "{name}". Check the name.')

    def _object_obstacle(self, link: Link, relation: Relation) -> Unclear | None:
        if link.hint:
            name = shorten(link.name)
            reason = f'"{name}" cannot be read as a {relation.range[0]}. {link.hint}'
            return Unclear("not_understood", reason)
        if relation.literal:
            return _denied(link)
        if not link.known and link.name[:1].isdigit() and not link.plausible:
            reason = (
                f'"{link.name}" looks like a date; the {relation.noun} is a {relation.range[0]}.'
            )
            return Unclear("not_understood", f"{reason} Name the {relation.range[0]}.")
        return self._obstacle(link, NEAR_OBJECT)

    def _obstacle(self, link: Link, least: int) -> Unclear | None:
        if link.known:
            return self.ambiguous(link) if link.ambiguous else None
        if obstacle := _denied(link) or _nameless(link):
            return obstacle
        missing = None if link.quoted else self.unknown(link, least)
        return missing if missing and missing.options else None

    def _directed(self, reading: StatementReading) -> Triple:
        """Return the fact, with the inverse relation if the names fit only the other way round."""
        fact, relation = reading.fact, self.book[reading.path[0]]
        if not relation.inverse or (reading.subject.fits and reading.object.fits):
            return fact
        inverse = self.book[relation.inverse]
        subject = self.linker.subject(reading.subject.name, inverse)
        target = self.linker.object(reading.object.name, inverse)
        if subject.fits and target.fits and not (subject.ambiguous or target.ambiguous):
            return Triple(subject.id, inverse.name, target.id)
        return fact

    def _canonical(self, fact: Triple) -> frozenset[tuple[str, str, str]]:
        inverse = self.book[fact.relation].inverse
        same = {(fact.subject, fact.relation, fact.object)}
        return frozenset(same | ({(fact.object, inverse, fact.subject)} if inverse else set()))

    def _worded(self, fact: Triple) -> str:
        return f"The {self.book[fact.relation].noun} of {fact.subject} is {fact.object}"

    def _unnamed(self, reading: StatementReading) -> Unclear:
        if len(reading.path) > 1:
            return self.described(reading.subject.name, reading.path[:-1])
        name = shorten(reading.object.name)
        return Unclear("not_understood", f'Say who or what "{name}" is: a fact needs two names.')

    def described(self, name: str, path: Sequence[str]) -> Unclear:
        """Ask for the name of what ``path`` leads to."""
        step = shorten(name)
        for relation in path:
            step = f"the {self.book[relation].noun} of {step}"
        reason = f"Name {step} instead of describing it: a fact needs two names."
        return Unclear("not_understood", reason)


def _denied(link: Link) -> Unclear | None:
    if not _DENIAL.search(link.name):
        return None
    reason = 'To take a fact away, say "forget that ..."; to correct it, say what is right instead.'
    return Unclear("not_understood", reason)


def _nameless(link: Link) -> Unclear | None:
    if link.name.casefold() in PRONOUNS:
        reason = f'It is not clear what "{link.name}" refers to. Say the name instead.'
        return Unclear("not_understood", reason)
    if not link.plausible:
        reason = f'"{shorten(link.name)}" is not a name. Say whom or what the fact is about.'
        return Unclear("not_understood", reason)
    return None


def _either(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
