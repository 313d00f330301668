"""Draw cases in which a fact is forgotten: nothing may tell it any more, and the rest stays."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

from controller.graph.overlay import Overlay
from controller.plan import EditPlan
from controller.walks import Walker
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Slot, Triple
from oneedit.bench.casefile import Case, Item
from oneedit.bench.cases import CHAINS, CHAINS_TRIED, JUDGE, Draw, item

OTHERS_ASKED = 10  # subjects that the edit does not look at and that keep this relation
OTHERS_TRIED = 40  # to find some of which the model knows it


class Forgetting(Draw):
    """Draws facts to forget, each the only one in its slot.

    A chain over the forgotten fact has no answer left and is asked as well. That "I don't know"
    reaches others is looked for where the edit did not look: the relation of subjects that it
    does not keep.
    """

    def _case(self, slot: Slot, *, invented: bool) -> Case | None:  # noqa: ARG002
        objects = self.world.store.objects(slot)
        plan = self.world.controller.plan_forget(slot, None, JUDGE)
        if len(objects) != 1 or not plan.targets:
            return None
        fact = Triple(*slot, objects[0])
        asked = [
            *self._changed(plan, fact),
            *self._lost(plan, fact),
            *self._unchanged(plan),
            *self._others(plan, fact),
        ]
        return Case(edit=(*slot, fact.object), forget=True, ask=asked, group="forgotten")

    def _lost(self, plan: EditPlan, fact: Triple) -> Iterator[Item]:
        """Yield chains over the fact that the model could follow, and that lead nowhere now."""
        store, book = self.world.store, self.world.book
        gone = (*plan.retract, *plan.derived_retract)
        after = Walker(Overlay(store, add=plan.derived_add, retract=gone), book)
        lost = [
            chain
            for chain in Walker(store, book).chains_through(fact.slot)
            if after.follow(chain.subject, chain.path) is None
        ]
        for hops, kind in ((2, Kind.ONE_HOP), (3, Kind.TWO_HOP)):
            chains = [
                Question(chain.subject, chain.path, (chain.answer,), kind, chain.via)
                for chain in lost
                if len(chain.path) == hops
            ]
            drawn = self.rng.sample(chains, min(len(chains), CHAINS_TRIED))
            known = self.world.editor.knows(drawn, on=[])
            for chain in list(compress(drawn, known))[:CHAINS]:
                yield item(self._split(replace(chain, answers=(UNKNOWN,)))[1], kind)

    def _others(self, plan: EditPlan, fact: Triple) -> Iterator[Item]:
        """Yield the relation of subjects that the plan neither changes nor keeps."""
        looked = {q.slot for q in (*plan.targets, *plan.keep)}
        looked |= {each.slot for each in (*plan.retract, *plan.derived_retract)}
        same = (each for each in self.world.store.facts() if each.relation == fact.relation)
        left = sorted({each.slot for each in same} - looked)
        drawn = self._known(self.rng.sample(left, min(len(left), OTHERS_TRIED)))
        for question in drawn[:OTHERS_ASKED]:
            yield item(self.rng.choice(self._split(question)), Kind.LOCALITY)

    def _known(self, slots: Sequence[Slot]) -> Sequence[Question]:
        store = self.world.store
        asked = [
            Question(slot.subject, (slot.relation,), tuple(store.objects(slot)), Kind.LOCALITY)
            for slot in slots
        ]
        return list(compress(asked, self.world.editor.knows(asked, on=[])))
