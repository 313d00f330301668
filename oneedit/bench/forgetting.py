"""Draw cases in which a fact is forgotten: nothing may tell it any more, and the rest stays."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

from controller.graph.overlay import Overlay
from controller.graph.store import GraphStore
from controller.plan import EditPlan
from controller.walks import Chain, Walker
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import CHAINS, CHAINS_TRIED, JUDGE, Draw, item

OTHERS_ASKED = 10  # of subjects that the edit does not look at: this relation, and chains over it
OTHERS_TRIED = 40  # to find some of which the model knows it


class Forgetting(Draw):
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
        asked = [
            *self._told(plan, fact),
            *self._nowhere(plan, fact),
            *self._unchanged(plan),
            *self._others(plan, fact),
        ]
        return Case(edit=(*slot, fact.object), forget=True, ask=asked, group="forgotten")

    def _nowhere(self, plan: EditPlan, fact: Triple) -> Iterator[Item]:
        """Yield chains over the fact that the model could follow, and that lead nowhere now."""
        after = Walker(_after(plan, self.world.store), self.world.book)
        lost = [
            chain
            for chain in self._walker.chains_through(fact.slot)
            if after.follow(chain.subject, chain.path) is None
        ]
        for hops, kind in ((2, Kind.ONE_HOP), (3, Kind.TWO_HOP)):
            chains = [_asked(chain, kind) for chain in lost if len(chain.path) == hops]
            for chain in self._known(chains, CHAINS_TRIED)[:CHAINS]:
                yield item(self._split(replace(chain, answers=(UNKNOWN,)))[1], kind)

    def _others(self, plan: EditPlan, fact: Triple) -> Iterator[Item]:
        """Yield the relation of subjects that the plan neither changes nor keeps."""
        after = Walker(_after(plan, self.world.store), self.world.book)
        looked = {question.slot for question in (*plan.targets, *plan.keep)}
        same = (each for each in self.world.store.facts() if each.relation == fact.relation)
        left = sorted({each.slot for each in same} - looked)
        begun = [
            chain
            for slot in self.rng.sample(left, min(len(left), OTHERS_TRIED))
            for chain in self._walker.begun(slot)
            if after.follow(chain.subject, chain.path) == chain
        ]
        for hops in (1, 2):
            chains = [_asked(each, Kind.LOCALITY) for each in begun if len(each.path) == hops]
            for question in self._known(chains, OTHERS_TRIED)[:OTHERS_ASKED]:
                statement, asked = self._split(question)
                yield item(
                    asked if hops > 1 else self.rng.choice((statement, asked)), Kind.LOCALITY
                )

    @property
    def _walker(self) -> Walker:
        return Walker(self.world.store, self.world.book)

    def _known(self, questions: Sequence[Question], most: int) -> list[Question]:
        """Draw some questions, and return those that the model answers rightly."""
        drawn = self.rng.sample(questions, min(len(questions), most))
        return list(compress(drawn, self.world.editor.knows(drawn, on=[])))


def _after(plan: EditPlan, store: GraphStore) -> Overlay:
    gone = (*plan.retract, *plan.derived_retract)
    return Overlay(store, add=plan.derived_add, retract=gone)


def _asked(chain: Chain, kind: Kind) -> Question:
    return Question(chain.subject, chain.path, (chain.answer,), kind, chain.via)
