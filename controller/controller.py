"""Plans of edits against the graph; nothing here writes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from random import Random

from controller import rules
from controller.actor import Actor
from controller.draft import DraftChecks, EditDraft
from controller.entity_changes import EntityDrafter, before_teaching, removals
from controller.graph.overlay import GraphReads, Overlay
from controller.graph.store import GraphStore
from controller.plan import Conflict, Decision, EditPlan, Reason, Verdict
from controller.policy import Policy, decide
from controller.protection import BlockList
from controller.questions import affected
from controller.questions.again import plan_again, slot_questions
from controller.questions.diff import GraphDiff
from controller.questions.portability import PortabilityQuestion, portability_questions
from controller.questions.preserved import peers_of_emptied, preserved_questions
from controller.record import EditRecord, now_utc
from controller.screening.request import TripleScreen
from controller.screening.screens import Allowed, Screening, triple_screens
from kg_data.changes import Changes
from kg_data.entities import Entity, EntityChange
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

MOST_PRESERVED = 9_000
"""Preserved questions of a consolidation, divided evenly among the changed slots."""
MOST_WALKED_EACH = 1_000
"""Chains that a consolidation looks at, on average, for each changed slot."""


@dataclass(frozen=True)
class Controller:
    """Plans edits against a knowledge graph.

    Attributes:
        store: the graph; only read.
        book: the relation book.
        policy: the verdicts of findings; by default the policy that comes with OneEdit.
        blocked: protected facts; by default the list that comes with OneEdit.
        screens: checks for harm; by default those that need no model.
        allowed: what reviewers have allowed although a screen finds it.
        record: the past of the graph; without it nothing is known of assertions and earlier edits.
        clock: returns the time, in UTC.
        consequence_limit: maximum number of consequences in a plan.
        seed: seed of the samples; the same graph, facts and seed give the same plan.
        view: what one plan reads in place of the store, see ``GraphStore.near``.
        asks: whether plans have their questions to the model, which take most of the time.
    """

    store: GraphStore
    book: RelationBook
    _: KW_ONLY
    policy: Policy = field(default_factory=Policy.shipped)
    blocked: BlockList = field(default_factory=BlockList.shipped)
    screens: Sequence[TripleScreen] | None = None
    allowed: Allowed | None = None
    record: EditRecord | None = None
    clock: Callable[[], datetime] = now_utc
    consequence_limit: int = 200
    seed: int = 0
    view: GraphReads | None = None
    asks: bool = True

    @property
    def graph(self) -> GraphReads:
        """Return what plans read: the view of one plan, or the store."""
        return self.store if self.view is None else self.view

    def plan(  # noqa: PLR0913  each says something else about the request
        self,
        facts: Sequence[Triple],
        actor: Actor,
        *,
        replaces: Sequence[Triple] = (),
        new_entities: Sequence[Entity] = (),
        assumed: Sequence[Reason] = (),
        base_version: int | None = None,
        complete: bool = False,
    ) -> EditPlan:
        """Return a plan that asserts facts, with the facts they replace and those that follow.

        A blocked plan has no changes and gives the reason; one that needs review has all changes
        for the reviewer to see. A fact that has ended is removed, and recorded as ended.

        Args:
            facts: what should hold; a fact with ``valid_to`` has ended.
            actor: who requests it.
            replaces: facts that the new ones of the same slot replace, for slots with many objects.
            new_entities: classes of names that the graph does not know.
            assumed: what the reader of the message assumed; the policy says who agrees to it.
            base_version: the version that the actor saw; changes of the same slots since then
                block the plan.
            complete: work out all that follows, however much it is.
        """
        if self.view is None:
            nodes = _names((*facts, *replaces))
            return self._near(nodes).plan(
                facts,
                actor,
                replaces=replaces,
                new_entities=new_entities,
                assumed=assumed,
                base_version=base_version,
                complete=complete,
            )
        normalised = _distinct(self._checks.normalise_fact(fact) for fact in facts)
        draft = self._draft(normalised, actor, assumed)
        draft.slots = tuple(dict.fromkeys(fact.slot for fact in normalised))
        draft.replaces = _distinct(self._checks.normalise_fact(fact) for fact in replaces)
        named = (*draft.slots, *(fact.slot for fact in draft.replaces))
        self._checks.check_request(draft, named, base_version=base_version)
        if not draft.blocked:
            self._checks.find_entities(draft, new_entities)
            self._checks.check_facts(draft)
        if not draft.blocked:
            self._checks.resolve_conflicts(draft)
        if not draft.blocked:
            self._checks.screen(draft)
            draft.slots += self._emptied_partner_slots(draft.add, draft.retract)
        return self._finish(draft, complete=complete)

    def plan_forget(
        self,
        slot: Slot,
        obj: str | None,
        actor: Actor,
        *,
        assumed: Sequence[Reason] = (),
        complete: bool = False,
    ) -> EditPlan:
        """Return a plan that removes an object of a slot, or all objects if ``obj`` is None.

        What the reader ``assumed`` counts as in :meth:`plan`.
        """
        if self.view is None:
            near = self._near([slot.subject] if obj is None else [slot.subject, obj])
            return near.plan_forget(slot, obj, actor, assumed=assumed, complete=complete)
        draft = self._draft((), actor, assumed)
        draft.slots = (slot,)
        self._checks.check_request(draft, draft.slots)
        if draft.blocked:
            return self._finish(draft)
        objects = self.graph.objects(slot)
        draft.retract = [Triple(*slot, each) for each in objects if obj in {None, each}]
        if not draft.retract:
            draft.record("nothing", self._describe_slot(slot))
        self._checks.check_retracted(draft)
        self._checks.check_protected(draft, draft.retract)
        draft.slots += self._emptied_partner_slots((), draft.retract)
        after = Overlay(self.graph, retract=rules.removed_together(draft.retract, self.book))
        self._checks.check_left(draft, after)
        self._checks.screen(draft)
        return self._finish(draft, complete=complete)

    def plan_entity_change(self, change: EntityChange, actor: Actor) -> EditPlan:
        """Return a plan that renames, merges, splits or deletes an entity.

        Its questions are about some of the slots that change; with ``graph_only``, it has none.
        """
        if self.view is None:
            nodes = [name for name in (change.entity, change.other) if name]
            return self._near(nodes).plan_entity_change(change, actor)
        draft = self._draft((), actor)
        EntityDrafter(self._checks, self.store.named).fill(draft, change)
        if draft.blocked:
            return self._plan_without_changes(draft, decide(draft.findings, changed=False))
        derivation = self._checks.derive(draft, complete=True)
        self._checks.check_consequences(draft, derivation)
        decision = decide(draft.findings, changed=True)
        if decision.verdict is Verdict.BLOCK:
            return self._plan_without_changes(draft, decision)
        plan = self._plan_of(draft, derivation.after, decision)
        plan = replace(plan, removed_entities=removals(change))
        if change.graph_only or not self.asks:
            return plan
        after = derivation.after
        for entity in draft.entities:
            after.introduce(entity)
        before, facts = before_teaching(after, draft.slots)
        return self._with_questions(plan, GraphDiff(before, after, draft.slots, facts, self.book))

    def plan_changes(
        self, add: Iterable[Triple], retract: Iterable[Triple], actor: Actor
    ) -> EditPlan:
        """Return a plan of exactly these asserted changes and what follows, as for an undo.

        Only dates and functional slots are checked: the facts were active before, but not with
        those of today. Facts that have ended are added to the record, or removed from it.
        """
        add, retract = _distinct(add), _distinct(retract)
        if self.view is None:
            return self._near(_names((*add, *retract))).plan_changes(add, retract, actor)
        facts = tuple(fact for fact in add if not fact.ended and fact not in self.graph)
        draft = self._draft(facts, actor)
        draft.add = list(facts)
        draft.ended = [fact for fact in add if fact.ended]
        draft.retract = [fact for fact in retract if not fact.ended and fact in self.graph]
        draft.forgotten = [fact for fact in retract if fact.ended]
        draft.slots = tuple(fact.slot for fact in (*draft.add, *draft.retract))
        self._checks.check_request(draft, draft.slots)
        if not (draft.slots or draft.ended or draft.forgotten):
            draft.record("nothing", "The graph holds exactly that already.")
        if not draft.blocked:
            removed = rules.removed_together(draft.retract, self.book)
            added = rules.with_partners(draft.add, self.book)
            after = Overlay(self.graph, add=added, retract=removed)
            self._checks.check_room(draft, after)
            self._checks.check_times(draft, after)
            draft.slots += self._emptied_partner_slots(draft.add, draft.retract)
        return self._finish(draft, check=False, complete=True)

    def plan_consolidation(self, changes: Changes, *, chains: int) -> EditPlan:
        """Return a plan of all past changes as one edit of the graph before them.

        The graph has these changes already; the plan provides the questions. They depend only on
        the facts and the seed, not on the order of the edits.

        Args:
            changes: the difference between version 0 and the version of the graph.
            chains: maximum number of consequences in the plan.
        """
        added, removed = sorted(changes.all_added), sorted(changes.all_retracted)
        if self.view is None:
            return self._near(_names((*added, *removed))).plan_consolidation(changes, chains=chains)
        before = Overlay(self.graph, add=removed, retract=added)
        emptied = rules.emptied_partner_slots(changes.asserted, self.graph, self.book)
        slots = tuple(sorted({*(fact.slot for fact in changes.asserted), *emptied}))
        changed = (*added, *removed)
        diff = GraphDiff(before, self.graph, slots, changed, self.book)
        generator = Random(f"{self.seed}:{'; '.join(map(str, changed))}")
        found = affected.consequences(
            diff,
            limit=chains,
            generator=generator,
            even=True,
            most_walked=affected.MOST_WALKED + MOST_WALKED_EACH * len(diff.slots),
        )
        return EditPlan(
            facts=changes.asserted,
            changes=Changes(tuple(added), tuple(removed)),
            decision=Decision(Verdict.APPLY if slots else Verdict.NOTHING),
            targets=affected.targets(diff),
            consequences=found.questions,
            consequence_count=found.count,
            consequences_at_least=found.at_least,
            links=affected.links(diff, found.questions),
            keep=self._preserved_around_slots(diff, generator),
            base_version=self.graph.version,
        )

    def ask_slots(self, slots: Sequence[Slot]) -> tuple[Question, ...]:
        """Return a question about each slot that holds something, with all that it holds."""
        return slot_questions(slots, self.store, self.book)

    def plan_repair(self, slots: Sequence[Slot]) -> EditPlan:
        """Return a plan that teaches the model what some slots hold; no fact changes."""
        graph = self.store.near([slot.subject for slot in slots])
        generator = Random(f"{self.seed}:repair:{'; '.join(map(str, slots))}:{graph.version}")
        return plan_again(
            slots, graph, self.book, limit=self.consequence_limit, generator=generator
        )

    def portability(self, plan: EditPlan) -> tuple[PortabilityQuestion, ...]:
        """Return a sample of questions that show how far an edit reaches.

        They are apart from the plan, because only an edit that is solved is asked them. The graph
        is at the version of the plan.
        """
        added = [fact for fact in plan.changes.all_added if not fact.ended]
        removed = [fact for fact in plan.changes.all_retracted if not fact.ended]
        before = self.store.near(_names((*added, *removed)))
        after = Overlay(before, add=added, retract=removed)
        facts = (*sorted(after.gained), *sorted(after.lost))
        edited = dict.fromkeys(each.slot for each in plan.targets if each.kind is Kind.RELIABILITY)
        diff = GraphDiff(before, after, tuple(edited), facts, self.book)
        words = f"{self.seed}:portability:{'; '.join(map(str, facts))}:{plan.base_version}"
        return portability_questions(diff, generator=Random(words))

    def _preserved_around_slots(self, diff: GraphDiff, generator: Random) -> tuple[Question, ...]:
        """Return the preserved questions of a consolidation, as many around each changed slot."""
        preserved: dict[Question, None] = {}
        for slot in diff.slots:
            share = MOST_PRESERVED // len(diff.slots)
            near = preserved_questions(diff, self.graph, generator=generator, around=[slot])
            near = tuple(generator.sample(near, min(share, len(near))))
            rest = share - len(near)
            peers = peers_of_emptied(
                diff, self.graph, generator=generator, around=[slot], most=rest
            )
            preserved.update(dict.fromkeys((*near, *peers)))
        return tuple(preserved)

    def without_questions(self) -> "Controller":
        """Return this controller for plans without questions, of facts that are not taught."""
        return replace(self, asks=False, screens=self._screens)

    def within(self, view: GraphReads, record: EditRecord | None) -> "Controller":
        """Return this controller for plans that read a view and a past in place of its own."""
        return replace(self, view=view, record=record, screens=self._screens)

    def _near(self, nodes: Iterable[str]) -> "Controller":
        """Return this controller for one plan about some nodes."""
        return replace(self, view=self.store.near(nodes), screens=self._screens)

    @cached_property
    def _screens(self) -> Sequence[TripleScreen]:
        return triple_screens(self.store) if self.screens is None else self.screens

    @cached_property
    def _checks(self) -> DraftChecks:
        screening = Screening(self._screens, self.allowed)
        return DraftChecks(self.graph, self.book, self.blocked, screening, self.record, self.clock)

    def _draft(
        self, facts: tuple[Triple, ...], actor: Actor, assumed: Sequence[Reason] = ()
    ) -> EditDraft:
        draft = EditDraft(facts, actor, self.policy)
        for reason in assumed:
            draft.record(reason.code, reason.text)
        return draft

    def _emptied_partner_slots(
        self, add: Sequence[Triple], retract: Sequence[Triple]
    ) -> tuple[Slot, ...]:
        """Return the slots of the partners of removed facts that are empty after the edit."""
        added = rules.with_partners(add, self.book)
        removed = rules.removed_together(retract, self.book)
        after = Overlay(self.graph, add=added, retract=removed)
        return rules.emptied_partner_slots((*add, *retract), after, self.book)

    def _describe_slot(self, slot: Slot) -> str:
        """Return what the graph holds in a slot as a sentence."""
        if self.graph.entity(slot.subject) is None:
            return f"I know nothing about {slot.subject}."
        noun, objects = self.book[slot.relation].noun, self.graph.objects(slot)
        if not objects:
            return f"I know no {noun} of {slot.subject}."
        return f"As far as I know, the {noun} of {slot.subject} is {', '.join(objects)}."

    def _finish(self, draft: EditDraft, *, check: bool = True, complete: bool = False) -> EditPlan:
        """Return the plan of a draft: derive what follows, check it, decide, add the questions."""
        if draft.blocked:
            return self._plan_without_changes(draft, decide(draft.findings, changed=False))
        derivation = self._checks.derive(draft, complete=complete)
        after = derivation.after
        if check:
            self._checks.check_consequences(draft, derivation)
        changed = bool(after.gained or after.lost or draft.ended or draft.forgotten)
        decision = decide(draft.findings, changed=changed)
        if decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}:
            return self._plan_without_changes(draft, decision)
        plan = self._plan_of(draft, after, decision)
        if derivation.complete and (complete or not self._is_batch(draft, decision)):
            if not self.asks:
                return plan
            facts = (*sorted(after.gained), *sorted(after.lost))
            diff = GraphDiff(self.graph, after, draft.slots, facts, self.book)
            return self._with_questions(plan, diff)
        return replace(plan, complete=False)

    def _is_batch(self, draft: EditDraft, decision: Decision) -> bool:
        """Tell whether a reviewer agrees before the questions of many facts are worked out."""
        return decision.verdict is Verdict.REVIEW and len(draft.facts) > self.policy.limits.facts

    def _plan_of(self, draft: EditDraft, after: Overlay, decision: Decision) -> EditPlan:
        """Return a plan with its changes, without questions."""
        retract = [fact for fact in dict.fromkeys(draft.retract) if fact in after.lost]
        return EditPlan(
            facts=draft.facts,
            changes=Changes(
                added=(*draft.add, *draft.ended),
                retracted=(*self._as_stored(retract), *draft.forgotten),
                derived_added=tuple(sorted(after.gained.difference(draft.add))),
                derived_retracted=self._as_stored(sorted(after.lost.difference(retract))),
            ),
            entities=draft.entities,
            conflicts=self._stored_conflicts(draft),
            decision=decision,
            base_version=self.graph.version,
        )

    def _with_questions(self, plan: EditPlan, diff: GraphDiff) -> EditPlan:
        generator = Random(f"{self.seed}:{'; '.join(map(str, diff.facts))}:{plan.base_version}")
        chains = affected.consequences(diff, limit=self.consequence_limit, generator=generator)
        keep = preserved_questions(diff, self.graph, generator=generator)
        peers = peers_of_emptied(diff, self.graph, around=diff.edited, generator=generator)
        return replace(
            plan,
            targets=affected.targets(diff),
            consequences=chains.questions,
            consequence_count=chains.count,
            consequences_at_least=chains.at_least,
            links=affected.links(diff, chains.questions),
            keep=tuple(dict.fromkeys((*keep, *peers))),
        )

    def _as_stored(self, facts: Iterable[Triple]) -> tuple[Triple, ...]:
        """Return active facts with their dates in the graph, so that an undo restores them."""
        return tuple(
            stored
            for fact in facts
            for stored in self.graph.facts_of(fact.subject)
            if stored == fact
        )

    def _plan_without_changes(self, draft: EditDraft, decision: Decision) -> EditPlan:
        return EditPlan(
            facts=draft.facts,
            decision=decision,
            base_version=self.graph.version,
            conflicts=self._stored_conflicts(draft),
        )

    def _stored_conflicts(self, draft: EditDraft) -> tuple[Conflict, ...]:
        """Return the conflicts with stored facts; other conflicts are only reasons."""
        return tuple(each for each in dict.fromkeys(draft.conflicts) if each.old in self.graph)


def _distinct(facts: Iterable[Triple]) -> tuple[Triple, ...]:
    """Return facts without repetition; the same fact in another period is another one here."""
    return tuple({(fact, fact.valid_from, fact.valid_to): fact for fact in facts}.values())


def _names(facts: Iterable[Triple]) -> list[str]:
    """Return the subjects and objects of facts, each once."""
    return list(dict.fromkeys(name for fact in facts for name in (fact.subject, fact.object)))
