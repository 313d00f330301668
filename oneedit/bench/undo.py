"""The undo benchmark: undone facts are answered as before, and the other edits keep theirs."""

from collections.abc import Callable, Collection, Sequence
from random import Random

from controller.plan import EditPlan
from editor.patches.patch import Patch
from kg_data.questions import UNKNOWN, Kind
from oneedit.bench.cases import BENCHMARK_ACTOR
from oneedit.bench.quality import CaseEdit, ScoredQuestion
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.sequence import SequenceBenchmark
from oneedit.edits.consolidate import MIN_PENDING
from oneedit.ledger import history

UNDONE, KEPT = "undone", "kept"
"""Rows of the score table."""


class UndoBenchmark(SequenceBenchmark):
    """Undoes edits drawn at random out of many that were consolidated."""

    def run_undos(
        self, count: int, done: Callable[[], None], *, pending: int = MIN_PENDING
    ) -> tuple[list[ScoredAnswer], list[ScoredAnswer]]:
        """Undo edits, and score the answers before and after the consolidations that follow.

        Args:
            count: how many edits are undone, if there are as many that can be.
            done: called after each undo.
            pending: undos between two consolidations; all edits are asked about before and after
                each consolidation.
        """
        edits = [self._edit_graph(case, lambda: None) for case in self._cases]
        _, joint = self._consolidate(edits)
        undoable = self._not_superseded(edits)
        drawn = Random(0).sample(undoable, min(count, len(undoable)))
        before = list[ScoredAnswer]()
        after = list[ScoredAnswer]()
        undone = set[int]()
        for start in range(0, len(drawn), pending):
            live = [joint] if joint else []
            for index in drawn[start : start + pending]:
                live.append(self._undo(edits[index].plan, live))
                undone.add(index)
                done()
            before += self._score_facts(edits, undone, live)
            _, joint = self._consolidate(edits, instead_of=live)
            after += self._score_facts(edits, undone, [joint] if joint else [])
        return before, after

    def _undo(self, plan: EditPlan, live: Sequence[Patch]) -> Patch:
        """Solve the inverse of an edit on top of the live patches, and change the graph."""
        inverse = self.world.controller.plan_changes(
            plan.changes.retracted, plan.changes.added, BENCHMARK_ACTOR
        )
        request = self.request(inverse, on=live)
        patch = self.world.editor.solve(request, on=live, method=self.method)
        self.world.apply(inverse)
        return patch

    def _not_superseded(self, edits: Sequence[CaseEdit]) -> list[int]:
        """Return the indices of edits that no later one supersedes; others cannot be undone."""
        keys_of = [self._keys(edit.plan) for edit in edits]
        last = {key: index for index, keys in enumerate(keys_of) for key in keys}
        return [
            index for index, keys in enumerate(keys_of) if all(last[key] == index for key in keys)
        ]

    def _keys(self, plan: EditPlan) -> Collection[tuple[str, ...]]:
        return history.exclusive_keys(plan.changes, self.world.book)

    def _score_facts(
        self, edits: Sequence[CaseEdit], undone: set[int], live: Sequence[Patch]
    ) -> list[ScoredAnswer]:
        """Ask about the edited fact of every edit, in test wordings, under a list of patches."""
        self.world.editor.use(live)
        scored = list[ScoredAnswer]()
        for index in self._not_superseded(edits):
            slot = self.fact(edits[index].case).slot
            (expected, *_) = self.world.store.objects(slot) or [UNKNOWN]
            row = UNDONE if index in undone else KEPT
            questions = [
                ScoredQuestion(each.question, expected)
                for each in self._questions[index]
                if each.question.kind in {Kind.RELIABILITY, Kind.PARAPHRASE}
            ]
            scored += self._score_row(edits[index], questions, row)
        self.world.editor.use([])
        return scored

    def _score_row(
        self, edit: CaseEdit, questions: Sequence[ScoredQuestion], row: str
    ) -> list[ScoredAnswer]:
        """Ask questions under the live patches, and score them in one row of the table."""
        given = self.world.complete([each.question.prompt for each in questions])
        right = self.world.are_right(given, [each.expected for each in questions])
        return [
            ScoredAnswer(
                row=row,
                group=edit.case.group,
                right=ok,
                taught=False,
                chain_taught=None,
                edit=edit.case.edit,
                prompt=each.question.prompt,
                expected=each.expected,
                given=words,
            )
            for each, words, ok in zip(questions, given, right, strict=True)
        ]
