"""Reader of retractions: "forget ...", "... no longer ..."."""

import re

from interpreter.grammar import NounPhraseParser
from interpreter.intents import Forget, Unclear
from interpreter.linking import Linker
from interpreter.normalization import message_variants, without_adverbs
from interpreter.resolver import Resolver
from interpreter.statements import StatementReader, StatementReading
from kg_data.relations import RelationBook
from kg_data.triples import Slot

HINT = 'Say, for example, "forget the spouse of X" or "forget that X was born in Y".'

_FORGET = re.compile(
    r"(?:please )?(?:forget|remove|delete|drop|erase|retract|unlearn)"
    r"(?: (?:that|the fact that))?(?: (?P<rest>.+))?",
    re.IGNORECASE,
)
_HAS_NONE = re.compile(
    r"(?P<s>.+?) (?:no longer (?:has|have)|(?:has|have) no(?: longer)?"
    r"|(?:does not|doesn't|do not|don't) have)(?: an?| any| the)? (?P<noun>.+?)(?: any ?more)?",
    re.IGNORECASE,
)
_NO_LONGER = re.compile(
    r" no longer(?= )|(?: not|n't)(?= .+ any ?more[.!]*$)| any ?more(?=[.!]*$)", re.IGNORECASE
)
_ENDED = re.compile(r"\bno longer\b|(?:\bnot\b|n't\b).* any ?more[.!]*$", re.IGNORECASE)


class RetractionReader:
    """Reads retractions of a fact or a slot."""

    def __init__(
        self,
        book: RelationBook,
        parser: NounPhraseParser,
        linker: Linker,
        statements: StatementReader,
        resolver: Resolver,
    ) -> None:
        self._book, self._parser, self._linker = book, parser, linker
        self._statements, self._resolver = statements, resolver

    def read(self, text: str, last_subject: str | None) -> Forget | Unclear | None:
        """Return the retraction that a message asks for, or None."""
        command = _FORGET.fullmatch(text)
        if command and not text.endswith("?"):
            return self._read_command(command["rest"] or "", last_subject)
        plain = without_adverbs(text)
        none = _HAS_NONE.fullmatch(plain.rstrip(".!"))
        if none and self._parser.relation(none["noun"]):
            return self._read_slot(f"{none['s']}'s {none['noun']}", last_subject)
        if _ENDED.search(plain):
            intent = self._read_statement(_NO_LONGER.sub("", plain), last_subject)
            return intent or Unclear("not_understood", HINT)
        return None

    def _read_command(self, rest: str, last_subject: str | None) -> Forget | Unclear:
        intent = self._read_statement(rest, last_subject)
        return intent or self._read_slot(rest.rstrip(".!"), last_subject)

    def _read_statement(self, text: str, last_subject: str | None) -> Forget | Unclear | None:
        readings_by_fact = self._statements.readings_by_fact(text, last_subject)
        if not readings_by_fact:
            return None
        if len(readings_by_fact) > 1:
            return Unclear("not_understood", "Forget one fact at a time, please.")
        readings = readings_by_fact[0]
        intent = self._unknown_name(readings[0]) or self._resolver.resolve_fact(readings)
        if isinstance(intent, Unclear):
            return intent
        return Forget(intent.facts[0].slot, intent.facts[0].object)

    def _unknown_name(self, reading: StatementReading) -> Unclear | None:
        """Return the reply to an unknown name, which no stored fact can contain."""
        if not reading.chain:
            for link in (reading.subject, reading.object):
                if not link.known and not link.hint:
                    return self._resolver.unknown(link)
        return None

    def _read_slot(self, text: str, last_subject: str | None) -> Forget | Unclear:
        links = [
            (
                self._linker.subject(phrase.name, self._book[phrase.path[0]], phrase.entity_class),
                phrase,
            )
            for _, variant in message_variants(text, last_subject)
            for phrase in self._parser.parse(variant)
            if phrase.path
        ]
        if not links:
            return Unclear("not_understood", f"It is not clear what to forget. {HINT}")
        link, phrase = max(links, key=lambda pair: (pair[0].known, pair[0].fits))
        if not link.known:
            return self._resolver.unknown(link)
        if len(phrase.path) > 1:
            return self._resolver.ask_for_name(phrase.name, phrase.path[:-1])
        if link.ambiguous:
            return self._resolver.ambiguous(link)
        return Forget(Slot(link.id, phrase.path[0]))
