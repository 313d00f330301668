"""Formats and outcome of an export."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ExportFormat(StrEnum):
    """The formats a model can be exported in."""

    HF = "hf"  # a model folder as transformers saves it
    LORA = "lora"  # a PEFT adapter for the base model
    PATCH = "patch"  # one safetensors file with the differences from the base


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
    """

    format: ExportFormat
    path: Path
    matrices: int
    rank: int = 0
    error: float = 0.0
