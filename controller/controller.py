"""Plans of edits against the graph; nothing here writes."""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from random import Random

from controller import conflicts, rules
from controller.actor import Actor
from controller.draft import DraftChecks, EditDraft
from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import Conflict, Decision, EditPlan, Verdict
from controller.policy import BlockList, decide
from controller.questions import affected
from controller.questions.diff import GraphDiff
from controller.questions.preserved import peers_of_emptied, preserved_questions
from controller.screening import Screen, default_screens
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.questions import Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

MOST_PRESERVED = 9_000
"""Preserved questions of a consolidation, divided evenly among the changed slots."""


@dataclass(frozen=True)
class Controller:
    """Plans edits against a knowledge graph.

    Attributes:
        store: the graph; only read.
        book: the relation book.
        blocked: facts that nobody may change; by default the list that comes with OneEdit.
        screens: checks of new names; by default those that need no model.
        asserted: whether an active fact was asserted, see :mod:`controller.rules`.
        consequence_limit: maximum number of consequences in a plan.
        seed: seed of the samples; the same graph, facts and seed give the same plan.
    """

    store: GraphStore
    book: RelationBook
    _: KW_ONLY
    blocked: BlockList = field(default_factory=BlockList.shipped)
    screens: Sequence[Screen] = field(default_factory=default_screens)
    asserted: rules.Asserted | None = None
    consequence_limit: int = 200
    seed: int = 0

    def plan(
        self, facts: Sequence[Triple], actor: Actor, *, new_entities: Sequence[Entity] = ()
    ) -> EditPlan:
        """Return a plan that asserts facts, with the facts they replace and those that follow.

        A blocked plan has no changes and gives the reason; one that needs review has all changes
        for the reviewer to see. A fact that has ended is removed.
        """
        normalised = tuple(dict.fromkeys(self._checks.normalise_fact(fact) for fact in facts))
        draft = EditDraft(normalised, actor, slots=tuple(fact.slot for fact in normalised))
        self._checks.check_request(draft, draft.slots)
        if not draft.blocked:
            self._checks.screen_names(draft, new_entities)
        if not draft.blocked:
            self._checks.check_facts(draft)
        if not draft.blocked:
            self._checks.resolve_conflicts(draft)
            ended = [fact for fact in normalised if fact.ended and fact in draft.retract]
            draft.slots += self._emptied_partner_slots(draft.add, ended)
        return self._finish(draft)

    def plan_forget(self, slot: Slot, obj: str | None, actor: Actor) -> EditPlan:
        """Return a plan that removes an object of a slot, or all objects if ``obj`` is None."""
        draft = EditDraft((), actor, slots=(slot,))
        self._checks.check_request(draft, draft.slots)
        if draft.blocked:
            return self._finish(draft)
        objects = self.store.objects(slot)
        draft.retract = [Triple(*slot, each) for each in objects if obj in {None, each}]
        if not draft.retract:
            draft.record("nothing", self._describe_slot(slot))
        self._checks.check_protected(draft, draft.retract)
        for fact in draft.retract:
            if rules.is_composed(self.store, fact, self.book):
                text = conflicts.describe_fact(fact, self.book)
                draft.record("derived", f"It follows from other facts that {text}; forget those.")
        draft.slots += self._emptied_partner_slots((), draft.retract)
        return self._finish(draft)

    def plan_changes(
        self, add: Iterable[Triple], retract: Iterable[Triple], actor: Actor
    ) -> EditPlan:
        """Return a plan of exactly these asserted changes and what follows, as for an undo.

        Nothing is checked or screened: the facts were active before.
        """
        facts = tuple(fact for fact in dict.fromkeys(add) if fact not in self.store)
        draft = EditDraft(facts, actor, add=list(facts))
        draft.retract = [fact for fact in dict.fromkeys(retract) if fact in self.store]
        draft.slots = tuple(fact.slot for fact in (*draft.add, *draft.retract))
        self._checks.check_request(draft, draft.slots)
        if not draft.slots:
            draft.record("nothing", "The graph holds exactly that already.")
        if not draft.blocked:
            draft.slots += self._emptied_partner_slots(draft.add, draft.retract)
        return self._finish(draft, check=False)

    def plan_consolidation(self, changes: Changes, *, chains: int) -> EditPlan:
        """Return a plan of all past changes as one edit of the graph before them.

        The graph has these changes already; the plan provides the questions. They depend only on
        the facts and the seed, not on the order of the edits.

        Args:
            changes: the difference between version 0 and the version of the graph.
            chains: maximum number of consequences in the plan.
        """
        added, removed = sorted(changes.all_added), sorted(changes.all_retracted)
        before = Overlay(self.store, add=removed, retract=added)
        emptied = rules.emptied_partner_slots(changes.asserted, self.store, self.book)
        slots = tuple(sorted({*(fact.slot for fact in changes.asserted), *emptied}))
        changed = (*added, *removed)
        diff = GraphDiff(before, self.store, slots, changed, self.book)
        generator = Random(f"{self.seed}:{'; '.join(map(str, changed))}")
        found, count = affected.consequences(diff, limit=chains, generator=generator, even=True)
        return EditPlan(
            facts=changes.asserted,
            changes=Changes(tuple(added), tuple(removed)),
            decision=Decision(Verdict.APPLY if slots else Verdict.NOTHING),
            targets=affected.targets(diff),
            consequences=found,
            consequence_count=count,
            links=affected.links(diff, found),
            keep=self._preserved_around_slots(diff, generator),
            base_version=self.store.version,
        )

    def _preserved_around_slots(self, diff: GraphDiff, generator: Random) -> tuple[Question, ...]:
        """Return the preserved questions of a consolidation, as many around each changed slot."""
        preserved: dict[Question, None] = {}
        for slot in diff.slots:
            share = MOST_PRESERVED // len(diff.slots)
            near = preserved_questions(diff, self.store, generator=generator, around=[slot])
            near = tuple(generator.sample(near, min(share, len(near))))
            rest = share - len(near)
            peers = peers_of_emptied(
                diff, self.store, generator=generator, around=[slot], most=rest
            )
            preserved.update(dict.fromkeys((*near, *peers)))
        return tuple(preserved)

    @cached_property
    def _checks(self) -> DraftChecks:
        return DraftChecks(self.store, self.book, self.blocked, self.screens, self.asserted)

    def _emptied_partner_slots(
        self, add: Sequence[Triple], retract: Sequence[Triple]
    ) -> tuple[Slot, ...]:
        """Return the slots of the partners of removed facts that are empty after the edit."""
        added, removed = (rules.with_partners(facts, self.book) for facts in (add, retract))
        after = Overlay(self.store, add=added, retract=removed)
        return rules.emptied_partner_slots((*add, *retract), after, self.book)

    def _describe_slot(self, slot: Slot) -> str:
        """Return what the graph holds in a slot as a sentence."""
        if self.store.entity(slot.subject) is None:
            return f"I know nothing about {slot.subject}."
        noun, objects = self.book[slot.relation].noun, self.store.objects(slot)
        if not objects:
            return f"I know no {noun} of {slot.subject}."
        return f"As far as I know, the {noun} of {slot.subject} is {', '.join(objects)}."

    def _finish(self, draft: EditDraft, *, check: bool = True) -> EditPlan:
        """Return the plan of a draft: derive what follows, check it, decide, add the questions."""
        if draft.blocked:
            return self._plan_without_changes(draft, decide(draft.findings, changed=False))
        after = rules.graph_after_edit(
            self.store, draft.add, draft.retract, self.book, asserted=self.asserted
        )
        if check:
            self._checks.check_consequences(draft, after)
        decision = decide(draft.findings, changed=bool(after.gained or after.lost))
        if decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}:
            return self._plan_without_changes(draft, decision)
        return self._with_questions(draft, after, decision)

    def _with_questions(self, draft: EditDraft, after: Overlay, decision: Decision) -> EditPlan:
        facts = (*sorted(after.gained), *sorted(after.lost))
        diff = GraphDiff(self.store, after, draft.slots, facts, self.book)
        version = self.store.version
        generator = Random(f"{self.seed}:{'; '.join(map(str, facts))}:{version}")
        chains, count = affected.consequences(
            diff, limit=self.consequence_limit, generator=generator
        )
        retract = [fact for fact in dict.fromkeys(draft.retract) if fact in after.lost]
        keep = preserved_questions(diff, self.store, generator=generator)
        peers = peers_of_emptied(diff, self.store, around=draft.slots, generator=generator)
        return EditPlan(
            facts=draft.facts,
            changes=Changes(
                added=tuple(draft.add),
                retracted=self._as_stored(retract),
                derived_added=tuple(sorted(after.gained.difference(draft.add))),
                derived_retracted=self._as_stored(sorted(after.lost.difference(retract))),
            ),
            entities=draft.entities,
            conflicts=self._stored_conflicts(draft),
            decision=decision,
            targets=affected.targets(diff),
            consequences=chains,
            consequence_count=count,
            links=affected.links(diff, chains),
            keep=tuple(dict.fromkeys((*keep, *peers))),
            base_version=version,
        )

    def _as_stored(self, facts: Iterable[Triple]) -> tuple[Triple, ...]:
        """Return active facts with their dates in the graph, so that an undo restores them."""
        return tuple(
            stored
            for fact in facts
            for stored in self.store.facts_of(fact.subject)
            if stored == fact
        )

    def _plan_without_changes(self, draft: EditDraft, decision: Decision) -> EditPlan:
        return EditPlan(
            facts=draft.facts,
            decision=decision,
            base_version=self.store.version,
            conflicts=self._stored_conflicts(draft),
        )

    def _stored_conflicts(self, draft: EditDraft) -> tuple[Conflict, ...]:
        """Return the conflicts with stored facts; other conflicts are only reasons."""
        return tuple(each for each in dict.fromkeys(draft.conflicts) if each.old in self.store)
