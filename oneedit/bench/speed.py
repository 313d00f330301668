"""How fast edits are: solved, attached, taken back, and what they cost those who ask.

The work is that of published toolkits: their steps, layers and sampled contexts, one request
after the other and many at once.
"""

import random
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from transformers import PreTrainedModel

from controller.graph.lexicon import ALIAS
from editor.editor import Editor
from editor.method import EditMethod
from editor.methods.anchored.method import Anchored
from editor.methods.grace import Grace, GraceConfig
from editor.methods.locate.memit import Memit, MemitConfig
from editor.methods.locate.rome import Rome, RomeConfig
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.shipped import shipped
from kg_data.triples import Triple
from oneedit.bench.published import first_sentence, learn_published, multilayer_published

LISTS = (1, 10, 100)
"""Lengths of the lists of patches that are attached and taken back."""

REPEATS = 15
SHORT = "Where was Joe Biden born?"
WRITTEN = 32
"""Tokens that each of ``PROMPTS`` prompts has written when generation is timed."""
PROMPTS = 16

KEPT = 100
"""Facts of which some are asked about in the check of an edit."""


ROME = RomeConfig(steps=20, prefixes=20, depth=1 / 3)
"""The published steps and contexts; layer 2 of 6."""

MEMIT = MemitConfig(steps=25, prefixes=5, depth=(0.0, 0.5))
"""The published steps and contexts; layers 0 to 2 of 6."""


