"""The editor, through which the application solves, checks and applies patches."""

from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Event

from transformers import PreTrainedModel

from editor.evaluation.checks import (
    WordedQuestion,
    answer_questions,
    chat_turn,
    check_in_steps,
)
from editor.evaluation.confidence import confidence_in_steps
from editor.evaluation.gate import EDIT, GateConfig
from editor.evaluation.report import Answer, Report
from editor.generation.batcher import Batcher
from editor.generation.generate import (
    MAX_ANSWER_TOKENS,
    Completion,
    CompletionRequest,
    generate_in_steps,
)
from editor.methods.registry import MethodRegistry
from editor.model.host import ModelHost, Result
from editor.model.layout import layer_count, layout_of
from editor.model.loading import tokens_per_pass
from editor.model.vocabulary import writable_answers
from editor.patches.export import ExportSource, export
from editor.patches.exported import ExportedModel, ExportFormat, ExportOptions
from editor.patches.patch import Patch
from editor.patches.weights import PatchedWeights
from editor.request import EditRequest
from editor.statistics.statistics import Statistics
from editor.text.encoding import Encoder
from editor.workbench import Workbench, request_generator
from kg_data.phrases import Phrases, Prompt, Split, step_by_step
from kg_data.questions import Question
from kg_data.relations import RelationBook

EXPORT_PROMPTS = 8
"""Questions of the last edits at which an export is compared with the model, at most."""


