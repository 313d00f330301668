"""The editor: all that the rest of OneEdit sees of the model."""

import hashlib
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from threading import Event
from typing import cast

import torch
from transformers import PreTrainedModel

from editor.errors import UnknownMethod
from editor.evaluation.checks import WordedQuestion, answering, asked
from editor.evaluation.gate import EDIT, GateConfig, judge
from editor.evaluation.report import Answer, Report
from editor.generation.batcher import Batcher
from editor.generation.generate import Completion, CompletionRequest, generating, write_on
from editor.method import EditMethod
from editor.methods.anchored.joint import Joint
from editor.methods.anchored.method import CAREFUL, Anchored
from editor.methods.ft_m import FtM
from editor.methods.grace import Grace
from editor.methods.locate.alphaedit import AlphaEdit
from editor.methods.locate.memit import Memit
from editor.methods.locate.rome import Rome
from editor.model.host import ModelHost, Result
from editor.model.layout import layer_count, layout_of
from editor.model.loading import load, tokens_of_a_pass
from editor.model.vocabulary import indistinct_tokens
from editor.patches.export import save_lora, save_model, save_patch
from editor.patches.exported import Exported, ExportFormat
from editor.patches.patch import Patch
from editor.patches.weights import PatchedWeights
from editor.request import EditRequest
from editor.statistics.statistics import Statistics
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from kg_data.phrases import Phrases, Split, step_by_step
from kg_data.questions import Question
from kg_data.relations import RelationBook

ANSWER_LIMIT = 96
"""Tokens of the longest free answer."""


def default_methods() -> tuple[EditMethod, ...]:
    """Return the methods: the default, the one to try next, and those to compare with."""
    careful = Anchored(CAREFUL, name="careful")
    return Anchored(), careful, Joint(), Rome(), Memit(), AlphaEdit(), Grace(), FtM()


