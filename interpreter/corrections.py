"""Reader of corrections: one object of a slot in place of another."""

import re
from dataclasses import dataclass, replace

from interpreter.grammar import NounPhraseParser
from interpreter.intents import Tell, Unclear
from interpreter.linking import Linker
from interpreter.resolver import Resolver
from interpreter.statements import StatementReader
from kg_data.relations import RelationBook
from kg_data.triples import Triple

_NOT_BUT = re.compile(
    r"(?P<head>.+?)(?: not|n't) (?P<old>.+?),? but(?: rather| instead)? (?P<new>.+)", re.IGNORECASE
)
_INSTEAD = re.compile(
    r"(?P<head>.+?)(?:,? (?:and )?not|,? instead of|,? rather than) (?P<old>.+)", re.IGNORECASE
)
_REPLACE = re.compile(
    r"(?:please )?(?:replace|change) (?P<old>.+?) (?:by|with|to) (?P<new>.+?) "
    r"(?:as|in|among|for) (?:one of )?(?P<slot>.+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CorrectionReader:
    """Reads corrections: "X's notable work is not A but B", "... is B, not A", "replace A by B"."""

    book: RelationBook
    parser: NounPhraseParser
    linker: Linker
    statements: StatementReader
    resolver: Resolver

    def read(self, text: str, last_subject: str | None) -> Tell | Unclear | None:
        """Return the correction that a message states, or None if it states none."""
        plain = text.rstrip(".!")
        if found := _REPLACE.fullmatch(plain):
            return self._in_slot(found["slot"], found["old"], found["new"])
        if found := _NOT_BUT.fullmatch(plain):
            return self._told(f"{found['head']} {found['new']}.", found["old"], last_subject)
        if found := _INSTEAD.fullmatch(plain):
            return self._told(f"{found['head']}.", found["old"], last_subject)
        return None

    def _in_slot(self, slot: str, old: str, new: str) -> Tell | Unclear | None:
        for phrase in self.parser.parse(slot):
            if len(phrase.path) == 1 and self.linker.entities(phrase.name):
                noun = self.book[phrase.path[0]].noun
                return self._told(f"The {noun} of {phrase.name} is {new}.", old, None)
        return None

    def _told(self, statement: str, old: str, last_subject: str | None) -> Tell | Unclear | None:
        """Return what a statement tells, with the fact of the old object replaced."""
        readings = self.statements.best_readings(statement, last_subject)
        if not readings or not readings[0].subject.known:
            return None
        intent = self.resolver.resolve_fact(readings)
        if isinstance(intent, Unclear):
            return intent
        fact = intent.facts[0]
        link = self.linker.object(old, self.book[fact.relation])
        if link.ambiguous:
            return self.resolver.ambiguous(link)
        if not (link.known or self.book[fact.relation].literal):
            return self.resolver.unknown(link)
        return replace(intent, replaces=(Triple(*fact.slot, link.id),))
