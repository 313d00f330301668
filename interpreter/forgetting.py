"""Facts taken away: "forget ...", "... no longer ..."."""

import re

from interpreter.cleaning import variants, without_adverbs
from interpreter.grammar import Nouns
from interpreter.intents import Forget, Unclear
from interpreter.linking import Linker
from interpreter.resolving import Resolver
from interpreter.telling import Reading, Telling
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


class Forgetting:
    """Reads what is to be forgotten."""

    def __init__(
        self, book: RelationBook, nouns: Nouns, linker: Linker, telling: Telling, resolver: Resolver
    ) -> None:
        self._book, self._nouns, self._linker = book, nouns, linker
        self._telling, self._resolver = telling, resolver

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
        sentences = self._telling.sentences(text, last_subject)
        if not sentences:
            return None
        if len(sentences) > 1:
            return Unclear("not_understood", "Forget one fact at a time, please.")
        told = self._unknown(sentences[0][0]) or self._resolver.one(sentences[0])
        if isinstance(told, Unclear):
            return told
        return Forget(told.facts[0].slot, told.facts[0].object)

    def _unknown(self, reading: Reading) -> Unclear | None:
        """Refuse names that nothing has: what is not known cannot be forgotten."""
        if not reading.chain:
            for link in (reading.subject, reading.object):
                if not link.known and not link.hint:
                    return self._resolver.unknown(link)
        return None

    def _slot(self, phrase: str, last_subject: str | None) -> Forget | Unclear:
        links = [
            (self._linker.subject(chain.name, self._book[chain.path[0]], chain.kind), chain)
            for _, variant in variants(phrase, last_subject)
            for chain in self._nouns.chains(variant)
            if chain.path
        ]
        if not links:
            return Unclear("not_understood", f"It is not clear what to forget. {HINT}")
        link, chain = max(links, key=lambda one: (one[0].known, one[0].fits))
        if not link.known:
            return self._resolver.unknown(link)
        if len(chain.path) > 1:
            return self._resolver.described(chain.name, chain.path[:-1])
        if link.ambiguous:
            return self._resolver.ambiguous(link)
        return Forget(Slot(link.id, chain.path[0]))
