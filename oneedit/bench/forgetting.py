"""Draw cases in which a fact is forgotten: nothing may tell it any more, and the rest stays."""

from collections.abc import Iterator
from dataclasses import replace

from controller.graph.overlay import Overlay
from controller.plan import EditPlan
from controller.questions.diff import GraphDiff
from kg_data.questions import UNKNOWN, Kind
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import CHAINS, CHAINS_TRIED, JUDGE, CaseSampler, item

OTHERS_ASKED = 10  # of subjects that the edit does not look at: this relation, and chains over it
OTHERS_TRIED = 40  # to find some of which the model knows it


class ForgetCaseSampler(CaseSampler):
    """Draws facts to forget, each the only one in its slot.

    Chains over the forgotten fact have no answer left and are asked as well. That "I don't know"
    reaches others is looked for where the edit did not look: the relation of subjects that it
    does not keep, asked directly and as the first hop of a chain.
    """

    def _case(self, slot: Slot, *, invented: bool) -> Case | None:  # noqa: ARG002
        objects = self.world.store.objects(slot)
        plan = self.world.controller.plan_forget(slot, None, JUDGE)
        if len(objects) != 1 or not plan.targets:
            return None
        fact = Triple(*slot, objects[0])
        gone = plan.changes.all_retracted
        after = Overlay(self.world.store, add=plan.changes.derived_added, retract=gone)
        diff = GraphDiff(self.world.store, after, (slot,), gone, self.world.book)
        asked = [
            *self._told(plan, fact),
            *self._nowhere(diff, slot),
            *self._unchanged(plan),
            *self._others(diff, plan, slot.relation),
        ]
        return Case(edit=(*slot, fact.object), forget=True, ask=asked, group="forgotten")

    def _nowhere(self, diff: GraphDiff, slot: Slot) -> Iterator[Item]:
        """Yield chains over the slot that the model could follow, and that lead nowhere now."""
        through = diff.walker_before.chains_through(slot)
        lost = [
            each for each in through if diff.walker_after.follow(each.subject, each.path) is None
        ]
        for hops, kind in ((2, Kind.ONE_HOP), (3, Kind.TWO_HOP)):
            chains = [diff.question(each, kind) for each in lost if len(each.path) == hops]
            for chain in self._known(chains, CHAINS_TRIED)[:CHAINS]:
                yield item(self._split(replace(chain, answers=(UNKNOWN,)))[1], kind)

    def _others(self, diff: GraphDiff, plan: EditPlan, relation: str) -> Iterator[Item]:
        """Yield the relation of subjects that the plan neither changes nor keeps."""
        looked = {question.slot for question in (*plan.targets, *plan.keep)}
        same = (each for each in self.world.store.facts() if each.relation == relation)
        left = sorted({each.slot for each in same} - looked)
        started = [
            diff.question(chain, Kind.LOCALITY)
            for slot in self.rng.sample(left, min(len(left), OTHERS_TRIED))
            for chain in diff.walker_before.chains_from(slot)
            if diff.unchanged(chain.subject, chain.path)
        ]
        facts = [each for each in started if not each.chained]
        for question in self._known(facts, OTHERS_TRIED)[:OTHERS_ASKED]:
            yield item(self.rng.choice(self._split(question)), Kind.LOCALITY)
        chains = [each for each in started if len(each.path) == 2]
        for question in self._known(chains, OTHERS_TRIED)[:OTHERS_ASKED]:
            yield item(self._split(question)[1], Kind.LOCALITY)