class Editor:
    """One model with the patches it wears."""

    def __init__(
        self,
        model: PreTrainedModel,
        encoder: Encoder,
        book: RelationBook,
        *,
        cache: Path,
        text: Path | None = None,
        methods: Sequence[EditMethod] = (),
    ) -> None:
        self.model, self.encoder = model, encoder
        self.model.train(mode=False)
        self.model.requires_grad_(requires_grad=False)
        self._layout, self._phrases = layout_of(model), Phrases(book)
        self._weights = PatchedWeights(model, self._layout)
        self._methods = {method.name: method for method in methods or default_methods()}
        self._statistics = Statistics(model, encoder, self._layout, text)
        self._cache = cache
        self._measured = False
        self._host = ModelHost()
        self._desk = Batcher(self._host, self._answer_wanted)

    @classmethod
    def load(
        cls,
        name: str,
        book: RelationBook,
        *,
        device: str,
        cache: Path,
        dtype: str = "auto",
        text: Path | None = None,
    ) -> "Editor":
        """Load a model and its tokenizer.

        Args:
            name: of a folder as ``transformers`` saves it, or of a model on the hub.
            book: the relation book that words questions.
            device: "cpu", "cuda", "cuda:1" or "auto".
            cache: folder for the model's statistics.
            dtype: "float32", "bfloat16" or "float16" for the weights; "auto" takes float32 on a
                CPU and bfloat16 elsewhere.
            text: of ordinary text for the statistics; None lets the model write it.

        Raises:
            NoDevice: the device is not there.
            NoModel: there is no model of this name.
            UnknownArchitecture: the model cannot be edited yet.
            UnprovedWeights: it is quantised.
            OutOfMemory: it does not fit.
        """
        model, encoder = load(name, device=device, dtype=dtype)
        return cls(model, encoder, book, cache=cache, text=text)

    @property
    def base_hash(self) -> str:
        """Return the hash of the base model's weights."""
        return self._weights.base_hash

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the methods' names: the default first, then the one to try next."""
        return tuple(self._methods)

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Patch],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Patch:
        """Find a patch that makes a request true on top of a list of patches.

        The live weights are the same before and after, and whenever somebody else's work runs
        in between. ``progress`` is told the share that is done.

        Raises:
            UnknownMethod: no method has this name.
        """
        name = method or self.methods[0]
        if name not in self._methods:
            raise UnknownMethod(name, self.methods)
        self._measure()
        job = self._methods[name].solve(request, self.workbench_for(request, on))
        return self._host.run(self._with_patches(on, job), progress)

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> Patch:
        """Find one patch of the base that makes true all that edits have told.

        It depends on the request, the base, the settings and the machine alone.
        """
        return self.solve(request, on=[], method=Joint.name, progress=progress)

    def can_write(self, answers: Sequence[str]) -> list[bool]:
        """Tell which answers consist of tokens that the model's head tells from all others.

        No change below the head makes it write the rest.
        """
        ends = ("?", "")  # of a chat turn, and of a statement
        tokens = [{t for end in ends for t in self.encoder.answer_ids(end, a)} for a in answers]
        alike = self._host.call(lambda: indistinct_tokens(set().union(*tokens), self.model))
        return [alike.isdisjoint(each) for each in tokens]

    def knows(self, questions: Sequence[Question], *, on: Sequence[Patch]) -> list[bool]:
        """Tell which questions the model answers rightly under a list of patches.

        Each is asked once, in a chat turn.
        """
        wordings = (asked([question], self._phrases, [Split.TEACH]) for question in questions)
        turns = [next(item for item in found if item.prompt.chat) for found in wordings]
        return [answer.right for answer in self._host.run(self._answering(turns, on))]

    def check(
        self,
        request: EditRequest,
        patches: Sequence[Patch],
        *,
        instead_of: Sequence[Patch],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        """Ask a request's questions under a trial list of patches, and judge the answers.

        Args:
            request: its questions.
            patches: the list to try.
            instead_of: the list of today; what the model answers under it to the questions to
                keep is the measure for keeping them.
            gate: the bars; where they are missed and it has an allowance, the list of today is
                asked everything.
            progress: is told the share that is done.
        """
        splits = [Split.TEACH, Split.GATE]
        keep = asked(request.keep, self._phrases, [Split.GATE])
        targets = asked(request.targets, self._phrases, splits)

        def job() -> Generator[float, None, Report]:
            before = yield from self._answering(keep, instead_of)
            after = yield from self._answering([*targets, *keep], patches)
            report = judge(after, before, gate)
            if report.passed or not gate.allowance:
                return report
            today = yield from self._answering(targets, instead_of)
            return judge(after, before, gate, today=today)

        return self._host.run(job(), progress)

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list of patches live."""
        self._host.call(lambda: self._weights.use(patches))

    def live_hash(self) -> str:
        """Return the hash of the editable matrices as they are now."""
        return self._host.call(self._weights.live_hash)

    def trial_hash(self, patches: Sequence[Patch]) -> str:
        """Return the hash the editable matrices would have under a list of patches."""

        def work() -> str:
            with self._weights.trial(self._weights.fold(patches)):
                return self._weights.live_hash()

        return self._host.call(work)

    def ask(
        self,
        text: str,
        *,
        steps: bool = False,
        stream: Callable[[str], None] | None = None,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """Let the model answer in its own words.

        Questions that wait together are answered side by side, under the patches of the moment
        at which they begin.

        Args:
            text: the user's words.
            steps: ask it to write the hops of a chain down.
            stream: is told the words so far after each token, on the model's thread.
            timeout: seconds to wait.
            cancelled: set by whoever no longer waits for the answer.

        Raises:
            TooSlow: the timeout passed.
            Cancelled: the event was set.
            PromptTooLong: the words leave no room for an answer.
            OutOfMemory: the device's memory does not suffice; the model is as it was.
            HostBusy: too many wait.
        """
        prompt = step_by_step(text) if steps else text
        wanted = CompletionRequest(prompt, ANSWER_LIMIT, stream, cancelled or Event())
        return self._desk.ask(wanted, timeout=timeout).text

    def ask_all(self, prompts: Sequence[str]) -> list[str]:
        """Complete many prompts; a prompt that ends in "?" is a chat turn."""
        wanted = [CompletionRequest(prompt, ANSWER_LIMIT) for prompt in prompts]
        tokens = tokens_of_a_pass(self.model)
        job = generating(self.model, self.encoder, wanted, tokens=tokens)
        return [output.text for output in self._host.run(self._with_live_patches(job))]

    def write(self, prompts: Sequence[str], *, tokens: int) -> list[list[int]]:
        """Let the model go on from prompts, past every stop, and return the tokens written."""
        job = write_on(self.model, self.encoder, prompts, tokens=tokens)
        return self._host.run(self._with_live_patches(job))

    def export(self, form: ExportFormat, path: Path, *, rank: int | None = None) -> Exported:
        """Write the model with its live patches in a form that other programs load.

        Args:
            form: which.
            path: folder, or file for a patch.
            rank: of a LoRA adapter, at most.

        Raises:
            NothingToExport: no live edit differs from the base model.
            OSError: the path cannot be written.
        """
        base = str(self.model.config.name_or_path)

        def work() -> Exported:
            if form is ExportFormat.LORA:
                flipped, live = self._layout.transposed, self._weights.live
                return save_lora(live, path, base=base, transposed=flipped, rank=rank)
            deltas = self._weights.deltas()
            if form is ExportFormat.PATCH:
                names = [patch.sha256 for patch in self._weights.live]
                return save_patch(deltas, path, base_hash=self.base_hash, patches=names)
            return save_model(self.model, self.encoder.tokenizer, path, matrices=len(deltas))

        return self._host.call(work)

    def overlapping(self, removed: Patch, later: Sequence[Patch]) -> list[Patch]:
        """Return the later patches that share a subject with a removed one.

        They were solved on top of it, on nearly the same keys, and must be solved again.
        """
        subjects = {question.subject for question in removed.request.targets}
        return [
            patch
            for patch in later
            if subjects & {question.subject for question in patch.request.targets}
        ]

    def workbench_for(self, request: EditRequest, on: Sequence[Patch] = ()) -> Workbench:
        """Return what a method may touch while it solves a request on top of a list."""
        seed = hashlib.sha256(repr(request).encode()).digest()
        consolidated = [patch for patch in on if patch.method == Joint.name]
        return Workbench(
            model=self.model,
            encoder=self.encoder,
            layout=self._layout,
            phrases=self._phrases,
            statistics=self._statistics,
            generator=torch.Generator().manual_seed(int.from_bytes(seed[:8]) >> 1),
            pending=[patch.request for patch in on if patch.method != Joint.name],
            consolidated=[patch.request for patch in consolidated],
            settled=self._settled(on, consolidated),
            base_hash=self.base_hash,
            tokens=tokens_of_a_pass(self.model),
        )

    def _settled(
        self, on: Sequence[Patch], consolidated: Sequence[Patch]
    ) -> Callable[[], AbstractContextManager[None]]:
        if len(on) == len(consolidated):
            return nullcontext
        folded = cache(lambda: self._weights.fold(consolidated))
        return lambda: self._weights.trial(folded())

    def close(self) -> None:
        """End the model's thread."""
        self._host.close()
        self._desk.close()

    def _measure(self) -> None:
        """Measure the second moments of the base, once; answers go on meanwhile."""
        if not self._measured:
            layers = range(layer_count(self.model, self._layout))
            job = self._statistics.prepare(layers, cache=self._cache, base_hash=self.base_hash)
            self._host.run(self._with_patches([], job))
            self._measured = True

    def _answering(
        self, prompts: Sequence[WordedQuestion], patches: Sequence[Patch]
    ) -> Generator[float, None, list[Answer]]:
        tokens = tokens_of_a_pass(self.model)
        job = answering(self.model, self.encoder, prompts, tokens=tokens)
        return self._with_patches(patches, job)

    def _answer_wanted(
        self, wanted: Sequence[CompletionRequest]
    ) -> Generator[float, None, list[Completion]]:
        return self._with_live_patches(generating(self.model, self.encoder, wanted))

    def _with_live_patches(
        self, job: Generator[float, None, Result]
    ) -> Generator[float, None, Result]:
        """Advance a job with the list in use that is live at its first step."""
        return (yield from self._with_patches(self._weights.live, job))

    def _with_patches(
        self, on: Sequence[Patch], job: Generator[float, None, Result]
    ) -> Generator[float, None, Result]:
        """Advance a job with a list of patches in use during each step, and only then."""
        folded = self._weights.fold(on)
        while True:
            with self._weights.trial(folded):
                try:
                    share = next(job)
                except StopIteration as stop:
                    return cast("Result", stop.value)
            yield share
