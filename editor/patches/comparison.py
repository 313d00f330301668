"""Whether an export says what the live model says, by the logits of fixed prompts."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from editor.errors import ExportDiffers

PROMPTS = (
    "The capital of France is",
    "Once upon a time, there was",
    "Two plus two makes",
    "In the year 1969, people first",
    "Water boils when it",
    "Dear Sir or Madam, I am writing to",
    "def add(a, b): return",
    "Who wrote Romeo and Juliet?",
)
"""What every export is asked; the questions of its last edits come on top."""

TOLERANCE = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 1e-1}
"""Largest difference by the dtype that was written, see :func:`difference_of`."""


def last_logits(model: nn.Module, prompts: Sequence[Sequence[int]]) -> list[Tensor]:
    """Return the logits behind each prompt, (V,) float32 on the CPU.

    Args:
        model: a causal language model.
        prompts: token ids.
    """
    device = next(model.parameters()).device
    found = []
    with torch.no_grad():
        for ids in prompts:
            inputs = torch.tensor([list(ids)], device=device)
            logits: Tensor = cast("Any", model)(input_ids=inputs, use_cache=False).logits
            found.append(logits[0, -1].float().cpu())
    return found


def difference_of(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> float:
    """Return the largest difference of logits over all prompts.

    It is the norm of the difference relative to the norm of the wanted logits around their mean;
    NaN where either is.
    """
    differences = [
        (each - goal).norm() / (goal - goal.mean()).norm().clamp_min(1e-30)
        for each, goal in zip(found, wanted, strict=True)
    ]
    return float(torch.stack(differences).max())  # NaN where one is


def check_difference(
    found: Sequence[Tensor], wanted: Sequence[Tensor], dtype: torch.dtype
) -> float:
    """Return the largest difference of logits.

    Raises:
        ExportDiffers: it is larger than what rounding to the dtype explains.
    """
    difference, allowed = difference_of(found, wanted), TOLERANCE[dtype]
    if not difference <= allowed:
        raise ExportDiffers(difference, allowed)
    return difference
