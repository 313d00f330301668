# ruff: noqa: ARG002  the signatures are those of the port
"""A model that knows nothing and learns nothing, where only the graph and the ledger count."""

from collections.abc import Callable, Sequence
from pathlib import Path

from editor.evaluation.gate import EDIT, GateConfig
from editor.evaluation.report import Report
from editor.patches.exported import ExportedModel, ExportFormat, ExportOptions
from editor.request import EditRequest
from kg_data.phrases import Prompt, Split
from kg_data.questions import UNKNOWN, Question
from oneedit.errors import NotInstalled
from oneedit.ports import Handed, PatchPort

_HASH = "no model"


class NoPatches:
    """Implements :class:`oneedit.ports.PatchStorePort` and holds nothing."""

    def save(self, patch: Handed) -> str:
        raise NotInstalled("language model")

    def load(self, sha256: str) -> PatchPort:
        raise NotInstalled("language model")

    def __contains__(self, sha256: str) -> bool:
        return False


class NoModel:
    """Implements :class:`oneedit.ports.EditorPort`; every answer is that it does not know."""

    base_hash = _HASH
    dtype = ""
    methods: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Handed],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> PatchPort:
        raise NotInstalled("language model")

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> PatchPort:
        raise NotInstalled("language model")

    def can_write(self, answers: Sequence[str]) -> Sequence[bool]:
        return [True] * len(answers)

    def knows(
        self,
        questions: Sequence[Question],
        *,
        on: Sequence[Handed],
        split: Split = Split.TEACH,
        steps: bool = False,
    ) -> Sequence[bool]:
        return [False] * len(questions)

    def check(
        self,
        request: EditRequest,
        patches: Sequence[Handed],
        *,
        instead_of: Sequence[Handed],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> Report:
        raise NotInstalled("language model")

    def use(self, patches: Sequence[Handed]) -> None:
        if patches:
            raise NotInstalled("language model")

    def live_hash(self) -> str:
        return _HASH

    def trial_hash(self, patches: Sequence[Handed]) -> str:
        return _HASH

    def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> str:
        return UNKNOWN

    def confidence(self, text: str) -> float:
        return 0.0

    def right_in(
        self, worded: Sequence[tuple[Prompt, Question]], *, on: Sequence[Handed]
    ) -> Sequence[bool]:
        return [False] * len(worded)

    def export(
        self, form: ExportFormat, path: Path, options: ExportOptions | None = None
    ) -> ExportedModel:
        raise NotInstalled("language model")

    def overlapping(self, removed: Handed, later: Sequence[Handed]) -> Sequence[PatchPort]:
        return ()

    def close(self) -> None:
        """Do nothing."""
