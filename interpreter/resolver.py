"""Conversion of readings of statements to linked facts, or to a question to the user."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from interpreter.intents import Tell, Unclear
from interpreter.linking import MIN_OBJECT_SIMILARITY, MIN_SUBJECT_SIMILARITY, Link, Linker
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
    """Turns readings into facts, or into the reason against it."""

    book: RelationBook
    linker: Linker

    def resolve(self, readings_by_fact: Sequence[Sequence[StatementReading]]) -> Tell | Unclear:
        """Return all facts, or the first reason why one cannot be resolved."""
        facts: list[Triple] = []
        new: dict[str, Entity] = {}
        for readings in readings_by_fact:
            intent = self.resolve_fact(readings)
            if isinstance(intent, Unclear):
                return intent
            facts += intent.facts
            new |= {entity.id: entity for entity in intent.new_entities}
        # the same fact in another period is another one
        distinct = {(fact, fact.valid_from, fact.valid_to): fact for fact in facts}
        return Tell(tuple(distinct.values()), tuple(new.values()))

    def resolve_fact(self, readings: Sequence[StatementReading]) -> Tell | Unclear:
        """Return one fact, or the reason why it cannot be resolved."""
        reading = readings[0]
        if reading.chain:
            return self._ask_for_chain_end(reading)
        facts = [self._in_fitting_direction(each) for each in readings]
        if len({self._canonical(fact) for fact in facts}) > 1:
            options = tuple(self._sentence(fact) for fact in facts)
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
        """Return why a subject cannot be used, or None; an unknown one may be a new entity."""
        return self._obstacle(link, MIN_SUBJECT_SIMILARITY)

    def ambiguous(self, link: Link) -> Unclear:
        """Ask which of several entities is meant."""
        ids = tuple(entity.id for entity in link.entities)
        name = shorten(link.name)
        return Unclear("ambiguous", f'"{name}" can be {_either(ids)}. Which one is meant?', ids)

    def unknown(self, link: Link, least: int = MIN_SUBJECT_SIMILARITY) -> Unclear:
        """Reply that a name is unknown, with similar names as options."""
        name, similar = shorten(link.name), self.linker.similar(link.name, least)
        if similar:
            reason = (
                f'Nothing is called "{name}". Did you mean {_either(similar)}? '
                "To add it as something new, put the name in quotes."
            )
            return Unclear("unknown_entity", reason, similar)
        return Unclear("unknown_entity", f'Nothing is called "{name}". Check the name.')

    def _object_obstacle(self, link: Link, relation: Relation) -> Unclear | None:
        if link.hint:
            name = shorten(link.name)
            reason = f'"{name}" cannot be read as a {relation.range[0]}. {link.hint}'
            return Unclear("not_understood", reason)
        if relation.literal:
            return _denial(link)
        if not link.known and link.name[:1].isdigit() and not link.plausible:
            reason = (
                f'"{link.name}" looks like a date; the {relation.noun} is a {relation.range[0]}.'
            )
            return Unclear("not_understood", f"{reason} Name the {relation.range[0]}.")
        return self._obstacle(link, MIN_OBJECT_SIMILARITY)

    def _obstacle(self, link: Link, least: int) -> Unclear | None:
        if link.known:
            return self.ambiguous(link) if link.ambiguous else None
        if obstacle := _denial(link) or _implausible(link):
            return obstacle
        unknown = None if link.quoted else self.unknown(link, least)
        return unknown if unknown and unknown.options else None

    def _in_fitting_direction(self, reading: StatementReading) -> Triple:
        """Return the fact, or its inverse if the classes of the names fit only that."""
        fact, relation = reading.fact, self.book[reading.path[0]]
        if not relation.inverse or (reading.subject.fits and reading.object.fits):
            return fact
        inverse = self.book[relation.inverse]
        subject = self.linker.subject(reading.subject.name, inverse)
        obj = self.linker.object(reading.object.name, inverse)
        if subject.fits and obj.fits and not (subject.ambiguous or obj.ambiguous):
            return Triple(subject.id, inverse.name, obj.id)
        return fact

    def _canonical(self, fact: Triple) -> frozenset[tuple[str, str, str]]:
        inverse = self.book[fact.relation].inverse
        same = {(fact.subject, fact.relation, fact.object)}
        return frozenset(same | ({(fact.object, inverse, fact.subject)} if inverse else set()))

    def _sentence(self, fact: Triple) -> str:
        return f"The {self.book[fact.relation].noun} of {fact.subject} is {fact.object}"

    def _ask_for_chain_end(self, reading: StatementReading) -> Unclear:
        if len(reading.path) > 1:
            return self.ask_for_name(reading.subject.name, reading.path[:-1])
        name = shorten(reading.object.name)
        return Unclear("not_understood", f'Say who or what "{name}" is: a fact needs two names.')

    def ask_for_name(self, name: str, path: Sequence[str]) -> Unclear:
        """Ask for the name of the entity at the end of ``path``."""
        description = shorten(name)
        for relation in path:
            description = f"the {self.book[relation].noun} of {description}"
        reason = f"Name {description} instead of describing it: a fact needs two names."
        return Unclear("not_understood", reason)


def _denial(link: Link) -> Unclear | None:
    if not _DENIAL.search(link.name):
        return None
    reason = 'To take a fact away, say "forget that ..."; to correct it, say what is right instead.'
    return Unclear("not_understood", reason)


def _implausible(link: Link) -> Unclear | None:
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
