"""What the application asks of the parts below it; wiring decides who answers.

The editor and the patches are ports, because both are heavy and tests do without them. Patches
are opaque here: only those that an editor made or a store loaded are handed back to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from controller.plan import EditPlan
from editor.evaluation.gate import EDIT, GateConfig
from editor.evaluation.report import Report
from editor.patches.exported import ExportedModel, ExportFormat, ExportOptions
from editor.request import EditRequest
from kg_data.phrases import Prompt, Split
from kg_data.questions import Question

Progress: TypeAlias = Callable[[str, float], None]
"""Is called with a stage and the share of it that is done."""

Handed: TypeAlias = Any
"""A patch that goes back to the editor or the store it came from."""

Checkpoint: TypeAlias = Callable[[str], None]
"""Is called at labelled points of an edit; crash tests kill the process there."""


def no_checkpoint(label: str) -> None:
    """Do nothing at a checkpoint."""
    del label


class Confirm(Protocol):
    """Asks the user whether to go on."""

    def __call__(self, plan: EditPlan, report: Report | None, /) -> bool:
        """Return whether to go on.

        Args:
            plan: what the edit changes and why somebody has to agree.
            report: how the gate went, if it is the gate that the edit did not pass.
        """
        ...


class PatchPort(Protocol):
    """One reversible change of weights."""

    @property
    def sha256(self) -> str:
        """Return the hash of the content."""
        ...

    @property
    def request(self) -> EditRequest:
        """Return what it was solved for."""
        ...

    @property
    def method(self) -> str:
        """Return the name of the method that solved it."""
        ...

    @property
    def metadata(self) -> Mapping[str, object]:
        """Return settings and figures of the solve."""
        ...


class PatchStorePort(Protocol):
    """Keeps patches by their hash."""

    def save(self, patch: Handed) -> str:
        """Write a patch durably and return its hash."""
        ...

    def load(self, sha256: str) -> PatchPort:
        """Return the patch with this hash."""
        ...

    def __contains__(self, sha256: str) -> bool:
        """Tell whether a patch is kept."""
        ...


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered.

    Attributes:
        text: its own words.
        version: the version of the weights that wrote them; None if it became another one
            meanwhile.
    """

    text: str
    version: int | None


class AnswersPort(Protocol):
    """The models that answer questions: the one that is edited, or replicas of it."""

    def answer(
        self, text: str, *, version: int, steps: bool = False, timeout: float | None = None
    ) -> ModelAnswer:
        """Let a model at a version, or a later one, answer in its own words.

        Args:
            text: the user's words.
            version: the version that the user has seen.
            steps: write the hops of a chain down.
            timeout: seconds to wait.
        """
        ...


class EditorPort(Protocol):
    """The model and its active patches; see :mod:`editor.editor`."""

    @property
    def base_hash(self) -> str:
        """Return the hash of the base model's weights."""
        ...

    @property
    def dtype(self) -> str:
        """Return the dtype of the base model's weights, such as "float32"."""
        ...

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the names of all methods, the default first."""
        ...

    @property
    def attempts(self) -> tuple[str, ...]:
        """Return the methods that an edit tries in turn: the default, then the fallback."""
        ...

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Handed],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> PatchPort:
        """Find a patch that makes a request true on top of a list; the live weights stay."""
        ...

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> PatchPort:
        """Find one patch of the base for all that holds; the live weights stay."""
        ...

    def can_write(self, answers: Sequence[str]) -> Sequence[bool]:
        """Tell which answers the model's head can write at all."""
        ...

    def knows(
        self,
        questions: Sequence[Question],
        *,
        on: Sequence[Handed],
        split: Split = Split.TEACH,
        steps: bool = False,
    ) -> Sequence[bool]:
        """Tell which questions the model answers rightly under a list; the live weights stay.

        Args:
            questions: each is asked once.
            on: the list.
            split: the wordings to choose from.
            steps: ask chains for their hops; the last one counts.
        """
        ...

    def right_in(
        self, worded: Sequence[tuple[Prompt, Question]], *, on: Sequence[Handed]
    ) -> Sequence[bool]:
        """Tell which questions the model answers rightly in which wording, under a list.

        Args:
            worded: each question with one of its prompts.
            on: the list.
        """
        ...

    def check(
        self,
        request: EditRequest,
        patches: Sequence[Handed],
        *,
        instead_of: Sequence[Handed],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        """Ask a request's questions under a trial list; the live weights stay."""
        ...

    def use(self, patches: Sequence[Handed]) -> None:
        """Make exactly this list live."""
        ...

    def live_hash(self) -> str:
        """Return the hash of the editable tensors as they are now."""
        ...

    def trial_hash(self, patches: Sequence[Handed]) -> str:
        """Return the hash that the editable tensors would have under a list."""
        ...

    def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
        """Let the model answer in its own words, within so many seconds.

        Args:
            text: the user's words.
            steps: write the hops of a chain down.
            timeout: seconds to wait.
        """
        ...

    def confidence(self, text: str) -> float:
        """Return how sure the model is of its own answer: the mean probability of its tokens."""
        ...

    def export(
        self, form: ExportFormat, path: Path, options: ExportOptions | None = None
    ) -> ExportedModel:
        """Write the model with its live patches in a form that other programs load."""
        ...

    def overlapping(self, removed: Handed, later: Sequence[Handed]) -> Sequence[PatchPort]:
        """Return the later patches that must be solved again without a removed one."""
        ...

    def close(self) -> None:
        """End the model's thread."""
        ...
