"""Run the cases of a file: each edit alone, in several processes, or one upon the other."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

import torch

from editor.editor import default_methods
from editor.errors import UnknownMethod
from editor.evaluation.report import Report
from oneedit.bench.casefile import Case
from oneedit.bench.quality import IN_CONTEXT, UNEDITED, Quality
from oneedit.bench.retention import Retention
from oneedit.bench.scores import ScoredAnswer, StageName
from oneedit.bench.sequence import Stream
from oneedit.bench.world import World, open_world
from oneedit.settings import Settings

PORTION = 10
"""Cases that a process takes at a time; it opens the model anew for each portion."""


@dataclass
class Measurement:
    """What some cases came to; outcomes add up.

    Attributes:
        marks: of every question.
        dropped: questions that do not count, by reason.
        seconds: of every solve.
        pending: the same as ``marks`` before the last consolidation.
        fluency: entropies of the unedited model's text, and of that of each stage.
        consolidations: seconds of each.
        fits: what each came to: steps, examples, and the shares learned and held.
        gates: how each did in the check that decides whether it takes the place of the others.
        back: whether the base weights were there bit for bit after a roll back to version 0;
            None where nothing was rolled back.
    """

    marks: list[ScoredAnswer] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    pending: list[ScoredAnswer] = field(default_factory=list)
    fluency: list[dict[str, float]] = field(default_factory=list)
    consolidations: list[float] = field(default_factory=list)
    fits: list[Mapping[str, object]] = field(default_factory=list)
    gates: list[Report] = field(default_factory=list)
    back: bool | None = None

    def add(self, other: "Measurement") -> None:
        """Take in what other cases came to."""
        self.marks += other.marks
        self.dropped += other.dropped
        self.seconds += other.seconds


def check_method(name: str) -> None:
    """Check that a method can be measured.

    Raises:
        UnknownMethod: no method has this name.
    """
    known = (*(method.name for method in default_methods()), UNEDITED, IN_CONTEXT)
    if name not in known:
        raise UnknownMethod(name, known)


def has_stages(method: str) -> bool:
    """Tell whether a method waits for a consolidation: the default one does."""
    return method == default_methods()[0].name


def measure(cases: Sequence[Case], method: str, settings: Settings) -> Measurement:
    """Make each edit alone on the base model."""
    with _world(settings) as world:
        run = Quality(world, method)
        return Measurement(run.single(cases), run.dropped, run.seconds)


def measure_sequence(
    cases: Sequence[Case],
    method: str,
    settings: Settings,
    *,
    stages: Collection[StageName],
    done: Callable[[], None],
) -> Measurement:
    """Make the edits one upon the other, in this process.

    The default method has its second gear: what it came to after the last consolidation counts,
    and what it came to before stands beside. Each of these stages can be measured alone.
    """
    with _world(settings) as world:
        run = Stream(world, method, cases)
        outcome = Measurement(dropped=run.dropped, seconds=run.seconds, fluency=[run.fluency()])
        if not has_stages(method):
            stage = run.stacked(done)
            outcome.marks = stage.marks
            outcome.fluency.append(stage.fluency)
            return outcome
        if StageName.PENDING in stages:
            stage = run.pending(done)
            outcome.pending = stage.marks
            outcome.fluency.append(stage.fluency)
        if StageName.CONSOLIDATED in stages:
            stage = run.consolidated(done)
            outcome.marks = stage.marks
            outcome.fluency.append(stage.fluency)
        outcome.consolidations, outcome.fits, outcome.gates = (
            run.consolidations,
            run.fits,
            run.gates,
        )
        return outcome


def measure_undos(
    cases: Sequence[Case], count: int, settings: Settings, *, done: Callable[[], None]
) -> Measurement:
    """Take back some of many consolidated edits; ``pending`` is what came before consolidations."""
    with _world(settings) as world:
        base = world.editor.live_hash()
        run = Retention(world, world.editor.methods[0], cases)
        before, after = run.undos(count, done)
        return Measurement(
            after,
            run.dropped,
            run.seconds,
            pending=before,
            consolidations=run.consolidations,
            fits=run.fits,
            gates=run.gates,
            back=world.editor.live_hash() == base,
        )


@contextmanager
def _world(settings: Settings) -> Iterator[World]:
    torch.set_num_threads(settings.threads or torch.get_num_threads())
    world = open_world(settings)
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
    """Share cases among processes, each with its part of the CPU threads.

    Args:
        cases: all cases.
        method: name of the method.
        settings: model, device and threads.
        workers: processes.
        done: is told how many more cases are finished.
    """
    threads = max(1, (settings.threads or torch.get_num_threads()) // workers)
    own = settings.model_copy(update={"threads": threads})
    total = Measurement()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(measure, part, method, own): part for part in _portions(cases)}
        for future in as_completed(running):
            total.add(future.result())
            done(len(running[future]))
    return total


def _portions(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    for start in range(0, len(cases), PORTION):
        yield cases[start : start + PORTION]
