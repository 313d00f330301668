"""Many edits that are live at once, and what they do together."""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from random import Random
from statistics import fmean

from controller.graph.lexicon import ALIAS
from controller.graph.paths import Walker
from controller.plan import EditPlan
from editor.evaluation.gate import CONSOLIDATION
from editor.evaluation.report import Report
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.phrases import Split
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case
from oneedit.bench.quality import Answerable, Edited, Quality
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.world import World
from oneedit.edits.consolidate import FEWEST, chain_budget, sampled
from oneedit.edits.trial import followed

PASSAGES = 100
"""Beginnings of other text that the model goes on from, to see whether it still writes."""

EVERY = 100_000
"""Chains of an edit that are looked at, to know all whose answer it changes."""

LENGTH = 64
"""Tokens that it writes after each."""

STRICT = replace(CONSOLIDATION, allowance=0.0)
"""The bars where the patches that a consolidation replaces were never made."""

FIGURES = ("steps_taken", "targets_seen", "anchors_seen", "targets_learned", "anchors_held")
"""What is told of a fit."""


@dataclass(frozen=True)
class Stage:
    """What many live edits came to at one moment.

    Attributes:
        marks: of every question.
        fluency: entropies of what the model writes on, by name; see :mod:`oneedit.bench.fluency`.
    """

    marks: list[ScoredAnswer]
    fluency: dict[str, float]


