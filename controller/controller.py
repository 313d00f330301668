"""Plans what is asked for against the graph; nothing here writes."""

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
from controller.screening import Screen, screens
from kg_data.changes import Changes
from kg_data.entities import Entity
from kg_data.questions import Question
from kg_data.relations import RelationBook
from kg_data.triples import Slot, Triple

MOST_KEPT = 9_000
"""Questions to keep in a consolidation, about as many around each changed slot."""


@dataclass(frozen=True)
class Controller:
    """Plans edits against a knowledge graph.

    Attributes:
        store: the graph; it is only read.
        book: what its relations mean.
        blocked: what nobody may change; by default the list that comes with OneEdit.
        screens: what new names are screened by; by default those that need no model.
        asserted: whether a standing fact was asserted, see :mod:`controller.rules`.
        consequence_limit: how many chains a plan names at most.
        seed: of the samples; the same graph, facts and seed give the same plan.
    """

    store: GraphStore
    book: RelationBook
    _: KW_ONLY
    blocked: BlockList = field(default_factory=BlockList.shipped)
    screens: Sequence[Screen] = field(default_factory=screens)
    asserted: rules.Asserted | None = None
    consequence_limit: int = 200
    seed: int = 0

    def plan(
        self, facts: Sequence[Triple], actor: Actor, *, new_entities: Sequence[Entity] = ()
    ) -> EditPlan:
        """Plan to make facts stand, with what they replace and what follows from them.

        A blocked plan changes nothing and gives the reason; one that needs a review holds the
        whole change for the reviewer to see. A fact that has ended is taken away.
        """
        cleaned = tuple(dict.fromkeys(self._checks.clean(fact) for fact in facts))
        draft = EditDraft(cleaned, actor, slots=tuple(fact.slot for fact in cleaned))
        self._checks.admit(draft, draft.slots)
        if not draft.blocked:
            self._checks.screen(draft, new_entities)
        if not draft.blocked:
            self._checks.check_facts(draft)
        if not draft.blocked:
            self._checks.settle(draft)
            ended = [fact for fact in cleaned if fact.ended and fact in draft.retract]
            draft.slots += self._emptied(draft.add, ended)
        return self._finish(draft)

    def plan_forget(self, slot: Slot, obj: str | None, actor: Actor) -> EditPlan:
        """Plan to take an object of a slot away, or all of them if ``obj`` is None."""
        draft = EditDraft((), actor, slots=(slot,))
        self._checks.admit(draft, draft.slots)
        if draft.blocked:
            return self._finish(draft)
        standing = self.store.objects(slot)
        draft.retract = [Triple(*slot, each) for each in standing if obj in {None, each}]
        if not draft.retract:
            draft.record("nothing", self._known(slot))
        self._checks.protect(draft, draft.retract)
        for fact in draft.retract:
            if rules.follows(self.store, fact, self.book):
                text = conflicts.phrase(fact, self.book)
                draft.record("derived", f"It follows from other facts that {text}; forget those.")
        draft.slots += self._emptied((), draft.retract)
        return self._finish(draft)

    def plan_changes(
        self, add: Iterable[Triple], retract: Iterable[Triple], actor: Actor
    ) -> EditPlan:
        """Plan exactly these asserted changes and what follows from them, as an undo does.

        Nothing is settled, checked or screened: the facts have stood before.
        """
        facts = tuple(fact for fact in dict.fromkeys(add) if fact not in self.store)
        draft = EditDraft(facts, actor, add=list(facts))
        draft.retract = [fact for fact in dict.fromkeys(retract) if fact in self.store]
        draft.slots = tuple(fact.slot for fact in (*draft.add, *draft.retract))
        self._checks.admit(draft, draft.slots)
        if not draft.slots:
            draft.record("nothing", "The graph holds exactly that already.")
        if not draft.blocked:
            draft.slots += self._emptied(draft.add, draft.retract)
        return self._finish(draft, check=False)

    def plan_consolidation(self, changes: Changes, *, chains: int) -> EditPlan:
        """Plan all that edits have changed so far, as one edit of the graph before them.

        The graph holds the changes already; what counts are the questions. They depend on the
        facts and the seed alone, and not on the order of the edits.

        Args:
            changes: the difference between version 0 and the version of the graph.
            chains: how many chains the plan names at most.
        """
        added, removed = sorted(changes.all_added), sorted(changes.all_retracted)
        before = Overlay(self.store, add=removed, retract=added)
        emptied = rules.emptied(changes.asserted, self.store, self.book)
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
            keep=self._kept(diff, generator),
            base_version=self.store.version,
        )

    def _kept(self, diff: GraphDiff, generator: Random) -> tuple[Question, ...]:
        """Return what a consolidation must keep: as many questions around each changed slot."""
        kept: dict[Question, None] = {}
        for slot in diff.slots:
            share = MOST_KEPT // len(diff.slots)
            near = preserved_questions(diff, self.store, generator=generator, around=[slot])
            near = tuple(generator.sample(near, min(share, len(near))))
            left = share - len(near)
            others = peers_of_emptied(
                diff, self.store, generator=generator, around=[slot], most=left
            )
            kept.update(dict.fromkeys((*near, *others)))
        return tuple(kept)

    @cached_property
    def _checks(self) -> DraftChecks:
        return DraftChecks(self.store, self.book, self.blocked, self.screens, self.asserted)

    def _emptied(self, add: Sequence[Triple], retract: Sequence[Triple]) -> tuple[Slot, ...]:
        """Return the slots at the other end of removed facts that hold nothing after it."""
        come, go = (rules.with_partners(facts, self.book) for facts in (add, retract))
        after = Overlay(self.store, add=come, retract=go)
        return rules.emptied((*add, *retract), after, self.book)

    def _known(self, slot: Slot) -> str:
        """Say what the graph has in a slot."""
        if self.store.entity(slot.subject) is None:
            return f"I know nothing about {slot.subject}."
        noun, standing = self.book[slot.relation].noun, self.store.objects(slot)
        if not standing:
            return f"I know no {noun} of {slot.subject}."
        return f"As far as I know, the {noun} of {slot.subject} is {', '.join(standing)}."

    def _finish(self, draft: EditDraft, *, check: bool = True) -> EditPlan:
        """Derive what follows, check that as well, decide, and add the questions."""
        if draft.blocked:
            return self._unchanged(draft, decide(draft.findings, changed=False))
        after = rules.edited(
            self.store, draft.add, draft.retract, self.book, asserted=self.asserted
        )
        if check:
            self._checks.check_consequences(draft, after)
        decision = decide(draft.findings, changed=bool(after.gained or after.lost))
        if decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}:
            return self._unchanged(draft, decision)
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
        others = peers_of_emptied(diff, self.store, around=draft.slots, generator=generator)
        return EditPlan(
            facts=draft.facts,
            changes=Changes(
                added=tuple(draft.add),
                retracted=self._as_stored(retract),
                derived_added=tuple(sorted(after.gained.difference(draft.add))),
                derived_retracted=self._as_stored(sorted(after.lost.difference(retract))),
            ),
            entities=draft.entities,
            conflicts=self._conflicts(draft),
            decision=decision,
            targets=affected.targets(diff),
            consequences=chains,
            consequence_count=count,
            links=affected.links(diff, chains),
            keep=tuple(dict.fromkeys((*keep, *others))),
            base_version=version,
        )

    def _as_stored(self, facts: Iterable[Triple]) -> tuple[Triple, ...]:
        """Return standing facts with the dates that the graph has, for an undo to bring back."""
        return tuple(
            known for fact in facts for known in self.store.facts_of(fact.subject) if known == fact
        )

    def _unchanged(self, draft: EditDraft, decision: Decision) -> EditPlan:
        return EditPlan(
            facts=draft.facts,
            decision=decision,
            base_version=self.store.version,
            conflicts=self._conflicts(draft),
        )

    def _conflicts(self, draft: EditDraft) -> tuple[Conflict, ...]:
        """Return the conflicts with facts that stand; what else was found is a reason only."""
        return tuple(each for each in dict.fromkeys(draft.found) if each.old in self.store)
