"""Plans of many independent facts as one batch, as an import makes them.

The facts of each subject are planned by :class:`controller.controller.Controller` itself as one
request, against the graph with the facts of the batch before them, so that the verdict is the one
that they would get alone. Where that is not to add them all, each is planned by itself, and those
that are harmless together again. What makes it fast is what is left out: the questions to the
model, and the patterns over the edits of an author, for an import is one request however many
facts it has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from controller.actor import Actor
from controller.controller import Controller
from controller.graph.overlay import GraphReads, Overlay
from controller.plan import EditPlan, Verdict
from controller.record import EditRecord, NoRecord, PastEdit
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.triples import Slot, Triple

Period = tuple[Triple, str | None, str | None]
"""A fact with its dates, which do not count when triples are compared."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact that a source states, with what it says of new names.

    Attributes:
        fact: the fact.
        entities: classes of its subject and object, if the source names them.
        place: where the source states it.
    """

    fact: Triple
    entities: tuple[Entity, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A wanted fact that is not added, and the plan that says why."""

    wanted: Wanted
    plan: EditPlan


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What a batch changes, and what it leaves to others.

    Attributes:
        base_version: the version of the graph that it was planned for.
        changes: the facts that are added, with those that follow; ends of derived facts too.
        entities: the new entities.
        added: how many wanted facts are added.
        known: how many wanted facts there is nothing to do about.
        conflicts: the facts that need a person, because they replace others or are doubtful.
        refused: the facts that may not be added.
    """

    base_version: int
    changes: Changes
    entities: tuple[Entity, ...]
    added: int
    known: int
    conflicts: tuple[Judged, ...]
    refused: tuple[Judged, ...]


@dataclass(frozen=True)
class BulkPlanner:
    """Plans batches of facts in the name of one actor.

    Attributes:
        controller: makes the plans; reads the graph.
        actor: who requests the facts.
        doubted: tells which of some facts a person has to look at although no check finds
            anything, such as those that somebody has removed before.
        ended: returns the facts of some subjects that are recorded as ended, all at once; without
            it they are looked up slot by slot.
    """

    controller: Controller
    actor: Actor
    doubted: Callable[[Sequence[Triple]], frozenset[Triple]] = lambda _facts: frozenset()
    ended: Callable[[Sequence[str]], Sequence[Triple]] | None = None

    def plan(self, wanted: Sequence[Wanted]) -> BatchPlan:
        """Return the plan of a batch; nothing is written.

        A fact that removes or replaces a stored one is a conflict, whatever the trust in the actor.
        The cost is about 0.4 ms a fact (measured in docs/benchmarks/pull.md).
        """
        return self.rehearsal(wanted).plan(wanted)

    def rehearsal(self, wanted: Sequence[Wanted] = ()) -> "Batch":
        """Return a batch that is planned in parts and never committed, as for a dry run.

        Args:
            wanted: its first facts; a graph in a server is read around them at once.
        """
        return Batch(self, self.controller.store.near(_names(wanted)))


class _BatchView(Overlay):
    """The graph with the facts of a batch so far."""

    def __init__(self, before: GraphReads) -> None:
        super().__init__(before)
        self.before = before

    @property
    def version(self) -> int:
        return self.before.version

    def sample(self, relation: str | None, count: int, generator: Random) -> Sequence[Triple]:
        return self.before.sample(relation, count, generator)


@dataclass
class _BatchRecord:
    """Implements :class:`controller.record.EditRecord` for the graph with a batch.

    No edits are known to it: patterns over the edits of an author are not looked for.
    """

    stored: EditRecord
    looked_up: set[str] = field(default_factory=set)
    asserted: set[Triple] = field(default_factory=set)
    ended: defaultdict[Slot, list[Triple]] = field(default_factory=lambda: defaultdict(list))

    def is_asserted(self, fact: Triple) -> bool:
        return fact in self.asserted or self.stored.is_asserted(fact)

    def past(self, slot: Slot) -> Sequence[Triple]:
        stored = () if slot.subject in self.looked_up else self.stored.past(slot)
        return (*stored, *self.ended.get(slot, ()))

    def edits(self, *, since: datetime) -> Sequence[PastEdit]:
        return NoRecord().edits(since=since)

    def edits_after(self, version: int) -> Sequence[PastEdit]:
        return NoRecord().edits_after(version)

    def look_up(self, names: Sequence[str], ended: Iterable[Triple]) -> None:
        """Take up all ended facts of some subjects."""
        self.looked_up.update(names)
        self.note(ended)

    def note(self, added: Iterable[Triple]) -> None:
        """Take up the asserted facts that one fact of the batch adds."""
        for fact in added:
            if fact.ended:
                self.ended[fact.slot].append(fact)
            else:
                self.asserted.add(fact)


class Batch:
    """A batch while it is planned; the facts of later parts are planned on those before."""

    def __init__(self, planner: BulkPlanner, before: GraphReads) -> None:
        self._planner, self._view = planner, _BatchView(before)
        controller = planner.controller
        record = controller.record
        self._record = None if record is None else _BatchRecord(record)
        self._controller = controller.without_questions().within(self._view, self._record)
        self._asserted: dict[Period, Triple] = {}
        self._entities: dict[str, Entity] = {}

    def plan(self, wanted: Sequence[Wanted]) -> BatchPlan:
        """Return the plan of all parts so far, with the counts of this one."""
        self._conflicts: list[Judged] = []
        self._refused: list[Judged] = []
        self._added = self._known = 0
        self._doubted = self._planner.doubted([each.fact for each in wanted])
        self._look_up_ended(wanted)
        groups: dict[str, list[Wanted]] = {}
        for each in wanted:
            groups.setdefault(each.fact.subject, []).append(each)
        for group in groups.values():
            self._judge(group)
        return BatchPlan(
            base_version=self._view.version,
            changes=self._changes(),
            entities=tuple(self._entities.values()),
            added=self._added,
            known=self._known,
            conflicts=tuple(self._conflicts),
            refused=tuple(self._refused),
        )

    def _judge(self, group: Sequence[Wanted]) -> None:
        """Add the facts of one subject that are harmless together; sort the others."""
        if self._add_together(group):
            return
        rest = [each for each in group if not self._set_aside(each, self._plan_of([each]))]
        if rest and not (len(rest) < len(group) and self._add_together(rest)):
            for each in rest:
                plan = self._plan_of([each])
                if not self._set_aside(each, plan):
                    self._add([each], plan)

    def _plan_of(self, group: Sequence[Wanted]) -> EditPlan:
        facts = [each.fact for each in group]
        named = {name: None for fact in facts for name in (fact.subject, fact.object)}
        entities = [entity for each in group for entity in each.entities]
        entities += [self._entities[name] for name in named if name in self._entities]
        return self._controller.plan(facts, self._planner.actor, new_entities=entities)

    def _add_together(self, group: Sequence[Wanted]) -> bool:
        """Add facts if nothing speaks against one of them; return whether that is so."""
        plan = self._plan_of(group)
        known = plan.decision.verdict is Verdict.NOTHING
        if known:
            self._known += len(group)
        elif self._is_harmless(plan):
            self._add(group, plan)
        else:
            return False
        return True

    def _set_aside(self, wanted: Wanted, plan: EditPlan) -> bool:
        """Sort a fact that is not to be added; return whether it is one."""
        verdict, judged = plan.decision.verdict, Judged(wanted, plan)
        if verdict is Verdict.NOTHING:
            self._known += 1
        elif verdict is Verdict.BLOCK:
            self._refused.append(judged)
        elif not self._is_harmless(plan):
            self._conflicts.append(judged)
        else:
            return False
        return True

    def _is_harmless(self, plan: EditPlan) -> bool:
        return (
            plan.decision.verdict is Verdict.APPLY
            and not plan.changes.retracted
            and self._doubted.isdisjoint(plan.changes.added)
        )

    def _add(self, group: Sequence[Wanted], plan: EditPlan) -> None:
        added = len(plan.changes.added)
        self._added += added
        self._known += len(group) - added
        self._apply(plan)

    def _look_up_ended(self, wanted: Sequence[Wanted]) -> None:
        if self._record is not None and self._planner.ended is not None:
            names = [name for name in _names(wanted) if name not in self._record.looked_up]
            self._record.look_up(names, self._planner.ended(names))

    def _apply(self, plan: EditPlan) -> None:
        """Add what a plan changes to the view of the next ones."""
        changes = plan.changes
        subjects = {fact.subject for fact in changes.added}
        for entity in plan.entities:
            self._entities[entity.id] = entity
            if entity.id in subjects:  # others are new until the batch tells something of them
                self._view.introduce(entity)
        for fact in changes.derived_retracted:
            self._view.discard(fact)
        for fact in changes.all_added:
            if not fact.ended:
                self._view.add(fact)
        for fact in changes.added:
            self._asserted[fact, fact.valid_from, fact.valid_to] = fact
        if self._record is not None:
            self._record.note(changes.added)

    def _changes(self) -> Changes:
        """Return the changes of all facts together."""
        asserted = tuple(self._asserted.values())
        lost = sorted(self._view.lost)
        return Changes(
            added=asserted,
            derived_added=tuple(sorted(self._view.gained.difference(asserted))),
            derived_retracted=tuple(
                stored
                for fact in lost
                for stored in self._view.before.facts_of(fact.subject)
                if stored == fact
            ),
        )


def _names(wanted: Iterable[Wanted]) -> list[str]:
    """Return the subjects and objects of facts, each once."""
    facts = [each.fact for each in wanted]
    return list({name: None for fact in facts for name in (fact.subject, fact.object)})
