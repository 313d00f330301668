"""Run the cases of a file: each edit alone, in several processes, or all in a sequence."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import torch

from editor.errors import UnknownMethod
from editor.evaluation.report import Report
from editor.methods.registry import MethodRegistry
from kg_data.kept_wordings import with_kept_wordings
from kg_data.phrases import Phrases
from oneedit.bench.casefile import Case
from oneedit.bench.quality import IN_CONTEXT, UNEDITED, QualityBenchmark
from oneedit.bench.scores import ScoredAnswer, StageName
from oneedit.bench.sequence import SequenceBenchmark
from oneedit.bench.undo import UndoBenchmark
from oneedit.bench.world import World, open_world
from oneedit.settings import Settings

CHUNK = 10
"""Cases that a process takes at a time; it loads the model anew for each chunk."""


@dataclass
class Measurement:
    """The measurements of some cases.

    Attributes:
        scored: the scored answers to all questions.
        dropped: how many questions are not scored, by reason.
        seconds: of every solve.
        pending: the scored answers before the last consolidation.
        fluency: n-gram entropies of the unedited model's text, and of each stage's.
        consolidations: seconds of each.
        fits: figures of each consolidation: steps, examples, and the shares learned and held.
        gates: the gate's report on each consolidation.
        base_restored: whether the base weights were restored bit for bit once no patch was active;
            None if that was not checked.
    """

    scored: list[ScoredAnswer] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    pending: list[ScoredAnswer] = field(default_factory=list)
    fluency: list[dict[str, float]] = field(default_factory=list)
    consolidations: list[float] = field(default_factory=list)
    fits: list[Mapping[str, object]] = field(default_factory=list)
    gates: list[Report] = field(default_factory=list)
    base_restored: bool | None = None

    def add(self, other: "Measurement") -> None:
        """Add the measurements of other cases."""
        self.scored += other.scored
        self.dropped += other.dropped
        self.seconds += other.seconds


def check_method(name: str) -> None:
    """Check that a method can be measured.

    Raises:
        UnknownMethod: no method has this name.
    """
    known = (*MethodRegistry.shipped().names, UNEDITED, IN_CONTEXT)
    if name not in known:
        raise UnknownMethod(name, known)


def has_stages(method: str) -> bool:
    """Tell whether a method's patches are consolidated: only those of the default one are."""
    return method == MethodRegistry.shipped().default


def measure(cases: Sequence[Case], method: str, settings: Settings) -> Measurement:
    """Measure each edit alone on the base model."""
    with opened_world(settings) as world:
        benchmark = QualityBenchmark(world, method)
        return Measurement(benchmark.run_single(cases), benchmark.dropped, benchmark.seconds)


def measure_sequence(
    cases: Sequence[Case],
    method: str,
    settings: Settings,
    *,
    stages: Collection[StageName],
    done: Callable[[], None],
    kept: Path | None = None,
) -> Measurement:
    """Measure the edits made in a sequence, in this process.

    Patches of the default method are consolidated: ``scored`` is measured after the consolidation
    of all edits, and ``pending`` while the last ones are still pending.

    Args:
        cases: the edits.
        method: name of the method.
        settings: model, device and threads.
        stages: the stages to measure; for the default method only.
        done: called after each edit.
        kept: file of the kept wordings that the cases are asked in.
    """
    with opened_world(settings, kept) as world:
        benchmark = SequenceBenchmark(world, method, cases)
        outcome = Measurement(
            dropped=benchmark.dropped, seconds=benchmark.seconds, fluency=[benchmark.fluency()]
        )
        if not has_stages(method):
            stage = benchmark.run_stacked(done)
            outcome.scored = stage.scored
            outcome.fluency.append(stage.fluency)
            return outcome
        if StageName.PENDING in stages:
            stage = benchmark.run_pending(done)
            outcome.pending = stage.scored
            outcome.fluency.append(stage.fluency)
        if StageName.CONSOLIDATED in stages:
            stage = benchmark.run_consolidated(done)
            outcome.scored = stage.scored
            outcome.fluency.append(stage.fluency)
        outcome.consolidations = benchmark.consolidations
        outcome.fits, outcome.gates = benchmark.fits, benchmark.gates
        return outcome


def measure_undos(
    cases: Sequence[Case], count: int, settings: Settings, *, done: Callable[[], None]
) -> Measurement:
    """Undo some of many consolidated edits; ``pending`` is measured before each consolidation."""
    with opened_world(settings) as world:
        base = world.editor.live_hash()
        benchmark = UndoBenchmark(world, world.editor.methods[0], cases)
        before, after = benchmark.run_undos(count, done)
        return Measurement(
            after,
            benchmark.dropped,
            benchmark.seconds,
            pending=before,
            consolidations=benchmark.consolidations,
            fits=benchmark.fits,
            gates=benchmark.gates,
            base_restored=world.editor.live_hash() == base,
        )


@contextmanager
def opened_world(settings: Settings, kept: Path | None = None) -> Iterator[World]:
    """Open the world of a benchmark for a ``with`` block, on the threads of the settings.

    Args:
        settings: model, device and threads.
        kept: file of kept wordings to ask in.
    """
    torch.set_num_threads(settings.threads or torch.get_num_threads())
    world = open_world(settings)
    if kept is not None:
        world = replace(world, phrases=Phrases(with_kept_wordings(world.book, kept)))
    try:
        yield world
    finally:
        world.editor.close()


def measure_all(
    cases: Sequence[Case],
    method: str,
    settings: Settings,
    *,
    workers: int,
    done: Callable[[int], None],
) -> Measurement:
    """Measure each edit alone, in several processes that share the CPU threads.

    Args:
        cases: all cases.
        method: name of the method.
        settings: model, device and threads.
        workers: how many processes.
        done: called with the number of further finished cases.
    """
    threads = max(1, (settings.threads or torch.get_num_threads()) // workers)
    worker_settings = settings.model_copy(update={"threads": threads})
    total = Measurement()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {
            pool.submit(measure, chunk, method, worker_settings): chunk for chunk in _chunks(cases)
        }
        for future in as_completed(running):
            total.add(future.result())
            done(len(running[future]))
    return total


def _chunks(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), CHUNK):
        yield cases[start : start + CHUNK]
