"""Looks at what is asked for and plans it; nothing here writes."""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from random import Random

from controller import conflicts, effects, keeping, rules
from controller.actor import Actor
from controller.change import Change
from controller.checks import Checks, Draft
from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import Conflict, Decision, EditPlan, Verdict
from controller.policy import BlockList, decide
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
        """Plan to make facts stand, with all that gives way to them and follows from them.

        A blocked plan changes nothing and gives the reason; one that needs a review holds the
        whole change for the reviewer to see. A fact that has ended is taken away.
        """
        cleaned = tuple(dict.fromkeys(self._checks.clean(fact) for fact in facts))
        draft = Draft(cleaned, actor, told=tuple(fact.slot for fact in cleaned))
        self._checks.admit(draft, draft.told)
        if not draft.blocked:
            self._checks.screen(draft, new_entities)
        if not draft.blocked:
            self._checks.look(draft)
        if not draft.blocked:
            self._checks.settle(draft)
            ended = [fact for fact in cleaned if fact.ended and fact in draft.retract]
            draft.told += self._emptied(draft.add, ended)
        return self._finish(draft)

    def plan_forget(self, slot: Slot, obj: str | None, actor: Actor) -> EditPlan:
        """Plan to take an object of a slot away, or all of them if ``obj`` is None."""
        draft = Draft((), actor, told=(slot,))
        self._checks.admit(draft, draft.told)
        if draft.blocked:
            return self._finish(draft)
        standing = self.store.objects(slot)
        draft.retract = [Triple(*slot, each) for each in standing if obj in {None, each}]
        if not draft.retract:
            draft.note("nothing", self._known(slot))
        self._checks.protect(draft, draft.retract)
        for fact in draft.retract:
            if rules.follows(self.store, fact, self.book):
                text = conflicts.phrase(fact, self.book)
                draft.note("derived", f"It follows from other facts that {text}; forget those.")
        draft.told += self._emptied((), draft.retract)
        return self._finish(draft)

    def plan_changes(
        self, add: Iterable[Triple], retract: Iterable[Triple], actor: Actor
    ) -> EditPlan:
        """Plan exactly these asserted changes and what follows from them, as an undo does.

        Nothing is settled, checked or screened: the facts have stood before.
        """
        facts = tuple(fact for fact in dict.fromkeys(add) if fact not in self.store)
        draft = Draft(facts, actor, add=list(facts))
        draft.retract = [fact for fact in dict.fromkeys(retract) if fact in self.store]
        draft.told = tuple(fact.slot for fact in (*draft.add, *draft.retract))
        self._checks.admit(draft, draft.told)
        if not draft.told:
            draft.note("nothing", "The graph holds exactly that already.")
        if not draft.blocked:
            draft.told += self._emptied(draft.add, draft.retract)
        return self._finish(draft, check=False)

    def plan_consolidation(
        self, told: Sequence[Triple], came: Sequence[Triple], went: Sequence[Triple], *, chains: int
    ) -> EditPlan:
        """Plan all that edits have changed so far, as one edit of the graph before them.

        The graph holds it already; what counts are the questions. They depend on the facts and
        the seed alone, and not on the order of the edits.

        Args:
            told: the asserted facts that came or went.
            came: every fact that came, derived ones too.
            went: every fact that went, derived ones too.
            chains: how many chains it names at most.
        """
        before = Overlay(self.store, add=went, retract=came)
        emptied = rules.emptied(told, self.store, self.book)
        slots = tuple(sorted({*(fact.slot for fact in told), *emptied}))
        changed = (*sorted(came), *sorted(went))
        change = Change(before, self.store, slots, changed, self.book)
        generator = Random(f"{self.seed}:{'; '.join(map(str, changed))}")
        found, count = effects.consequences(change, limit=chains, generator=generator, even=True)
        return EditPlan(
            facts=tuple(told),
            changes=Changes(tuple(sorted(came)), tuple(sorted(went))),
            decision=Decision(Verdict.APPLY if slots else Verdict.NOTHING),
            targets=effects.targets(change),
            consequences=found,
            consequence_count=count,
            links=effects.links(change, found),
            keep=self._kept(change, generator),
            base_version=self.store.version,
        )

    def _kept(self, change: Change, generator: Random) -> tuple[Question, ...]:
        """Return what a consolidation must leave as it is, as much around each changed slot."""
        kept: dict[Question, None] = {}
        for slot in change.slots:
            share = MOST_KEPT // len(change.slots)
            around = keeping.keep(change, self.store, generator=generator, told=[slot])
            around = tuple(generator.sample(around, min(share, len(around))))
            left = share - len(around)
            others = keeping.still_known(
                change, self.store, generator=generator, told=[slot], most=left
            )
            kept.update(dict.fromkeys((*around, *others)))
        return tuple(kept)

    @cached_property
    def _checks(self) -> Checks:
        return Checks(self.store, self.book, self.blocked, self.screens, self.asserted)

    def _emptied(self, add: Sequence[Triple], retract: Sequence[Triple]) -> tuple[Slot, ...]:
        """Return the slots at the other end of what goes that hold nothing after it."""
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

    def _finish(self, draft: Draft, *, check: bool = True) -> EditPlan:
        """Derive what follows, look at that as well, decide, and put the questions."""
        if draft.blocked:
            return self._unchanged(draft, decide(draft.findings, changed=False))
        after = rules.edited(
            self.store, draft.add, draft.retract, self.book, asserted=self.asserted
        )
        if check:
            self._checks.look_after(draft, after)
        decision = decide(draft.findings, changed=bool(after.gained or after.lost))
        if decision.verdict in {Verdict.BLOCK, Verdict.NOTHING}:
            return self._unchanged(draft, decision)
        return self._with_questions(draft, after, decision)

    def _with_questions(self, draft: Draft, after: Overlay, decision: Decision) -> EditPlan:
        facts = (*sorted(after.gained), *sorted(after.lost))
        change = Change(self.store, after, draft.told, facts, self.book)
        version = self.store.version
        generator = Random(f"{self.seed}:{'; '.join(map(str, facts))}:{version}")
        chains, count = effects.consequences(
            change, limit=self.consequence_limit, generator=generator
        )
        retract = [fact for fact in dict.fromkeys(draft.retract) if fact in after.lost]
        keep = keeping.keep(change, self.store, generator=generator)
        others = keeping.still_known(change, self.store, told=draft.told, generator=generator)
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
            targets=effects.targets(change),
            consequences=chains,
            consequence_count=count,
            links=effects.links(change, chains),
            keep=tuple(dict.fromkeys((*keep, *others))),
            base_version=version,
        )

    def _as_stored(self, facts: Iterable[Triple]) -> tuple[Triple, ...]:
        """Return standing facts with the dates that the graph has, for an undo to bring back."""
        return tuple(
            known for fact in facts for known in self.store.facts_of(fact.subject) if known == fact
        )

    def _unchanged(self, draft: Draft, decision: Decision) -> EditPlan:
        return EditPlan(
            facts=draft.facts,
            decision=decision,
            base_version=self.store.version,
            conflicts=self._conflicts(draft),
        )

    def _conflicts(self, draft: Draft) -> tuple[Conflict, ...]:
        """Return the conflicts with facts that stand; what else was found is a reason only."""
        return tuple(each for each in dict.fromkeys(draft.found) if each.old in self.store)
