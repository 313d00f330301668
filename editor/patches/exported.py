"""Formats, options and outcome of an export."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ExportFormat(StrEnum):
    """The formats a model can be exported in."""

    HF = "hf"  # a model folder as transformers saves it
    LORA = "lora"  # a PEFT adapter for the base model
    PATCH = "patch"  # one safetensors file with the differences from the base
    GGUF_LORA = "gguf-lora"  # an adapter in one GGUF file, for llama.cpp and Ollama

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder rather than one file."""
        return self in {ExportFormat.HF, ExportFormat.LORA}


class ExportDtype(StrEnum):
    """The dtypes that an export can be written in."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True, slots=True)
class ExportedEdit:
    """An edit that an export holds, as its model card lists it.

    Attributes:
        version: its version in the ledger.
        at: when it was made, ISO 8601 in UTC.
        text: what it changed.
    """

    version: int
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What may be chosen for an export, and what its model card says of its origin.

    Attributes:
        rank: rank of a LoRA adapter, at most; None takes the rank of the changes.
        dtype: of the tensors; None keeps the base model's for a model folder, and takes float32
            for everything else.
        version: the ledger's version; None if there is no ledger.
        edits: the edits in force, in the order of their versions.
    """

    rank: int | None = None
    dtype: ExportDtype | None = None
    version: int | None = None
    edits: tuple[ExportedEdit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedModel:
    """The outcome of an export.

    Attributes:
        format: its format.
        path: the folder or file that was written.
        matrices: how many matrices differ from the base.
        rank: rank of the adapter; 0 for other formats.
        error: Frobenius norm of what the rank leaves out, relative to the whole change; the
            largest of all matrices. 0 where only rounding is left out.
        dtype: of the written tensors.
        difference: by how much the logits of what was written and read back differ from those
            it should have, see :mod:`editor.patches.comparison`.
    """

    format: ExportFormat
    path: Path
    matrices: int
    rank: int = 0
    error: float = 0.0
    dtype: str = ExportDtype.FLOAT32.value
    difference: float = 0.0
