"""Benchmark of speed: solving, attaching and rolling back edits, and answering meanwhile.

Methods run with the steps, layers and sampled contexts of published toolkits, one request after
the other and many at once.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psutil
import torch
from transformers import PreTrainedModel

from controller.graph.lexicon import ALIAS
from editor.editor import Editor
from editor.generation.generate import continue_prompts
from editor.method import EditMethod
from editor.methods.anchored.method import Anchored
from editor.methods.grace import Grace, GraceConfig
from editor.methods.locate.memit import Memit, MemitConfig
from editor.methods.locate.rome import Rome, RomeConfig
from editor.patches.patch import Patch
from editor.request import EditRequest
from kg_data.questions import Kind, Question
from kg_data.relations import RelationBook
from kg_data.shipped import shipped_dataset
from kg_data.triples import Triple
from oneedit.bench.published import first_sentence, fit_published, multilayer_published

LIST_LENGTHS = (1, 10, 100)
"""Lengths of the lists of patches that are attached and rolled back."""

REPEATS = 15
"""Measurements of each list of patches."""

SHORT_QUESTION = "Where was Joe Biden born?"

PROMPTS, TOKENS_PER_PROMPT = 16, 32
"""Size of the batch whose generation is timed."""

KEPT_FACTS = 100
"""Facts from which an edit's questions to keep are taken."""

ROME = RomeConfig(steps=20, prefixes=20, depth=1 / 3)
"""The published steps and contexts; layer 2 of 6."""

MEMIT = MemitConfig(steps=25, prefixes=5, depth=(0.0, 0.5))
"""The published steps and contexts; layers 0 to 2 of 6."""


def published_methods() -> tuple[EditMethod, ...]:
    """Return methods with the steps, layers and contexts of the published toolkits."""
    return Rome(ROME), Memit(MEMIT), Grace(GraceConfig(steps=100, depth=2 / 3)), Anchored()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCost:
    """Time, forward passes and memory of some edits.

    Attributes:
        edits: their number.
        seconds: per edit.
        passes: forward passes per edit.
        peak: peak memory above that before, MB; of the device on a GPU. 0 if not measured.
    """

    edits: int
    seconds: float
    passes: float
    peak: float = 0.0


