"""Facts taken away: "forget ...", "... no longer ..."."""

import re

from interpreter.grammar import NounPhraseParser
from interpreter.intents import Forget, Unclear
from interpreter.linking import Linker
from interpreter.normalization import variants, without_adverbs
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
_NO_MORE = re.compile(
    r"(?P<s>.+?) (?:no longer (?:has|have)|(?:has|have) no(?: longer)?"
    r"|(?:does not|doesn't|do not|don't) have)(?: an?| any| the)? (?P<noun>.+?)(?: any ?more)?",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r" no longer(?= )|(?: not|n't)(?= .+ any ?more[.!]*$)| any ?more(?=[.!]*$)", re.IGNORECASE
)
_ENDING = re.compile(r"\bno longer\b|(?:\bnot\b|n't\b).* any ?more[.!]*$", re.IGNORECASE)


class RetractionReader:
    """Reads what is to be forgotten."""

    def __init__(
        self,
        book: RelationBook,
        nouns: NounPhraseParser,
        linker: Linker,
        statements: StatementReader,
        resolver: Resolver,
    ) -> None:
        self._book, self._nouns, self._linker = book, nouns, linker
        self._statements, self._resolver = statements, resolver

    def read(self, text: str, last_subject: str | None) -> Forget | Unclear | None:
        """Return what is to be forgotten, or None if the message takes nothing away."""
        ordered = _FORGET.fullmatch(text)
        if ordered and not text.endswith("?"):
            return self._ordered(ordered["rest"] or "", last_subject)
        plain = without_adverbs(text)
        none_left = _NO_MORE.fullmatch(plain.rstrip(".!"))
        if none_left and self._nouns.relation(none_left["noun"]):
            return self._slot(f"{none_left['s']}'s {none_left['noun']}", last_subject)
        if _ENDING.search(plain):
            told = self._statement(_ENDED.sub("", plain), last_subject)
            return told or Unclear("not_understood", HINT)
        return None

    def _ordered(self, rest: str, last_subject: str | None) -> Forget | Unclear:
        told = self._statement(rest, last_subject)
        return told or self._slot(rest.rstrip(".!"), last_subject)

    def _statement(self, text: str, last_subject: str | None) -> Forget | Unclear | None:
        sentences = self._statements.sentences(text, last_subject)
        if not sentences:
            return None
        if len(sentences) > 1:
            return Unclear("not_understood", "Forget one fact at a time, please.")
        told = self._unknown(sentences[0][0]) or self._resolver.one(sentences[0])
        if isinstance(told, Unclear):
            return told
        return Forget(told.facts[0].slot, told.facts[0].object)

    def _unknown(self, reading: StatementReading) -> Unclear | None:
        """Refuse names that nothing has: what is not known cannot be forgotten."""
        if not reading.chain:
            for link in (reading.subject, reading.object):
                if not link.known and not link.hint:
                    return self._resolver.unknown(link)
        return None

    def _slot(self, phrase: str, last_subject: str | None) -> Forget | Unclear:
        links = [
            (self._linker.subject(parse.name, self._book[parse.path[0]], parse.kind), parse)
            for _, variant in variants(phrase, last_subject)
            for parse in self._nouns.parses(variant)
            if parse.path
        ]
        if not links:
            return Unclear("not_understood", f"It is not clear what to forget. {HINT}")
        link, parse = max(links, key=lambda one: (one[0].known, one[0].fits))
        if not link.known:
            return self._resolver.unknown(link)
        if len(parse.path) > 1:
            return self._resolver.described(parse.name, parse.path[:-1])
        if link.ambiguous:
            return self._resolver.ambiguous(link)
        return Forget(Slot(link.id, parse.path[0]))
