"""The sequence benchmark: many edits that are active at the same time."""

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
from editor.generation.generate import continue_prompts
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.phrases import EDIT_SPLITS, Split
from kg_data.questions import UNKNOWN, Kind, Question
from kg_data.triples import Triple
from oneedit.bench.casefile import Case
from oneedit.bench.cases import ALL_CHAINS
from oneedit.bench.quality import CaseEdit, QualityBenchmark, ScoredQuestion
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.world import World
from oneedit.edits.consolidate import MIN_PENDING, chain_budget, sampled
from oneedit.edits.trial import followed

FLUENCY_PROMPTS = 100
"""Prompts about other facts, on whose continuations fluency is measured."""

FLUENCY_TOKENS = 64
"""Tokens of each continuation."""

STRICT_GATE = replace(CONSOLIDATION, allowance=0.0)
"""The gate of a consolidation that replaces no patches."""

FIT_FIGURES = ("steps_taken", "targets_seen", "anchors_seen", "targets_learned", "anchors_held")
"""Entries of a patch's metadata that are reported for each consolidation."""


@dataclass(frozen=True)
class StageResult:
    """The measurements at one stage of a sequence of edits.

    Attributes:
        scored: the scored answers to all questions.
        fluency: n-gram entropies of generated text, bits; see :func:`ngram_entropies`.
    """

    scored: list[ScoredAnswer]
    fluency: dict[str, float]


