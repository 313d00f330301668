"""Draw cases of forgetting: no answer may state the fact any more, and all others stay."""

from collections.abc import Iterator
from dataclasses import replace

from controller.graph.overlay import Overlay
from controller.plan import EditPlan
from controller.questions.diff import GraphDiff
from kg_data.questions import UNKNOWN, Kind
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, CaseQuestion
from oneedit.bench.cases import BENCHMARK_ACTOR, CHAINS, CHAINS_TRIED, CaseSampler, case_question

UNLISTED_ASKED = 10  # facts, and chains over them, of subjects that the plan does not list
UNLISTED_TRIED = 40  # of each, to find some that the model knows


class ForgetCaseSampler(CaseSampler):
    """Draws facts to forget, each the only one in its slot.

    Chains over the forgotten fact are asked too: they have no answer any more. Whether
    "I don't know" spreads to other subjects is measured on those that the plan does not list: the
    relation is asked of them directly and as the first hop of a chain.
    """

    def _draw_case(self, slot: Slot, *, invented: bool) -> Case | None:  # noqa: ARG002
        objects = self.world.store.objects(slot)
        plan = self.world.controller.plan_forget(slot, None, BENCHMARK_ACTOR)
        if len(objects) != 1 or not plan.targets:
            return None
        fact = Triple(*slot, objects[0])
        removed = plan.changes.all_retracted
        after = Overlay(self.world.store, add=plan.changes.derived_added, retract=removed)
        diff = GraphDiff(self.world.store, after, (slot,), removed, self.world.book)
        questions = [
            *self._target_questions(plan, fact),
            *self._lost_chain_questions(diff, slot),
            *self._kept_questions(plan),
            *self._unlisted_questions(diff, plan, slot.relation),
        ]
        return Case(edit=(*slot, fact.object), forget=True, ask=questions, group="forgotten")

    def _lost_chain_questions(self, diff: GraphDiff, slot: Slot) -> Iterator[CaseQuestion]:
        """Yield chains over the slot that the model knew, and that have no answer any more."""
        through = diff.walker_before.chains_through(slot)
        lost = [
            chain
            for chain in through
            if diff.walker_after.follow(chain.subject, chain.path) is None
        ]
        for hops, kind in ((2, Kind.ONE_HOP), (3, Kind.TWO_HOP)):
            chains = [diff.question(each, kind) for each in lost if len(each.path) == hops]
            for chain in self._known_questions(chains, CHAINS_TRIED)[:CHAINS]:
                yield case_question(self._test_prompts(replace(chain, answers=(UNKNOWN,)))[1], kind)

    def _unlisted_questions(
        self, diff: GraphDiff, plan: EditPlan, relation: str
    ) -> Iterator[CaseQuestion]:
        """Yield the relation of subjects that the plan neither changes nor keeps."""
        listed = {question.slot for question in (*plan.targets, *plan.keep)}
        same = (each for each in self.world.store.facts() if each.relation == relation)
        unlisted = sorted({each.slot for each in same} - listed)
        questions = [
            diff.question(chain, Kind.LOCALITY)
            for slot in self.rng.sample(unlisted, min(len(unlisted), UNLISTED_TRIED))
            for chain in diff.walker_before.chains_from(slot)
            if diff.unchanged(chain.subject, chain.path)
        ]
        facts = [each for each in questions if not each.chained]
        for question in self._known_questions(facts, UNLISTED_TRIED)[:UNLISTED_ASKED]:
            yield case_question(self.rng.choice(self._test_prompts(question)), Kind.LOCALITY)
        chains = [each for each in questions if len(each.path) == 2]
        for question in self._known_questions(chains, UNLISTED_TRIED)[:UNLISTED_ASKED]:
            yield case_question(self._test_prompts(question)[1], Kind.LOCALITY)