class Stream(Quality):
    """Makes edits one upon the other, and asks the questions of all of them at the end.

    Args:
        world: in its first state.
        method: name of the method.
        cases: the edits.
    """

    def __init__(self, world: World, method: str, cases: Sequence[Case]) -> None:
        super().__init__(world, method)
        plans = [self.plan(case) for case in cases]
        self._cases = cases
        self._asked = list(map(self.answerable, cases, plans))
        self._prompts = {each.item.prompt for items in self._asked for each in items}
        self._changed: dict[str, Question] = {}
        self._beginnings = self._other_text(plans)
        for case in cases:
            self._note(case)
        self.consolidations: list[float] = []
        self.gates: list[Report] = []
        self.fits: list[Mapping[str, object]] = []
        self._edits: list[Edited] = []
        self._live: list[Patch] = []

    def stacked(self, done: Callable[[], None]) -> Stage:
        """Solve each edit on top of those before it."""
        edits = list[Edited]()
        live = list[Patch]()
        for case in self._cases:
            edited = self.edit(case, self.plan(case), on=live)
            edits.append(edited)
            live += [edited.patch] if edited.patch else []
            self._move(edited)
            done()
        return self._stage(edits, self._still(edits), live)

    def pending(self, done: Callable[[], None], *, count: int = FEWEST) -> Stage:
        """Return the stage in which the last edits lie on top of a consolidation of the others.

        A consolidation is a function of the facts alone, whatever lay under it before, so that
        those in between need not be made.

        Args:
            done: is told of each edit.
            count: edits on top; as many may wait.
        """
        cut = max(0, len(self._cases) - count)
        edits = [self._moved(case, done) for case in self._cases[:cut]]
        request, joint = self._consolidate(edits)
        self._live = [joint] if joint else []
        self._edits = [Edited(each.case, each.plan, request, joint) for each in edits]
        for case in self._cases[cut:]:
            edited = self.edit(case, self.plan(case), on=self._live)
            self._edits.append(edited)
            self._live += [edited.patch] if edited.patch else []
            self._move(edited)
            done()
        return self._stage(self._edits, self._still(self._edits), self._live)

    def consolidated(self, done: Callable[[], None]) -> Stage:
        """Return the stage in which one patch holds all edits, made by :meth:`pending` or not."""
        left = self._cases[len(self._edits) :]
        edits = [*self._edits, *(self._moved(case, done) for case in left)]
        request, joint = self._consolidate(edits, instead_of=self._live)
        whole = [Edited(each.case, each.plan, request, joint) for each in edits]
        return self._stage(whole, self._still(whole), [joint])

    def _moved(self, case: Case, done: Callable[[], None]) -> Edited:
        """Change the graph alone; the model follows with the next consolidation."""
        edited = Edited(case, self.plan(case), EditRequest(()), None)
        self._move(edited)
        done()
        return edited

    def _consolidate(
        self, edits: Sequence[Edited], *, instead_of: Sequence[Patch] = ()
    ) -> tuple[EditRequest, Patch | None]:
        """Fit one patch to all that edits changed, and note whether the product would take it."""
        world = self.world
        asserted = {fact for each in edits for fact in each.plan.changes.asserted}
        changes = world.changes(asserted)
        if not changes.asserted:
            return EditRequest(()), None
        plan = world.controller.plan_consolidation(changes, chains=chain_budget(changes))
        request = EditRequest((*plan.targets, *followed(plan, world.editor, on=[])), plan.keep)
        start = time.perf_counter()
        patch = world.editor.consolidate(request)
        self.consolidations.append(time.perf_counter() - start)
        self.fits.append({name: patch.metadata[name] for name in FIGURES})
        gate = CONSOLIDATION if instead_of else STRICT
        asked = sampled(request)
        self.gates.append(world.editor.check(asked, [patch], instead_of=instead_of, gate=gate))
        return request, patch

    def _still(self, edits: Sequence[Edited]) -> list[list[Answerable]]:
        """Drop the questions whose answer other edits have changed, by the graph of now."""
        kept = [[each for each in items if self._stands(each)] for items in self._asked]
        self.dropped["changed_by_others"] = sum(map(len, self._asked)) - sum(map(len, kept))
        return kept[: len(edits)]

    def _stands(self, asked: Answerable) -> bool:
        question = self._changed.get(asked.item.prompt)
        if question is None:
            return True
        found = Walker(self.world.store, self.world.book).follow(question.subject, question.path)
        return self.world.right([found.answer if found else UNKNOWN], [asked.answer])[0]

    def _move(self, edited: Edited) -> None:
        """Bring the graph to the state after an edit, and note whose answers that changes."""
        self._note(edited.case)
        self.world.move(edited.plan)

    def _note(self, case: Case) -> None:
        """Note which questions have answers that an edit changes, as the graph is now.

        What an edit changes in the first state may be gone before its turn comes: an earlier one
        may have emptied a hop of its chains.
        """
        every = self.plan(case, chains=EVERY)
        for question in (*every.targets, *every.consequences):
            for prompt in self.world.phrases.prompts(question, tuple(Split)):
                if prompt.text in self._prompts:
                    self._changed[prompt.text] = question

    def _stage(
        self,
        edits: Sequence[Edited],
        asked: Sequence[Sequence[Answerable]],
        patches: Sequence[Patch | None],
    ) -> Stage:
        marks = self.score(edits, asked, patches)
        self.world.editor.use([patch for patch in patches if patch is not None])
        fluency = self.fluency()
        self.world.editor.use([])
        return Stage(marks, fluency)

    def fluency(self) -> dict[str, float]:
        """Let the model go on from seeded beginnings about what no edit is about."""
        return entropies(self.world.editor.write(self._beginnings, tokens=LENGTH))

    def _other_text(self, plans: Sequence[EditPlan]) -> list[str]:
        touched = {
            name
            for plan in plans
            for fact in plan.changes.asserted
            for name in (fact.subject, fact.object)
        }
        facts = [
            fact
            for fact in sorted(self.world.first)
            if fact.relation != ALIAS and touched.isdisjoint((fact.subject, fact.object))
        ]
        drawn = Random(0).sample(facts, min(PASSAGES, len(facts)))
        return [self._beginning(fact) for fact in drawn]

    def _beginning(self, fact: Triple) -> str:
        question = Question(fact.subject, (fact.relation,), (fact.object,), Kind.LOCALITY)
        return self.world.phrases.prompts(question, [Split.TEST])[0].text


def entropies(texts: Sequence[Sequence[Hashable]]) -> dict[str, float]:
    """Return the mean entropy of the bigrams and of the trigrams of each text, bits.

    A model that was damaged repeats itself, and both fall (Zhang et al. 2018, arXiv 1809.05972,
    used for edited models by Meng et al. 2022, arXiv 2202.05262).

    Args:
        texts: the tokens of each.
    """
    return {
        "bigram": fmean(_entropy(list(pairwise(text))) for text in texts),
        "trigram": fmean(_entropy(list(pairwise(pairwise(text)))) for text in texts),
    }


def _entropy(grams: Sequence[Hashable]) -> float:
    shares = [count / len(grams) for count in Counter(grams).values()]
    return -sum(share * log2(share) for share in shares)