class SequenceBenchmark(QualityBenchmark):
    """Makes all edits in a sequence, and asks the questions of all of them at the end.

    Args:
        world: the graph and the model before any edit.
        method: name of the method.
        cases: the edits.
    """

    def __init__(self, world: World, method: str, cases: Sequence[Case]) -> None:
        super().__init__(world, method)
        plans = [self.plan(case) for case in cases]
        self._cases = cases
        self._questions = list(map(self.scored_questions, cases, plans))
        self._prompts = {each.question.prompt for asked in self._questions for each in asked}
        self._changed: dict[str, Question] = {}
        self._fluency_prompts = self._unrelated_prompts(plans)
        for case in cases:
            self._note_changed_prompts(case)
        self.consolidations: list[float] = []
        self.gates: list[Report] = []
        self.fits: list[Mapping[str, object]] = []
        self._edits: list[CaseEdit] = []
        self._live: list[Patch] = []

    def run_stacked(self, done: Callable[[], None]) -> StageResult:
        """Solve each edit on top of the earlier ones, and measure.

        Args:
            done: called after each edit.
        """
        edits = list[CaseEdit]()
        live = list[Patch]()
        for case in self._cases:
            edit = self.solve(case, self.plan(case), on=live)
            edits.append(edit)
            live += [edit.patch] if edit.patch else []
            self._apply(edit)
            done()
        return self._measure(edits, self._unchanged_questions(edits), live)

    def run_pending(self, done: Callable[[], None], *, count: int = MIN_PENDING) -> StageResult:
        """Measure the last edits, solved one by one on top of a consolidation of the others.

        The others change only the graph before they are consolidated: a consolidation depends on
        the facts alone, not on the patches that it replaces.

        Args:
            done: called after each edit.
            count: edits on top; by default as many as never make a consolidation due.
        """
        cut = max(0, len(self._cases) - count)
        edits = [self._edit_graph(case, done) for case in self._cases[:cut]]
        request, joint = self._consolidate(edits)
        self._live = [joint] if joint else []
        self._edits = [CaseEdit(each.case, each.plan, request, joint) for each in edits]
        for case in self._cases[cut:]:
            edit = self.solve(case, self.plan(case), on=self._live)
            self._edits.append(edit)
            self._live += [edit.patch] if edit.patch else []
            self._apply(edit)
            done()
        return self._measure(self._edits, self._unchanged_questions(self._edits), self._live)

    def run_consolidated(self, done: Callable[[], None]) -> StageResult:
        """Measure one patch that holds all edits, those of :meth:`run_pending` included.

        Args:
            done: called after each edit that was not made before.
        """
        left = self._cases[len(self._edits) :]
        edits = [*self._edits, *(self._edit_graph(case, done) for case in left)]
        request, joint = self._consolidate(edits, instead_of=self._live)
        consolidated = [CaseEdit(each.case, each.plan, request, joint) for each in edits]
        return self._measure(consolidated, self._unchanged_questions(consolidated), [joint])

    def _edit_graph(self, case: Case, done: Callable[[], None]) -> CaseEdit:
        """Make an edit in the graph only; the next consolidation teaches it to the model."""
        edit = CaseEdit(case, self.plan(case), EditRequest(()), None)
        self._apply(edit)
        done()
        return edit

    def _consolidate(
        self, edits: Sequence[CaseEdit], *, instead_of: Sequence[Patch] = ()
    ) -> tuple[EditRequest, Patch | None]:
        """Fit one patch to all that the edits changed, and record the gate's report on it."""
        world = self.world
        request = consolidation_request(world, [edit.plan for edit in edits])
        if request is None:
            return EditRequest(()), None
        start = time.perf_counter()
        patch = world.editor.consolidate(request)
        self.consolidations.append(time.perf_counter() - start)
        self.fits.append({name: patch.metadata[name] for name in FIT_FIGURES})
        gate = CONSOLIDATION if instead_of else STRICT_GATE
        checked = sampled(request)
        self.gates.append(world.editor.check(checked, [patch], instead_of=instead_of, gate=gate))
        return request, patch

    def _unchanged_questions(self, edits: Sequence[CaseEdit]) -> list[list[ScoredQuestion]]:
        """Return each edit's questions without those whose answer other edits have changed."""
        unchanged = [[each for each in asked if self._holds(each)] for asked in self._questions]
        dropped = sum(map(len, self._questions)) - sum(map(len, unchanged))
        self.dropped["changed_by_others"] = dropped
        return unchanged[: len(edits)]

    def _holds(self, asked: ScoredQuestion) -> bool:
        """Tell whether the expected answer is the one that follows from the current graph."""
        question = self._changed.get(asked.question.prompt)
        if question is None:
            return True
        chain = Walker(self.world.store, self.world.book).follow(question.subject, question.path)
        return self.world.are_right([chain.answer if chain else UNKNOWN], [asked.expected])[0]

    def _apply(self, edit: CaseEdit) -> None:
        """Make an edit in the graph, and note the prompts whose answers it changes."""
        self._note_changed_prompts(edit.case)
        self.world.apply(edit.plan)

    def _note_changed_prompts(self, case: Case) -> None:
        """Note the prompts of all cases whose answers an edit changes on the current graph.

        It is called for the base graph and again when the edit is made: an edit in between may
        change what its chains pass through.
        """
        plan = self.plan(case, chains=ALL_CHAINS)
        for question in (*plan.targets, *plan.consequences):
            for prompt in self.world.phrases.prompts(question, (*EDIT_SPLITS, Split.KEPT)):
                if prompt.text in self._prompts:
                    self._changed[prompt.text] = question

    def _measure(
        self,
        edits: Sequence[CaseEdit],
        questions: Sequence[Sequence[ScoredQuestion]],
        patches: Sequence[Patch | None],
    ) -> StageResult:
        scored = self.score(edits, questions, patches)
        self.world.editor.use([patch for patch in patches if patch is not None])
        fluency = self.fluency()
        self.world.editor.use([])
        return StageResult(scored, fluency)

    def fluency(self) -> dict[str, float]:
        """Return the n-gram entropies of continuations of prompts that no edit is about."""
        editor = self.world.editor
        job = continue_prompts(
            editor.model, editor.encoder, self._fluency_prompts, tokens=FLUENCY_TOKENS
        )
        continuations = editor.run(job)
        return ngram_entropies(continuations)

    def _unrelated_prompts(self, plans: Sequence[EditPlan]) -> list[str]:
        """Draw statements about base facts that share no entity with an edit."""
        edited = {
            name
            for plan in plans
            for fact in plan.changes.asserted
            for name in (fact.subject, fact.object)
        }
        facts = [
            fact
            for fact in sorted(self.world.base_facts)
            if fact.relation != ALIAS and edited.isdisjoint((fact.subject, fact.object))
        ]
        drawn = Random(0).sample(facts, min(FLUENCY_PROMPTS, len(facts)))
        return [self._statement_prompt(fact) for fact in drawn]

    def _statement_prompt(self, fact: Triple) -> str:
        question = Question(fact.subject, (fact.relation,), (fact.object,), Kind.LOCALITY)
        return self.world.phrases.prompts(question, [Split.TEST])[0].text


def consolidation_request(world: World, plans: Sequence[EditPlan]) -> EditRequest | None:
    """Return what one patch must teach and keep for edits made in the graph; None for nothing."""
    asserted = {fact for plan in plans for fact in plan.changes.asserted}
    changes = world.changes(asserted)
    if not changes.asserted:
        return None
    plan = world.controller.plan_consolidation(changes, chains=chain_budget(changes))
    return EditRequest((*plan.targets, *followed(plan, world.editor, on=[])), plan.keep)


def ngram_entropies(texts: Sequence[Sequence[Hashable]]) -> dict[str, float]:
    """Return the mean entropy of the bigrams and of the trigrams of each text, bits.

    A damaged model repeats itself, and both fall (Zhang et al. 2018, arXiv 1809.05972, used for
    edited models by Meng et al. 2022, arXiv 2202.05262).

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
