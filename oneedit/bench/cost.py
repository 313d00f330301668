"""What an edit costs somebody who waits for it: CPU seconds by stage, alone or on top of others."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles

from editor.patches.patch import Patch
from oneedit.bench.casefile import Case
from oneedit.bench.quality import QualityBenchmark
from oneedit.bench.sequence import consolidation_request
from oneedit.bench.world import World
from oneedit.edits.consolidate import MIN_PENDING
from oneedit.edits.portability import ask_on_trial

STAGES = ("plan", "look", "solve", "check", "besides")
"""Stages of an edit, as its result names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCosts:
    """What one edit cost.

    Attributes:
        edit: subject, relation and new object.
        on_top_of: pending patches below it.
        seconds: CPU seconds of each stage, of all threads.
        steps: of the fit; 0 for a method without.
        passed: whether it passed the gate at its first attempt.
    """

    edit: tuple[str, str, str]
    on_top_of: int
    seconds: dict[str, float]
    steps: int
    passed: bool

    @property
    def total(self) -> float:
        """Return the CPU seconds of all stages."""
        return sum(self.seconds.values())


class CostBenchmark(QualityBenchmark):
    """Carries edits out as a service does, apart from the ledger, and counts CPU seconds.

    Args:
        world: the graph and the model.
        method: name of the method.
    """

    def __init__(self, world: World, method: str) -> None:
        super().__init__(world, method)
        self._clock: dict[str, float] = {}

    def consolidated(self, cases: Sequence[Case], done: Callable[[], None]) -> list[Patch]:
        """Make edits in the graph, and return one patch that teaches them; none for no case."""
        plans = []
        for case in cases:
            plans.append(self.plan(case))
            self.world.apply(plans[-1])
            done()
        request = consolidation_request(self.world, plans) if plans else None
        return [self.world.editor.consolidate(request)] if request else []

    def run(
        self,
        cases: Sequence[Case],
        below: Sequence[Patch],
        *,
        stacked: bool,
        done: Callable[[], None],
    ) -> Iterator[StageCosts]:
        """Yield the cost of each edit.

        Args:
            cases: the edits.
            below: the patches that are live before the first.
            stacked: whether each edit stays for the next ones, until as many are pending as may
                wait for a consolidation; the others are measured on top of these.
            done: called after each edit.
        """
        pending: list[Patch] = []
        for case in cases:
            cost, patch = self._carry_out(case, [*below, *pending], len(pending))
            if stacked and patch is not None and len(pending) < MIN_PENDING:
                self.world.apply(self.plan(case))
                pending.append(patch)
            done()
            yield cost

    def _carry_out(
        self, case: Case, live: Sequence[Patch], pending: int
    ) -> tuple[StageCosts, Patch | None]:
        editor, self._clock = self.world.editor, {}
        with self._stage("plan"):
            plan = self.plan(case)
        with self._stage("look"):
            request = self.request(plan, on=live)
        patch, passed = None, True
        if request.targets:
            with self._stage("solve"):
                patch = editor.solve(request, on=live, method=self.method)
            with self._stage("check"):
                passed = editor.check(request, [*live, patch], instead_of=live).passed
            with self._stage("besides"):
                questions = self.world.controller.portability(plan)
                ask_on_trial(questions, request, editor, below=live, patches=[*live, patch])
        steps = patch.metadata.get("steps_taken", 0) if patch else 0
        cost = StageCosts(
            edit=case.edit,
            on_top_of=pending,
            seconds=dict(self._clock),
            steps=int(str(steps)),
            passed=passed,
        )
        return cost, patch

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.process_time()
        try:
            yield
        finally:
            self._clock[name] = time.process_time() - start


def cost_figures(costs: Sequence[StageCosts]) -> dict[str, object]:
    """Return the median and the 95th percentile in all and by stage, and the peak of memory."""
    figures: dict[str, object] = {
        "edits": len(costs),
        "passed": sum(each.passed for each in costs),
        "total": _percentiles([each.total for each in costs]),
    }
    for stage in STAGES:
        figures[stage] = _percentiles([each.seconds.get(stage, 0.0) for each in costs])
    figures["steps"] = _percentiles([float(each.steps) for each in costs])
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["peak_resident_mib"] = round(kibibytes / 1024)
    return figures


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    top = quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
    return {"p50": round(median(values), 2), "p95": round(min(top, max(values)), 2)}