class Editor:
    """A model and its live patches."""

    def __init__(
        self,
        model: PreTrainedModel,
        encoder: Encoder,
        book: RelationBook,
        *,
        cache: Path,
        text: Path | None = None,
        methods: MethodRegistry | None = None,
    ) -> None:
        self.model, self.encoder = model, encoder
        self.model.train(mode=False)
        self.model.requires_grad_(requires_grad=False)
        self._layout = layout_of(model)
        self._phrases = Phrases(book, questions=encoder.prompting.asks)
        self._weights = PatchedWeights(model, self._layout)
        self._methods = methods or MethodRegistry.shipped()
        self._statistics = Statistics(model, encoder, self._layout, text)
        self._cache = cache
        self._statistics_ready = False
        self._host = ModelHost()
        self._batcher = Batcher(self._host, self._completion_job)

    @property
    def base_hash(self) -> str:
        """Return the hash of the base model's weights."""
        return self._weights.base_hash

    @property
    def dtype(self) -> str:
        """Return the dtype of the base model's weights, such as "float32"."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the names of all methods, the default first."""
        return self._methods.names

    @property
    def attempts(self) -> tuple[str, ...]:
        """Return the methods that an edit tries in turn: the default, then the fallback."""
        return self._methods.attempts

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Patch],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Patch:
        """Find a patch that makes a request true on top of a list of patches.

        The live weights are the same before and after, and whenever another job runs in between.
        ``progress`` is called with the share that is done.

        Raises:
            UnknownMethod: no method has this name.
        """
        chosen = self._methods[method or self._methods.default]
        self._prepare_statistics()
        job = chosen.solve(request, self.workbench_for(request, on))
        return self._host.run(self._weights.applied(on, job), progress)

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> Patch:
        """Find one patch of the base that makes all edits true; it depends on nothing else."""
        return self.solve(request, on=[], method=self._methods.consolidation, progress=progress)

    def can_write(self, answers: Sequence[str]) -> list[bool]:
        """Tell which answers consist of tokens that the model's head tells from all others.

        No change below the head can make the model write the other answers.
        """
        return self._host.call(lambda: writable_answers(answers, self.encoder, self.model))

    def knows(
        self,
        questions: Sequence[Question],
        *,
        on: Sequence[Patch],
        split: Split = Split.TEACH,
        steps: bool = False,
    ) -> list[bool]:
        """Tell which questions the model answers rightly under a list of patches.

        Each is asked once, in a chat turn: in the first wording of the split, or the first that is
        taught if the split has none.

        Args:
            questions: the questions; all of them chains if ``steps``.
            on: the list of patches.
            split: the wordings to choose from.
            steps: ask for the hops; the last one counts.
        """
        turns = [
            chat_turn(each, self._phrases, [split, Split.TEACH], steps=steps) for each in questions
        ]
        return [answer.right for answer in self._host.run(self._answer_job(turns, on))]

    def right_in(
        self, worded: Sequence[tuple[Prompt, Question]], *, on: Sequence[Patch]
    ) -> list[bool]:
        """Tell which questions the model answers rightly in which wording, under a list.

        Args:
            worded: each question with one of its prompts.
            on: the list of patches.
        """
        items = [WordedQuestion(prompt, question) for prompt, question in worded]
        return [answer.right for answer in self._host.run(self._answer_job(items, on))]

    def check(
        self,
        request: EditRequest,
        patches: Sequence[Patch],
        *,
        instead_of: Sequence[Patch],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        """Ask a request's questions under a list on trial; see :func:`check_in_steps`."""
        job = check_in_steps(
            request,
            self._phrases,
            self._answer_job,
            patches=patches,
            instead_of=instead_of,
            gate=gate,
        )
        return self._host.run(job, progress)

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list of patches live."""
        self._host.call(lambda: self._weights.use(patches))

    def live_hash(self) -> str:
        """Return the hash of the editable matrices."""
        return self._host.call(self._weights.live_hash)

    def trial_hash(self, patches: Sequence[Patch]) -> str:
        """Return the hash the editable matrices would have under a list of patches."""
        return self._host.call(lambda: self._weights.trial_hash(patches))

    def ask(
        self,
        text: str,
        *,
        steps: bool = False,
        stream: Callable[[str], None] | None = None,
        timeout: float | None = None,
        cancelled: Event | None = None,
    ) -> str:
        """Return the model's answer to a text, under the patches that are live when it begins.

        Questions that wait at the same time are answered as one batch.

        Args:
            text: the user's text.
            steps: ask for the hops of a chain step by step.
            stream: called with the text so far after each token, on the model's thread.
            timeout: seconds to wait.
            cancelled: set by the caller when it no longer waits for the answer.

        Raises:
            TooSlow: the timeout passed.
            Cancelled: the event was set.
            PromptTooLong: the text leaves no room for an answer.
            OutOfMemory: the device's memory does not suffice; the model is as it was.
            HostBusy: too many jobs wait.
        """
        prompt = step_by_step(text) if steps else text
        request = CompletionRequest(prompt, MAX_ANSWER_TOKENS, stream, cancelled or Event())
        return self._batcher.complete(request, timeout=timeout).text

    def confidence(self, text: str) -> float:
        """Return how sure the live model is of its own answer to a text, 0 to 1.

        It is the mean probability of the answer's tokens; one decoding and one forward pass.
        """
        return self.run(confidence_in_steps(self.model, self.encoder, text))

    def run(self, job: Generator[float, None, Result]) -> Result:
        """Run a job on the model's thread, under the patches that are live at its first step."""
        return self._host.run(self._weights.applied(None, job))

    def export(
        self, form: ExportFormat, path: Path, options: ExportOptions | None = None
    ) -> ExportedModel:
        """Write the model with its live patches; see :func:`editor.patches.export.export`."""
        return self._host.call(
            lambda: export(form, path, self._export_source(), options or ExportOptions())
        )

    def _export_source(self) -> ExportSource:
        """Return what an export holds; it is compared at questions of the last edits, too."""
        targets = [each for patch in self._weights.live for each in patch.request.targets]
        asked = [
            self._phrases.prompts(each, [Split.TEACH])[0] for each in targets[-EXPORT_PROMPTS:]
        ]
        return ExportSource(
            weights=self._weights,
            model=self.model,
            tokenizer=self.encoder.tokenizer,
            prompts=tuple(each.text for each in asked),
        )

    def overlapping(self, removed: Patch, later: Sequence[Patch]) -> list[Patch]:
        """Return the later patches that share a subject with a removed one.

        These were solved on top of it, at nearly the same keys, and must be solved again.
        """
        return [patch for patch in later if patch.subjects & removed.subjects]

    def workbench_for(self, request: EditRequest, on: Sequence[Patch] = ()) -> Workbench:
        """Return the workbench on which a method solves a request on top of a list."""
        consolidation = self._methods.consolidation
        consolidated = [patch for patch in on if patch.method == consolidation]
        pending = [patch for patch in on if patch.method != consolidation]
        return Workbench(
            model=self.model,
            encoder=self.encoder,
            layout=self._layout,
            phrases=self._phrases,
            statistics=self._statistics,
            generator=request_generator(request),
            pending=[patch.request for patch in pending],
            consolidated=[patch.request for patch in consolidated],
            without_pending=self._weights.trial_of(consolidated) if pending else nullcontext,
            base_hash=self.base_hash,
            tokens_per_pass=tokens_per_pass(self.model),
        )

    def close(self) -> None:
        """End the model's thread."""
        self._host.close()
        self._batcher.close()

    def _prepare_statistics(self) -> None:
        """Compute the second moments of the base model, once; the host answers meanwhile."""
        if not self._statistics_ready:
            layers = range(layer_count(self.model, self._layout))
            job = self._statistics.prepare(layers, cache=self._cache, base_hash=self.base_hash)
            self._host.run(self._weights.applied([], job))
            self._statistics_ready = True

    def _answer_job(
        self, prompts: Sequence[WordedQuestion], patches: Sequence[Patch]
    ) -> Generator[float, None, list[Answer]]:
        size = tokens_per_pass(self.model)
        job = answer_questions(self.model, self.encoder, prompts, tokens_per_pass=size)
        return self._weights.applied(patches, job)

    def _completion_job(
        self, requests: Sequence[CompletionRequest]
    ) -> Generator[float, None, list[Completion]]:
        job = generate_in_steps(self.model, self.encoder, requests)
        return self._weights.applied(None, job)
