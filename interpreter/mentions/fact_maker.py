"""Readings of statements as facts to tell or to forget, or as a question to the user."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from interpreter.intents import Forget, Guess, Tell, Unclear
from interpreter.mentions.divider import ToldClause
from interpreter.mentions.facts import ClauseReading, ToldFact
from interpreter.mentions.links import MentionLink, MentionLinker, unreadable
from interpreter.normalization import shorten
from kg_data.entities import Entity
from kg_data.relations import Relation, RelationBook
from kg_data.triples import Triple

DENIED = 'To take a fact away, say "forget that ..."; to correct it, say what is right.'
"""What to say instead of denying a fact."""


@dataclass
class _Found:
    """What was resolved so far."""

    facts: list[Triple] = field(default_factory=list)
    new: dict[str, Entity] = field(default_factory=dict)
    guesses: dict[str, Guess] = field(default_factory=dict)
    replaces: list[Triple] = field(default_factory=list)


@dataclass(frozen=True)
class FactMaker:
    """Turns readings into facts, or into the reason against it."""

    book: RelationBook
    linker: MentionLinker

    def tell(self, clauses: Sequence[ToldClause]) -> Tell | Unclear:
        """Return all facts, or the first reason why one cannot be resolved."""
        found = _Found()
        for clause in clauses:
            obstacle = self._add(clause, found)
            if obstacle is not None:
                return obstacle
        distinct = {(fact, fact.valid_from, fact.valid_to): fact for fact in found.facts}
        return Tell(
            tuple(distinct.values()),
            tuple(found.new.values()),
            tuple(found.replaces),
            tuple(found.guesses.values()),
        )

    def corrected(
        self, denied: Sequence[ToldClause], affirmed: Sequence[ToldClause]
    ) -> Tell | Unclear:
        """Return what is told in place of what is denied: "X is not in A, it is in B"."""
        told = self.tell(affirmed)
        if isinstance(told, Unclear):
            return told
        wrong = [fact for clause in denied for fact in clause.readings[0].facts]
        slots = {fact.slot for fact in told.facts}
        if not slots or any(each.fact.slot not in slots or each.chain for each in wrong):
            return Unclear("not_understood", DENIED)
        replaced = (each.fact for each in wrong if each.object.known)
        return replace(told, replaces=(*told.replaces, *replaced))

    def forget(self, clause: ToldClause) -> Forget | Unclear:
        """Return the fact to forget, or why it cannot be resolved."""
        reading = clause.readings[0].facts[0]
        for link in (reading.subject, reading.object):
            if not link.known and not link.hint:
                return self.unknown(link)
        told = self.tell([replace(clause, since=None, until=None)])
        if isinstance(told, Unclear):
            return told
        if len(told.facts) > 1:
            return Unclear("not_understood", "Forget one fact at a time, please.")
        return Forget(told.facts[0].slot, told.facts[0].object, told.guesses)

    def fact(self, told: ToldFact) -> Tell | Unclear:
        """Return one fact whose names are linked, or the reason why it cannot be resolved."""
        return self.tell([ToldClause((ClauseReading((told,)),))])

    def _add(self, clause: ToldClause, found: _Found) -> Unclear | None:
        choices = [self._oriented(reading) for reading in clause.readings]
        if any(each.chain for each in choices[0]):
            return self._ask_for_chain_end(choices[0][0])
        if len({frozenset(self._canonical(each.fact) for each in one) for one in choices}) > 1:
            options = tuple(
                "; ".join(self._sentence(each.fact) for each in one) for one in choices[:4]
            )
            return Unclear("ambiguous", "The statement can mean several things. Which?", options)
        for reading in choices[0]:
            obstacle = self._obstacle_of(reading)
            if obstacle is not None:
                return obstacle
            self._note(reading, clause, found)
        return None

    def _note(self, reading: ToldFact, clause: ToldClause, found: _Found) -> None:
        fact = replace(reading.fact, valid_from=clause.since, valid_to=clause.until)
        found.facts.append(fact)
        relation = self.book[fact.relation]
        for link, classes in ((reading.subject, relation.domain), (reading.object, relation.range)):
            if link.guessed and link.known:
                found.guesses[link.id] = Guess(link.name, link.id)
            if not link.known:
                found.new[link.id] = Entity(link.id, link.new_class or classes[0])
        if reading.instead_of is not None:
            found.replaces.append(Triple(*fact.slot, reading.instead_of.id))

    def _obstacle_of(self, reading: ToldFact) -> Unclear | None:
        relation = self.book[reading.path[0]]
        old = reading.instead_of
        if old is not None and not old.known:
            return self.unknown(old)
        return self._obstacle(reading.subject, relation.domain) or self._object_obstacle(
            reading.object, relation
        )

    def _object_obstacle(self, link: MentionLink, relation: Relation) -> Unclear | None:
        if link.hint:
            return unreadable(link.name, relation)
        return None if relation.literal else self._obstacle(link, relation.range)

    def _obstacle(self, link: MentionLink, allowed: Sequence[str]) -> Unclear | None:
        if link.ambiguous:
            return self.ambiguous(link)
        if not link.known:
            return self._obstacle_to_new(link)
        if not link.fits:
            entity = link.entities[0]
            reason = (
                f"{entity.id} is a {_words(entity.entity_class)}; what is meant must be a "
                f"{_words(allowed[0])}."
            )
            return Unclear("not_understood", reason)
        return None

    def _obstacle_to_new(self, link: MentionLink) -> Unclear | None:
        name = shorten(link.name)
        if link.pronoun:
            reason = f'It is not clear what "{name}" refers to. Say the name instead.'
            return Unclear("not_understood", reason)
        if not link.plausible:
            reason = f'"{name}" is not a name. Say whom or what the fact is about.'
            return Unclear("not_understood", reason)
        unknown = None if link.quoted else self.unknown(link)
        return unknown if unknown is not None and unknown.options else None

    def ambiguous(self, link: MentionLink) -> Unclear:
        """Ask which of several entities is meant."""
        ids = tuple(entity.id for entity in link.entities)
        name = shorten(link.name)
        return Unclear("ambiguous", f'"{name}" can be {_either(ids)}. Which one is meant?', ids)

    def unknown(self, link: MentionLink) -> Unclear:
        """Reply that a name is unknown, with similar names as options."""
        name, similar = shorten(link.name), self.linker.similar(link.name)
        if similar:
            reason = (
                f'Nothing is called "{name}". Did you mean {_either(similar)}? '
                "To add it as something new, put the name in quotes."
            )
            return Unclear("unknown_entity", reason, similar)
        return Unclear("unknown_entity", f'Nothing is called "{name}". Check the name.')

    def _oriented(self, reading: ClauseReading) -> tuple[ToldFact, ...]:
        return tuple(self._in_fitting_direction(each) for each in reading.facts)

    def _in_fitting_direction(self, reading: ToldFact) -> ToldFact:
        """Return a fact, or its inverse if the classes of the names fit only that."""
        relation = self.book[reading.path[-1]]
        if reading.chain or not relation.inverse or (reading.subject.fits and reading.object.fits):
            return reading
        inverse = self.book[relation.inverse]
        subject = self.linker.again(reading.object, inverse.domain)
        obj = self.linker.again(reading.subject, inverse.range)
        turned = self.linker.again(reading.subject, inverse.domain)
        other = self.linker.again(reading.object, inverse.range)
        if turned.fits and other.fits and turned.known and other.known:
            return replace(reading, subject=turned, path=(inverse.name,), object=other)
        if subject.fits and obj.fits and subject.known and obj.known:
            return replace(reading, subject=subject, path=(inverse.name,), object=obj)
        return reading

    def _canonical(self, fact: Triple) -> frozenset[tuple[str, str, str]]:
        inverse = self.book[fact.relation].inverse
        same = {(fact.subject, fact.relation, fact.object)}
        return frozenset(same | ({(fact.object, inverse, fact.subject)} if inverse else set()))

    def _sentence(self, fact: Triple) -> str:
        return f"The {self.book[fact.relation].noun} of {fact.subject} is {fact.object}"

    def _ask_for_chain_end(self, reading: ToldFact) -> Unclear:
        if len(reading.path) > 1:
            return self.ask_for_name(reading.subject.name, reading.path[:-1])
        name = self._description(reading.object.name, reading.object_path)
        return Unclear("not_understood", f'Say who or what "{name}" is: a fact needs two names.')

    def ask_for_name(self, name: str, path: Iterable[str]) -> Unclear:
        """Ask for the name of the entity at the end of ``path``."""
        description = self._description(name, path)
        reason = f"Name {description} instead of describing it: a fact needs two names."
        return Unclear("not_understood", reason)

    def _description(self, name: str, path: Iterable[str]) -> str:
        description = shorten(name)
        for relation in path:
            description = f"the {self.book[relation].noun} of {description}"
        return description


def _words(name: str) -> str:
    return name.replace("_", " ")


def _either(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
