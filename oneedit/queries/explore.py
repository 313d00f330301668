"""Look-ups in the graph for pages and programs: names, lists of facts, what is around an entity."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice
from threading import Lock

from rapidfuzz import fuzz, process

from controller.graph.lexicon import fold
from kg_data.entities import Lexicon
from kg_data.triples import Triple
from oneedit.ledger.fact_pages import FactFilter, fact_counts, fact_page
from oneedit.ledger.ledger import Ledger
from oneedit.queries.redirects import Redirects
from oneedit.results import (
    FactsResult,
    FoundEntity,
    ListedFact,
    NeighbourhoodResult,
    SearchResult,
    UnclearResult,
)
from oneedit.state.projector import Projector

NEAR = 75
"""How near a misspelt name has to be, of 100."""

MOST_RANKED = 500
"""Names that fit equally well and are compared by their facts, at most; the shortest are taken."""

MOST_ABOUT_ONE = 50
"""Facts of which one neighbour is the object, at most."""


@dataclass
class NameList:
    """The names of the graph, folded, at one version.

    Attributes:
        version: the version; -1 before the first look.
        names: by folded form.
    """

    version: int = -1
    names: dict[str, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def at(self, version: int, lexicon: Lexicon) -> dict[str, str]:
        """Return the names of a version, read again if it is another one."""
        with self.lock:
            if version != self.version:
                self.names = {fold(name): name for name in lexicon.names()}
                self.version = version
            return self.names


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """Searches names, lists facts, and follows them from an entity.

    Attributes:
        ledger, projector, lexicon: what is read.
    """

    ledger: Ledger
    projector: Projector
    lexicon: Lexicon
    _names: NameList = field(default_factory=NameList, init=False)

    def search(self, text: str, *, limit: int) -> SearchResult:
        """Return entities by a part of one of their names, or by a misspelt one.

        Those whose names fit best come first, and of equals those with the most facts.
        """
        wanted = fold(text)
        with self.projector.reading(weights=False) as version:
            names = self._names.at(version, self.lexicon)
            found: dict[str, FoundEntity] = {}
            for fitting in self._fitting(wanted, names, limit) if wanted else ():
                for each in self._by_facts(fitting, version):
                    found.setdefault(each.entity.id, each)
                if len(found) >= limit:
                    break
        return SearchResult(text=text, version=version, found=tuple(islice(found.values(), limit)))

    def facts(
        self, wanted: FactFilter, *, as_of: int | None, after: Triple | None, limit: int
    ) -> FactsResult:
        """Return a page of the facts of a version, by default of the last."""
        version = self.ledger.head() if as_of is None else self.ledger.event(as_of).version
        found = fact_page(self.ledger, wanted, version, after=after, limit=limit + 1)
        listed = tuple(
            ListedFact(fact=each.fact, derived=each.cause == "derived", since=each.added)
            for each in found[:limit]
        )
        return FactsResult(version=version, facts=listed, more=len(found) > limit)

    def neighbourhood(
        self, name: str, *, depth: int, limit: int
    ) -> NeighbourhoodResult | UnclearResult:
        """Return the facts up to some steps around the entity of a name."""
        with self.projector.reading(weights=False) as version:
            entity = Redirects(self.ledger, self.lexicon).find(name, version)
            if isinstance(entity, UnclearResult):
                return entity
            facts: dict[Triple, None] = {}
            seen, ring = {entity.id}, [entity.id]
            for _ in range(depth):
                for each in ring:
                    facts.update(dict.fromkeys(self._around(each)))
                reached = {end for fact in facts for end in (fact.subject, fact.object)}
                ring = sorted(reached - seen)
                seen |= reached
            shown = tuple(islice(facts, limit))
            ends = sorted({end for fact in shown for end in (fact.subject, fact.object)})
            entities = [known for each in ends if (known := self.projector.store.entity(each))]
        return NeighbourhoodResult(
            version=version,
            entity=entity,
            entities=tuple(entities) or (entity,),
            facts=shown,
            complete=len(shown) == len(facts),
        )

    def _around(self, entity_id: str) -> Iterator[Triple]:
        store = self.projector.store
        yield from store.facts_of(entity_id)
        yield from store.facts_about(entity_id, limit=MOST_ABOUT_ONE)

    def _by_facts(self, names: Iterable[str], version: int) -> Sequence[FoundEntity]:
        """Return the entities of some names, those with the most facts first."""
        found: dict[str, FoundEntity] = {}
        for name in names:
            for entity in self.lexicon.lookup(name):
                found.setdefault(entity.id, FoundEntity(entity=entity, name=name))
        if len(found) < 2:
            return tuple(found.values())
        counts = fact_counts(self.ledger, tuple(found), version)
        return sorted(found.values(), key=lambda each: (-counts[each.entity.id], each.entity.id))

    def _fitting(self, wanted: str, names: dict[str, str], limit: int) -> Iterator[Sequence[str]]:
        """Yield names: the same, those that begin so, those with a word that does, near ones.

        Names that fit equally well come together.
        """
        if wanted in names:
            yield (names[wanted],)
        yield _shortest(name for key, name in names.items() if key.startswith(wanted))
        inner = f" {wanted}"
        yield _shortest(name for key, name in names.items() if inner in key)
        near = process.extract(
            wanted, names.keys(), scorer=fuzz.ratio, score_cutoff=NEAR, limit=limit
        )
        for key, _, _ in near:
            yield (names[key],)


def _shortest(names: Iterable[str]) -> Sequence[str]:
    return nsmallest(MOST_RANKED, names, key=lambda name: (len(name), name))