def published() -> tuple[EditMethod, ...]:
    """Return methods that do the work of the published toolkits, step by step."""
    return Rome(ROME), Memit(MEMIT), Grace(GraceConfig(steps=100, depth=2 / 3)), Anchored()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What some edits cost.

    Attributes:
        edits: how many.
        seconds: per edit.
        passes: forward passes per edit.
        peak: memory beyond what was held before, MB; of the device on a GPU. 0 if not measured.
    """

    edits: int
    seconds: float
    passes: float
    peak: float = 0.0


@dataclass
class Speed:
    """Measures one editor.

    Attributes:
        editor: a model with the methods of :func:`published`.
        edits: how many edits are made.
    """

    editor: Editor
    edits: int = 10
    _passes: int = field(default=0, init=False)

    def run(self, done: Callable[[str], None]) -> dict[str, object]:
        """Measure everything and return it as plain values.

        Args:
            done: is told what is measured next.
        """
        model: PreTrainedModel = self.editor.model
        model.register_forward_pre_hook(self._count)
        requests = list(self._requests())
        many = EditRequest(tuple(each for request in requests for each in request.targets))
        start = time.perf_counter()
        done("statistics")
        self.editor.solve(requests[0], on=[], method="rome")
        first = time.perf_counter() - start
        solved: dict[str, object] = {}
        for name in ("rome", "memit", "grace", "anchored"):
            done(name)
            work, patches = self._solve(name, requests)
            solved[name] = _row(work)
            if name == "rome":
                ranked = patches
            if name == "grace":
                codes = patches
        done("rome, plainly")
        solved["rome, plainly"] = _row(self._plain([[each] for each in requests], self._rome))
        done("memit, plainly")
        solved["memit, plainly"] = _row(self._plain([[each] for each in requests], self._memit))
        done("memit, one batch, plainly")
        solved["memit, one batch, plainly"] = _row(self._plain([requests], self._memit))
        done("memit, one batch")
        solved["memit, one batch"] = _row(self._solve("memit", [many], edits=len(requests))[0])
        done("lists of patches")
        lists = {str(count): self._lists(ranked, count) for count in LISTS}
        done("generation")
        generation = self._generation(ranked, codes)
        done("answers while edits are solved")
        return {
            "parameters": sum(each.numel() for each in model.parameters()),
            "device": str(model.device),
            "dtype": str(model.dtype),
            "threads": torch.get_num_threads(),
            "first_edit_with_statistics": round(first, 3),
            "solve": solved,
            "lists": lists,
            "generation": generation,
            "answers": self._answers(requests),
        }

    def _count(self, *_: object) -> None:
        self._passes += 1

    def _requests(self) -> Iterator[EditRequest]:
        """Yield edits of shipped facts, each with the object of another fact."""
        rng, book = random.Random(0), RelationBook.shipped()
        facts = [each for each in shipped().facts if _editable(each, book)]
        for fact in rng.sample(facts, self.edits):
            others = [each.object for each in facts if each.relation == fact.relation]
            obj = rng.choice(sorted({*others} - {fact.object}))
            target = Question(fact.subject, (fact.relation,), (obj,), Kind.RELIABILITY)
            yield EditRequest((target,))

    def _solve(
        self, method: str, requests: Sequence[EditRequest], *, edits: int = 0
    ) -> tuple[Work, list[Patch]]:
        edits = edits or len(requests)
        self._passes = 0
        with _peak(self.editor.model.device) as peak:
            start = time.perf_counter()
            patches = [self.editor.solve(each, on=[], method=method) for each in requests]
            seconds = time.perf_counter() - start
        work = Work(edits=edits, seconds=seconds / edits, passes=self._passes / edits, peak=peak[0])
        return work, patches

    def _plain(
        self,
        batches: Sequence[Sequence[EditRequest]],
        solve: Callable[[Sequence[EditRequest]], object],
    ) -> Work:
        """Solve batch after batch without any lever, for a ratio that holds on every machine."""
        self._passes = 0
        edits = sum(map(len, batches))
        start = time.perf_counter()
        for batch in batches:
            solve(batch)
        seconds = (time.perf_counter() - start) / edits
        return Work(edits=edits, seconds=seconds, passes=self._passes / edits)

    def _rome(self, requests: Sequence[EditRequest]) -> None:
        for request in requests:
            workbench = self.editor.workbench_for(request)
            told = first_sentence(request, workbench, prefixes=ROME.prefixes)
            learn_published(told, workbench, layer=workbench.layer_at(ROME.depth), steps=ROME.steps)

    def _memit(self, requests: Sequence[EditRequest]) -> None:
        workbench = self.editor.workbench_for(requests[0])
        layers = MEMIT.layers(workbench)
        told = [first_sentence(each, workbench, prefixes=MEMIT.prefixes) for each in requests]
        shifts = [
            learn_published(each, workbench, layer=layers[-1], steps=MEMIT.steps) for each in told
        ]
        multilayer_published(told, shifts, workbench, layers=layers, penalty=MEMIT.penalty)

    def _lists(self, patches: Sequence[Patch], count: int) -> Mapping[str, float]:
        """Return milliseconds to attach a list, take one of it off, and all."""
        chosen = [patches[index % len(patches)] for index in range(count)]
        times: dict[str, list[float]] = {"attach": [], "detach one": [], "roll back": []}
        for _ in range(REPEATS):
            for name, after in (
                ("attach", chosen),
                ("detach one", chosen[1:]),
                ("roll back", []),
            ):
                start = time.perf_counter()
                self.editor.use(after)
                times[name].append(1000 * (time.perf_counter() - start))
        return {name: round(statistics.median(found), 2) for name, found in times.items()}

    def _generation(self, ranked: Sequence[Patch], codes: Sequence[Patch]) -> Mapping[str, float]:
        """Return tokens a second without patches, and how much slower lists of patches are."""
        states = {"base": [], "weights": list(ranked), "codebook": list(codes)}
        times: dict[str, list[float]] = {name: [] for name in states}
        for _ in range(REPEATS):
            for name, patches in states.items():
                self.editor.use(patches)
                start = time.perf_counter()
                self.editor.write([SHORT] * PROMPTS, tokens=WRITTEN)
                times[name].append(time.perf_counter() - start)
        self.editor.use([])
        best = {name: min(found) for name, found in times.items()}
        return {
            "tokens_per_second": round(PROMPTS * WRITTEN / best["base"], 1),
            "weights": round(best["weights"] / best["base"], 3),
            "codebook": round(best["codebook"] / best["base"], 3),
        }

    def _answers(self, requests: Sequence[EditRequest]) -> Mapping[str, float]:
        """Return milliseconds of a short answer, idle and while edits are solved and checked."""
        kept = _kept()
        idle = [self._ask() for _ in range(40)]
        ended = threading.Event()

        def solve() -> None:
            for request in requests[:3]:
                patch = self.editor.solve(request, on=[], method="anchored")
                self.editor.check(replace(request, keep=kept), [patch], instead_of=[])
            ended.set()

        worker = threading.Thread(target=solve)
        worker.start()
        busy = []
        while not ended.is_set():
            busy.append(self._ask())
            time.sleep(0.05)
        worker.join()
        idle_p95, busy_p95 = _p95(idle), _p95(busy)
        return {
            "idle_p95": round(idle_p95, 1),
            "busy_p95": round(busy_p95, 1),
            "ratio": round(busy_p95 / idle_p95, 2),
        }

    def _ask(self) -> float:
        start = time.perf_counter()
        self.editor.ask(SHORT)
        return 1000 * (time.perf_counter() - start)


def _kept() -> tuple[Question, ...]:
    """Return as many questions to keep as an edit of shipped facts has, about."""
    drawn = random.Random(1).sample(shipped().facts, KEPT)
    facts = (each for each in drawn if not each.ended and each.relation != ALIAS)
    return tuple(Question(f.subject, (f.relation,), (f.object,), Kind.LOCALITY) for f in facts)


def _editable(fact: Triple, book: RelationBook) -> bool:
    relation = book[fact.relation]
    return relation.functional and not relation.literal and not fact.ended


def _row(work: Work) -> Mapping[str, float]:
    return {
        "edits": work.edits,
        "seconds_per_edit": round(work.seconds, 4),
        "edits_per_second": round(1 / work.seconds, 2),
        "passes_per_edit": round(work.passes, 1),
        "peak_mb": round(work.peak, 1),
    }


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


@contextmanager
def _peak(device: torch.device) -> Iterator[list[float]]:
    """Give a list that holds, after the block, the peak of memory beyond what was held, MB."""
    found = [0.0]
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield found
        found[0] = (torch.cuda.max_memory_allocated(device) - before) / 2**20
        return
    ended, held = threading.Event(), _resident()

    def watch() -> None:
        while not ended.wait(0.005):
            found[0] = max(found[0], (_resident() - held) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def _resident() -> float:
    """Return the bytes this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
