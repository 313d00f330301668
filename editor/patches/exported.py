"""What an export is to be, and what it came to."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ExportFormat(StrEnum):
    """What a model can be exported as."""

    HF = "hf"  # a model folder as transformers saves it
    LORA = "lora"  # a PEFT adapter for the base model
    PATCH = "patch"  # one safetensors file with what differs from the base


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        format: in which form.
        path: where.
        matrices: how many matrices differ from the base.
        rank: rank of the adapter; 0 where there is none.
        error: Frobenius norm of what the rank leaves out, relative to what the edits change; the
            largest of all matrices. 0 where nothing is left out but rounding.
    """

    format: ExportFormat
    path: Path
    matrices: int
    rank: int = 0
    error: float = 0.0