@dataclass
class Speed:
    """The benchmark of one editor.

    Attributes:
        editor: a model with the methods of :func:`published_methods`.
        edits: number of edits.
    """

    editor: Editor
    edits: int = 10
    _passes: int = field(default=0, init=False)

    def run(self, progress: Callable[[str], None]) -> dict[str, object]:
        """Measure everything and return it as plain values.

        Args:
            progress: called with the name of each measurement before it starts.
        """
        model: PreTrainedModel = self.editor.model
        model.register_forward_pre_hook(self._count)
        requests = list(self._requests())
        many = EditRequest(tuple(each for request in requests for each in request.targets))
        start = time.perf_counter()
        progress("statistics")
        self.editor.solve(requests[0], on=[], method="rome")
        first = time.perf_counter() - start
        solved: dict[str, object] = {}
        patches: dict[str, list[Patch]] = {}
        for name in ("rome", "memit", "grace", "anchored"):
            progress(name)
            cost, patches[name] = self._solve(name, requests)
            solved[name] = _row(cost)
        one_by_one = [[request] for request in requests]
        progress("rome, plainly")
        solved["rome, plainly"] = _row(self._reference(one_by_one, self._rome))
        progress("memit, plainly")
        solved["memit, plainly"] = _row(self._reference(one_by_one, self._memit))
        progress("memit, one batch, plainly")
        solved["memit, one batch, plainly"] = _row(self._reference([requests], self._memit))
        progress("memit, one batch")
        solved["memit, one batch"] = _row(self._solve("memit", [many], edits=len(requests))[0])
        progress("lists of patches")
        lists = {str(count): self._patch_list(patches["rome"], count) for count in LIST_LENGTHS}
        progress("generation")
        generation = self._generation(patches["rome"], patches["grace"])
        progress("answers while edits are solved")
        return {
            "parameters": sum(each.numel() for each in model.parameters()),
            "device": str(model.device),
            "dtype": str(model.dtype),
            "threads": torch.get_num_threads(),
            "first_edit_with_statistics": round(first, 3),
            "solve": solved,
            "lists": lists,
            "generation": generation,
            "answers": self._answer_times(requests),
        }

    def _count(self, *_: object) -> None:
        self._passes += 1

    def _requests(self) -> Iterator[EditRequest]:
        """Yield edits of shipped facts, each with the object of another fact."""
        rng, book = random.Random(0), RelationBook.shipped()
        facts = [each for each in shipped_dataset().facts if _editable(each, book)]
        for fact in rng.sample(facts, self.edits):
            others = [each.object for each in facts if each.relation == fact.relation]
            obj = rng.choice(sorted({*others} - {fact.object}))
            target = Question(fact.subject, (fact.relation,), (obj,), Kind.RELIABILITY)
            yield EditRequest((target,))

    def _solve(
        self, method: str, requests: Sequence[EditRequest], *, edits: int = 0
    ) -> tuple[EditCost, list[Patch]]:
        """Solve requests one after the other, and return their cost and their patches."""
        edits = edits or len(requests)
        self._passes = 0
        with _peak(self.editor.model.device) as peak:
            start = time.perf_counter()
            patches = [self.editor.solve(each, on=[], method=method) for each in requests]
            seconds = time.perf_counter() - start
        passes = self._passes / edits
        cost = EditCost(edits=edits, seconds=seconds / edits, passes=passes, peak=peak[0])
        return cost, patches

    def _reference(
        self,
        batches: Sequence[Sequence[EditRequest]],
        solve: Callable[[Sequence[EditRequest]], object],
    ) -> EditCost:
        """Run a reference implementation, for a ratio that depends little on the machine."""
        self._passes = 0
        edits = sum(map(len, batches))
        start = time.perf_counter()
        for batch in batches:
            solve(batch)
        seconds = (time.perf_counter() - start) / edits
        return EditCost(edits=edits, seconds=seconds, passes=self._passes / edits)

    def _rome(self, requests: Sequence[EditRequest]) -> None:
        for request in requests:
            workbench = self.editor.workbench_for(request)
            layer = workbench.layer_at(ROME.depth)
            sentence = first_sentence(request, workbench, prefixes=ROME.prefixes)
            fit_published(sentence, workbench, layer=layer, steps=ROME.steps)

    def _memit(self, requests: Sequence[EditRequest]) -> None:
        workbench = self.editor.workbench_for(requests[0])
        layers = MEMIT.layers(workbench)
        sentences = [first_sentence(each, workbench, prefixes=MEMIT.prefixes) for each in requests]
        shifts = [
            fit_published(each, workbench, layer=layers[-1], steps=MEMIT.steps)
            for each in sentences
        ]
        multilayer_published(sentences, shifts, workbench, layers=layers, penalty=MEMIT.penalty)

    def _patch_list(self, patches: Sequence[Patch], count: int) -> Mapping[str, float]:
        """Return milliseconds to attach a list of patches, detach one of them, and all."""
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

    def _write(self, prompts: Sequence[str], *, tokens: int) -> None:
        """Let the model write tokens after each prompt."""
        job = continue_prompts(self.editor.model, self.editor.encoder, prompts, tokens=tokens)
        self.editor.run(job)

    def _generation(
        self, weight_patches: Sequence[Patch], codebooks: Sequence[Patch]
    ) -> Mapping[str, float]:
        """Return tokens per second without patches, and relative times with lists of patches."""
        states = {"base": [], "weights": list(weight_patches), "codebook": list(codebooks)}
        times: dict[str, list[float]] = {name: [] for name in states}
        for _ in range(REPEATS):
            for name, patches in states.items():
                self.editor.use(patches)
                start = time.perf_counter()
                self._write([SHORT_QUESTION] * PROMPTS, tokens=TOKENS_PER_PROMPT)
                times[name].append(time.perf_counter() - start)
        self.editor.use([])
        best = {name: min(found) for name, found in times.items()}
        return {
            "tokens_per_second": round(PROMPTS * TOKENS_PER_PROMPT / best["base"], 1),
            "weights": round(best["weights"] / best["base"], 3),
            "codebook": round(best["codebook"] / best["base"], 3),
        }

    def _answer_times(self, requests: Sequence[EditRequest]) -> Mapping[str, float]:
        """Return milliseconds of a short answer, idle and while edits are solved and checked."""
        keep = _kept_questions()
        idle = [self._ask() for _ in range(40)]
        ended = threading.Event()
        worker = threading.Thread(target=self._solve_and_check, args=(requests[:3], keep, ended))
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

    def _solve_and_check(
        self, requests: Sequence[EditRequest], keep: tuple[Question, ...], ended: threading.Event
    ) -> None:
        """Solve edits, check them with questions to keep, and set the event at the end."""
        for request in requests:
            patch = self.editor.solve(request, on=[], method="anchored")
            self.editor.check(replace(request, keep=keep), [patch], instead_of=[])
        ended.set()

    def _ask(self) -> float:
        """Return the milliseconds of a short answer."""
        start = time.perf_counter()
        self.editor.ask(SHORT_QUESTION)
        return 1000 * (time.perf_counter() - start)


def _kept_questions() -> tuple[Question, ...]:
    """Return about as many questions to keep as an edit of shipped facts has."""
    drawn = random.Random(1).sample(shipped_dataset().facts, KEPT_FACTS)
    facts = (each for each in drawn if not each.ended and each.relation != ALIAS)
    return tuple(Question(f.subject, (f.relation,), (f.object,), Kind.LOCALITY) for f in facts)


def _editable(fact: Triple, book: RelationBook) -> bool:
    relation = book[fact.relation]
    return relation.functional and not relation.literal and not fact.ended


def _row(cost: EditCost) -> Mapping[str, float]:
    return {
        "edits": cost.edits,
        "seconds_per_edit": round(cost.seconds, 4),
        "edits_per_second": round(1 / cost.seconds, 2),
        "passes_per_edit": round(cost.passes, 1),
        "peak_mb": round(cost.peak, 1),
    }


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


@contextmanager
def _peak(device: torch.device) -> Iterator[list[float]]:
    """Yield a list that holds, after the block, the peak memory above that before it, MB."""
    peak = [0.0]
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        yield peak
        peak[0] = (torch.cuda.max_memory_allocated(device) - before) / 2**20
        return
    process = psutil.Process()
    ended, resident = threading.Event(), process.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.005):
            peak[0] = max(peak[0], (process.memory_info().rss - resident) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
