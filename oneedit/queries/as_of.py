"""Earlier versions: an entity, a question, and the difference between two versions.

All of it is read from the ledger, so that the graph and the model stay where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.graph.lexicon import ALIAS
from interpreter.intents import Ask
from kg_data.changes import Changes
from kg_data.entities import Entity, Lexicon
from kg_data.triples import Slot, Triple
from oneedit.ledger import books
from oneedit.ledger.book_record import BookRecord
from oneedit.ledger.ledger import Ledger
from oneedit.queries.ask import with_evidence
from oneedit.queries.evidence import EvidenceFinder
from oneedit.queries.inspect import MOST_ABOUT
from oneedit.queries.redirects import Redirects
from oneedit.results import AskResult, DiffResult, RelationsResult, ShowResult, UnclearResult
from oneedit.state.projector import Projector


@dataclass(frozen=True, slots=True)
class PastGraph:
    """The graph of an earlier version, read from the ledger slot by slot.

    Attributes:
        ledger: what is read.
        version: the version.
    """

    ledger: Ledger
    version: int

    def objects(self, slot: Slot) -> Sequence[str]:
        """Return the objects of a slot, sorted."""
        return [fact.object for fact in self.ledger.facts_as_of(slot, self.version)]

    def subjects(self, relation: str, obj: str, *, limit: int | None = None) -> Sequence[str]:
        """Return the subjects that had an object in a relation, sorted."""
        facts = self.ledger.facts_about_as_of(obj, self.version)
        return [fact.subject for fact in facts if fact.relation == relation][:limit]

    def entity(self, entity_id: str) -> Entity | None:
        """Return the entity with this id."""
        return self.ledger.entity_at(entity_id, self.version)


@dataclass(frozen=True, kw_only=True)
class Historian:
    """Answers about earlier versions.

    Attributes:
        ledger: what is read.
        projector: brings the names of the lexicon to the head.
        lexicon: the names of today.
    """

    ledger: Ledger
    projector: Projector
    lexicon: Lexicon

    def show(self, name: str, version: int) -> ShowResult | UnclearResult:
        """Return what the graph held about an entity at a version."""
        entity = self._known(name, version)
        if isinstance(entity, UnclearResult):
            return entity
        facts = self.ledger.facts_as_of(entity.id, version)
        return ShowResult(
            entity=entity,
            aliases=tuple(fact.object for fact in facts if fact.relation == ALIAS),
            facts=facts,
            about=self.ledger.facts_about_as_of(entity.id, version, limit=MOST_ABOUT),
            versions=self.ledger.versions_about(entity.id, until=version),
            as_of=version,
        )

    def answer(self, ask: Ask, version: int) -> AskResult | UnclearResult:
        """Return what the graph answered at a version; the model is not asked."""
        missing = self.missing(version)
        if missing is not None:
            return missing
        if not ask.linked:
            text = "The question was not found in the graph, and the model answers for today only."
            return UnclearResult("not_linked", text)
        book = self.ledger.book_at(version) or self.ledger.book
        unknown = [name for name in _relations_of(ask) if name not in book]
        if unknown:
            text = f"Version {version} had no relation {unknown[0]}."
            return UnclearResult("unknown_relation", text)
        ask = Redirects(self.ledger, self.lexicon).as_of(ask, version)
        graph = PastGraph(self.ledger, version)
        result = AskResult(
            text=ask.text,
            ask_kind=ask.kind,
            asked=False,
            answer="",
            wording="",
            steps=False,
            guesses=ask.guesses,
            version=self.ledger.head(),
            as_of=version,
        )
        return with_evidence(result, ask, EvidenceFinder(book).find(graph, ask))

    def relations(self, version: int | None) -> RelationsResult | UnclearResult:
        """Return the relation book of a version, by default of the head."""
        wanted = self.ledger.head() if version is None else version
        missing = self.missing(wanted)
        if missing is not None:
            return missing
        book = self.ledger.book_at(wanted) or self.ledger.book
        with self.ledger.reading() as session:
            counts = books.counts(session, version=wanted)
        return RelationsResult(version=wanted, text=BookRecord.of(book).text, facts=counts)

    def diff(self, since: int, until: int, name: str | None) -> DiffResult | UnclearResult:
        """Return what differs between two versions, of one entity or of all."""
        for version in (since, until):
            missing = self.missing(version)
            if missing is not None:
                return missing
        entity = None if name is None else self._known(name, max(since, until))
        if isinstance(entity, UnclearResult):
            return entity
        changes = self.ledger.difference(min(since, until), max(since, until))
        changes = changes if since <= until else changes.inverted()
        hashes = {self.ledger.event(each).content.state_hash for each in (since, until)}
        return DiffResult(
            since=since,
            until=until,
            entity=None if entity is None else entity.id,
            changes=changes if entity is None else _about(changes, entity),
            same_weights=len(hashes) == 1,
        )

    def _known(self, name: str, version: int) -> Entity | UnclearResult:
        """Return the entity of a name if a version had it."""
        missing = self.missing(version)
        if missing is not None:
            return missing
        with self.projector.reading(weights=False):
            return Redirects(self.ledger, self.lexicon).find_at(name, version)

    def missing(self, version: int) -> UnclearResult | None:
        """Return that there is no such version; None if there is."""
        head = self.ledger.head()
        if 0 <= version <= head:
            return None
        text = f"There is no version {version}; the last one is {head}."
        return UnclearResult("unknown_version", text)


def _relations_of(ask: Ask) -> tuple[str, ...]:
    return (*ask.path, *(each.relation for each in ask.conditions))


def _about(changes: Changes, entity: Entity) -> Changes:
    """Return the changes of facts with an entity as subject or object."""
    kinds = (
        changes.added,
        changes.retracted,
        changes.derived_added,
        changes.derived_retracted,
    )
    return Changes(*(_naming(entity, facts) for facts in kinds))


def _naming(entity: Entity, facts: Sequence[Triple]) -> tuple[Triple, ...]:
    return tuple(fact for fact in facts if entity.id in {fact.subject, fact.object})
