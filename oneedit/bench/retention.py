"""What undos leave: facts taken back answer as before, and the others keep theirs."""

from collections.abc import Callable, Collection, Sequence
from random import Random

from controller.plan import EditPlan
from editor.patches.patch import Patch
from kg_data.questions import UNKNOWN, Kind
from oneedit.bench.cases import JUDGE
from oneedit.bench.quality import Answerable, Edited
from oneedit.bench.scores import ScoredAnswer
from oneedit.bench.sequence import Stream
from oneedit.edits.consolidate import FEWEST
from oneedit.ledger import history

UNDONE, KEPT = "undone", "kept"
"""Rows of the table."""


class Retention(Stream):
    """Takes edits back at random, out of many that were consolidated."""

    def undos(
        self, count: int, done: Callable[[], None], *, pending: int = FEWEST
    ) -> tuple[list[ScoredAnswer], list[ScoredAnswer]]:
        """Return what is answered before the consolidations that follow undos, and after them.

        As many undos as may wait come between two consolidations; the others are asked about
        then as well.

        Args:
            count: how many edits are taken back, if so many can be.
            done: is told of each.
            pending: undos between two consolidations.
        """
        edits = [self._moved(case, lambda: None) for case in self._cases]
        _, joint = self._consolidate(edits)
        standing = self._last_of_their_slot(edits)
        chosen = Random(0).sample(standing, min(count, len(standing)))
        before = list[ScoredAnswer]()
        after = list[ScoredAnswer]()
        undone = set[int]()
        for start in range(0, len(chosen), pending):
            live = [joint] if joint else []
            for number in chosen[start : start + pending]:
                live += self._take_back(edits[number].plan, live)
                undone.add(number)
                done()
            before += self._ask_about(edits, undone, live)
            _, joint = self._consolidate(edits, instead_of=live)
            after += self._ask_about(edits, undone, [joint] if joint else [])
        return before, after

    def _take_back(self, plan: EditPlan, live: Sequence[Patch]) -> list[Patch]:
        back = self.world.controller.plan_changes(plan.changes.retracted, plan.changes.added, JUDGE)
        request = self.request(back, on=live)
        patch = self.world.editor.solve(request, on=live, method=self.method)
        self.world.move(back)
        return [patch]

    def _last_of_their_slot(self, edits: Sequence[Edited]) -> list[int]:
        """Return the edits that no later one has overruled; others cannot be undone."""
        touched = [self._touched(each.plan) for each in edits]
        last = {key: number for number, keys in enumerate(touched) for key in keys}
        return [
            number
            for number, keys in enumerate(touched)
            if all(last[key] == number for key in keys)
        ]

    def _touched(self, plan: EditPlan) -> Collection[tuple[str, ...]]:
        return history.touched(plan.changes, self.world.book)

    def _ask_about(
        self, edits: Sequence[Edited], undone: set[int], live: Sequence[Patch]
    ) -> list[ScoredAnswer]:
        """Ask about the told fact of every edit, in test wordings."""
        self.world.editor.use(live)
        marks = list[ScoredAnswer]()
        for number in self._last_of_their_slot(edits):
            slot = self.fact(edits[number].case).slot
            (answer, *_) = self.world.store.objects(slot) or [UNKNOWN]
            row = UNDONE if number in undone else KEPT
            asked = [
                Answerable(each.item, answer)
                for each in self._asked[number]
                if each.item.kind in {Kind.RELIABILITY, Kind.PARAPHRASE}
            ]
            marks += self.marked(edits[number], asked, row)
        self.world.editor.use([])
        return marks

    def marked(self, edited: Edited, asked: Sequence[Answerable], row: str) -> list[ScoredAnswer]:
        """Return how questions are answered now, as marks of one row."""
        given = self.world.editor.ask_all([each.item.prompt for each in asked])
        right = self.world.right(given, [each.answer for each in asked])
        return [
            ScoredAnswer(
                row=row,
                group=edited.case.group,
                right=ok,
                taught=False,
                chain_taught=None,
                edit=edited.case.edit,
                prompt=each.item.prompt,
                expected=each.answer,
                given=words,
            )
            for each, words, ok in zip(asked, given, right, strict=True)
        ]
