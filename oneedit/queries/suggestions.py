"""What somebody could begin with, drawn from the graph itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from interpreter.intents import Ask, Intent, Show
from kg_data.phrases import Phrases
from kg_data.relations import RelationBook
from kg_data.triples import Triple
from oneedit.ledger.fact_pages import FactFilter, fact_page
from oneedit.ledger.ledger import Ledger

MOST_READ = 400
"""Facts that are looked at, the first of the graph's order."""

MOST_TRIED = 8
"""Facts about which something is suggested, until what is suggested can be read."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What could be said first.

    Attributes:
        questions: messages that change nothing.
        beginning: the beginning of a statement, to be completed; "" if the graph is empty.
    """

    questions: tuple[str, ...] = ()
    beginning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggester:
    """Draws suggestions from the facts of the head.

    Attributes:
        ledger: whose facts.
        book: what the relations mean.
        read: reads a message; what it does not understand is not suggested.
    """

    ledger: Ledger
    book: RelationBook
    read: Callable[[str], Intent]

    def suggestions(self) -> Suggestions:
        """Return questions about well-described entities, and the beginning of a statement."""
        facts = self._facts()
        questions = [
            self._first(self._chains(facts)),
            self._first(self._single(facts)),
            self._first(f"Show {fact.subject}" for fact in facts),
        ]
        beginning = ""
        if facts:
            noun = self.book[facts[0].relation].noun
            beginning = f"The {noun} of {facts[0].subject} is "
        return Suggestions(tuple(filter(None, questions)), beginning)

    def _facts(self) -> list[Triple]:
        """Return facts between entities, those of the best described subjects first."""
        found = fact_page(
            self.ledger, FactFilter(), self.ledger.head(), after=None, limit=MOST_READ
        )
        facts = [each.fact for each in found if each.cause == "asserted" and self._fits(each.fact)]
        counts = Counter(fact.subject for fact in facts)
        return sorted(facts, key=lambda fact: (-counts[fact.subject], fact))[:MOST_READ]

    def _fits(self, fact: Triple) -> bool:
        known = fact.relation in self.book
        return known and self.book[fact.relation].functional and not fact.ended

    def _single(self, facts: Sequence[Triple]) -> Iterator[str]:
        phrases = Phrases(self.book)
        for fact in facts:
            yield phrases.taught_question(fact.subject, [fact.relation], steps=False)

    def _chains(self, facts: Sequence[Triple]) -> Iterator[str]:
        phrases = Phrases(self.book)
        after: dict[str, str] = {}
        for fact in facts:
            after.setdefault(fact.subject, fact.relation)
        for fact in facts:
            if fact.object in after and fact.object != fact.subject:
                path = [fact.relation, after[fact.object]]
                yield phrases.taught_question(fact.subject, path, steps=False)

    def _first(self, messages: Iterator[str]) -> str:
        """Return the first message that is read as it is meant, or ""."""
        for _, message in zip(range(MOST_TRIED), filter(None, messages), strict=False):
            intent = self.read(message)
            if isinstance(intent, Show) or (isinstance(intent, Ask) and intent.linked):
                return message
        return ""
