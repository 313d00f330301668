"""Benchmark of conflict detection: pairs of edits of which the second contradicts the first.

Records are in the form of ConflictEdit (Li et al. 2023, arXiv 2310.02129): ``true`` facts, and two
``edits`` that each replace an object. For each record three second edits are planned: the record's
own, which must be flagged, one that agrees with the first, and one that adds an object to a slot
with many, which must not be.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from controller.actor import Actor, Role
from controller.controller import Controller
from controller.graph.networkx_store import NetworkxStore
from controller.graph.store import GraphStore
from controller.plan import EditPlan, Verdict
from controller.protection import BlockList
from controller.record import NoRecord
from controller.rules import closure, composed_values, removed_together, with_partners
from kg_data.entities import Entity
from kg_data.errors import BadFile
from kg_data.relations import RelationBook
from kg_data.triples import Triple

EDITOR = Actor("benchmark", Role.EDITOR)

AGREES = {"agreeing", "addition"}
"""Kinds of second edits that must raise no alarm."""


@dataclass(frozen=True, slots=True)
class ReplacingEdit:
    """A fact that takes the place of another."""

    fact: Triple
    instead_of: Triple


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """True facts, and two edits of them.

    Attributes:
        true: facts that hold before.
        first, second: the edits; the second contradicts the first.
        head: the relation of the rule by which the second edit contradicts the first, or "".
    """

    true: tuple[Triple, ...]
    first: ReplacingEdit
    second: ReplacingEdit
    head: str = ""


def conflict_book() -> RelationBook:
    """Return the relation book of the public records."""
    return RelationBook.load(Path(str(files("oneedit.bench") / "data" / "conflictedit.toml")))


def read_records(path: Path, book: RelationBook) -> Iterator[ConflictRecord]:
    """Yield the records of a file with one JSON object a line.

    Raises:
        BadFile: a line is no such record.
    """
    names = {relation.pid: relation.name for relation in book.relations.values()}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield _record(json.loads(line), names)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BadFile(path, number, f"not a record of two edits: {error!r}") from error


def _record(entry: Mapping[str, Any], names: Mapping[str, str]) -> ConflictRecord:
    true = tuple(Triple(s[0], names[p], o[0]) for s, p, o in entry["true"])
    first, second = (
        ReplacingEdit(Triple(s[0], names[p], new[0]), Triple(s[0], names[p], old[0]))
        for s, p, old, new in entry["edits"]
    )
    body, _, head = entry.get("rule", "").partition(">")
    return ConflictRecord(true, first, second, names[head] if "&" in body else "")


class AssertedFacts(NoRecord):
    """A record of nothing but the asserted facts."""

    def __init__(self, facts: Iterable[Triple]) -> None:
        self.facts = set(facts)

    def is_asserted(self, fact: Triple) -> bool:
        return fact in self.facts


class ConflictBench:
    """Plans pairs of edits over the merged true facts of all records.

    Args:
        records: all records, whose true facts make the graph.
        book: their relation book.
        store: an empty graph.
    """

    def __init__(
        self,
        records: Sequence[ConflictRecord],
        book: RelationBook,
        store: GraphStore | None = None,
    ) -> None:
        self.book = book
        self.store: GraphStore = store or NetworkxStore()
        true = sorted({fact for record in records for fact in record.true})
        self._names = sorted({name for record in records for name in _names(record)})
        kind = next(iter(book.classes))
        self._true = frozenset(true)
        self._asserted = AssertedFacts(true)
        entities = [Entity(name, kind) for name in self._names]
        self.store.load(entities, (*true, *closure(true, book)), version=0)
        self._controller = Controller(
            self.store, book, blocked=BlockList(), screens=(), record=self._asserted
        )

    def run(self, records: Sequence[ConflictRecord], *, seed: int = 0) -> Counter[tuple[str, bool]]:
        """Return how many second edits of each kind were flagged and not flagged."""
        counts: Counter[tuple[str, bool]] = Counter()
        for number, record in enumerate(records):
            counts.update(self._plan_pair(record, Random(f"{seed}:{number}")))
        return counts

    def _plan_pair(self, record: ConflictRecord, generator: Random) -> Iterator[tuple[str, bool]]:
        yield "addition", _alarms(self._plan([self._addition(record, generator)]))
        first = self._plan([record.first.fact], [record.first.instead_of])
        applied = first.decision.verdict in {Verdict.APPLY, Verdict.REVIEW}
        if applied:
            self._apply(first)
        made = {*first.changes.all_added, *self._follows(record)}
        second = self._plan([record.second.fact], [record.second.instead_of])
        yield "contradicting", any(each.old in made for each in second.conflicts)
        agreeing = self._agreeing(record)
        replaced = [record.second.instead_of] if record.head else []
        yield "agreeing", _alarms(self._plan([agreeing], replaced))
        if applied:
            self._restore(first)

    def _agreeing(self, record: ConflictRecord) -> Triple:
        """Return the fact of the second slot, or of the pair, that agrees with the first edit."""
        first, second = record.first.fact, record.second.fact
        if record.head:
            return Triple(*second.slot, first.object)
        if first.slot == second.slot:
            return first
        return Triple(*second.slot, first.subject)

    def _addition(self, record: ConflictRecord, generator: Random) -> Triple:
        """Return a fact that adds an object to a slot with many."""
        relation = record.first.fact.relation
        if self.book[relation].functional:
            relations = self.book.relations.values()
            many = [each for each in relations if not (each.functional or each.literal)]
            relation = generator.choice(many).name
        subject = record.first.fact.subject
        others = [name for name in generator.sample(self._names, 2) if name != subject]
        return Triple(subject, relation, others[0])

    def _follows(self, record: ConflictRecord) -> set[Triple]:
        """Return the first edit's fact, what goes with it, and what its rule composes."""
        fact, second = record.first.fact, record.second.fact
        found = set(removed_together([fact], self.book))
        if record.head:
            values = composed_values(self.store, second.slot, self.book)
            facts = [Triple(*second.slot, value) for value in values]
            found.update(with_partners(facts, self.book))
        return found

    def _plan(self, facts: Sequence[Triple], replaces: Sequence[Triple] = ()) -> EditPlan:
        return self._controller.plan(facts, EDITOR, replaces=replaces)

    def _apply(self, plan: EditPlan) -> None:
        changes = plan.changes
        self.store.replace(
            add=changes.all_added, retract=changes.all_retracted, expect=plan.base_version
        )
        self._asserted.facts -= set(changes.retracted)
        self._asserted.facts |= set(changes.added)

    def _restore(self, plan: EditPlan) -> None:
        changes = plan.changes
        self.store.replace(
            add=changes.all_retracted, retract=changes.all_added, expect=self.store.version
        )
        self._asserted.facts = set(self._true)


def _alarms(plan: EditPlan) -> bool:
    return plan.decision.verdict in {Verdict.REVIEW, Verdict.BLOCK}


def _names(record: ConflictRecord) -> Iterable[str]:
    edits = (record.first, record.second)
    facts = (*record.true, *(each.fact for each in edits), *(each.instead_of for each in edits))
    return (name for fact in facts for name in (fact.subject, fact.object))
