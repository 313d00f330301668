"""The model and its patches as the ledger records them, for whatever needs no model.

What asks the model itself raises ``ModelNeeded``; the caller then loads it and asks again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from editor.errors import BadPatch
from editor.evaluation.gate import EDIT, GateConfig
from editor.methods.names import SHIPPED
from editor.patches.exported import ExportFormat, ExportOptions
from editor.request import EditRequest
from kg_data.phrases import Prompt, Split
from kg_data.questions import Question
from oneedit.errors import ModelNeeded
from oneedit.ledger.events import BASE_DTYPE, BASE_MODEL
from oneedit.ledger.ledger import Ledger
from oneedit.ports import Handed


@dataclass(frozen=True)
class RecordedPatch:
    """A patch whose files are not read.

    Attributes:
        sha256: its hash.
        request, method, metadata: empty.
    """

    sha256: str
    request: EditRequest = field(default_factory=lambda: EditRequest((), ()))
    method: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedPatches:
    """The patches in a folder, of which only the names are read."""

    folder: Path

    def save(self, patch: Handed) -> NoReturn:
        """Refuse to keep a patch.

        Raises:
            ModelNeeded: always.
        """
        del patch
        raise ModelNeeded

    def load(self, sha256: str) -> RecordedPatch:
        """Return the patch with this hash.

        Raises:
            BadPatch: its file is missing.
        """
        if sha256 not in self:
            raise BadPatch(sha256, "its file is missing")
        return RecordedPatch(sha256)

    def __contains__(self, sha256: str) -> bool:
        """Tell whether a patch is kept."""
        return (self.folder / f"{sha256}.json").is_file()


class RecordedModel:
    """A model that is not loaded: it has the hashes that the ledger records.

    Args:
        ledger: records them; closed with the model.
    """

    methods = SHIPPED
    attempts = SHIPPED[:1]

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._used: tuple[str, ...] = ()

    @property
    def base_hash(self) -> str:
        """Return the hash of the model that the home was made with."""
        return self._ledger.event(0).content.genesis[BASE_MODEL]

    @property
    def dtype(self) -> str:
        """Return the dtype of the model that the home was made with; "" if it is not recorded."""
        return self._ledger.event(0).content.genesis.get(BASE_DTYPE, "")

    def use(self, patches: Sequence[Handed]) -> None:
        """Take this list for the live one."""
        self._used = tuple(patch.sha256 for patch in patches)

    def live_hash(self) -> str:
        """Return the recorded hash of the last version with the live list.

        Raises:
            ModelNeeded: no version has this list.
        """
        for version in range(self._ledger.head(), -1, -1):
            if tuple(each.sha256 for each in self._ledger.patches(version)) == self._used:
                return self._ledger.event(version).content.state_hash
        raise ModelNeeded

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    # ---------- what only the model can do ----------

    def solve(
        self,
        request: EditRequest,
        *,
        on: Sequence[Handed],
        method: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> NoReturn:
        """Ask for the model."""
        del request, on, method, progress
        raise ModelNeeded

    def consolidate(
        self, request: EditRequest, *, progress: Callable[[float], None] | None = None
    ) -> NoReturn:
        """Ask for the model."""
        del request, progress
        raise ModelNeeded

    def can_write(self, answers: Sequence[str]) -> NoReturn:
        """Ask for the model."""
        del answers
        raise ModelNeeded

    def knows(
        self,
        questions: Sequence[Question],
        *,
        on: Sequence[Handed],
        split: Split = Split.TEACH,
        steps: bool = False,
    ) -> NoReturn:
        """Ask for the model."""
        del questions, on, split, steps
        raise ModelNeeded

    def check(
        self,
        request: EditRequest,
        patches: Sequence[Handed],
        *,
        instead_of: Sequence[Handed],
        gate: GateConfig = EDIT,
        progress: Callable[[float], None] | None = None,
    ) -> NoReturn:
        """Ask for the model."""
        del request, patches, instead_of, gate, progress
        raise ModelNeeded

    def trial_hash(self, patches: Sequence[Handed]) -> NoReturn:
        """Ask for the model."""
        del patches
        raise ModelNeeded

    def ask(self, text: str, *, steps: bool = False, timeout: float | None = None) -> NoReturn:
        """Ask for the model."""
        del text, steps, timeout
        raise ModelNeeded

    def confidence(self, text: str) -> NoReturn:
        """Ask for the model."""
        del text
        raise ModelNeeded

    def right_in(
        self, worded: Sequence[tuple[Prompt, Question]], *, on: Sequence[Handed]
    ) -> NoReturn:
        """Ask for the model."""
        del worded, on
        raise ModelNeeded

    def export(
        self, form: ExportFormat, path: Path, options: ExportOptions | None = None
    ) -> NoReturn:
        """Ask for the model."""
        del form, path, options
        raise ModelNeeded

    def overlapping(self, removed: Handed, later: Sequence[Handed]) -> NoReturn:
        """Ask for the model."""
        del removed, later
        raise ModelNeeded
