"""Second moments of keys: the mean of k kᵀ over text at a down-projection's input."""

from collections.abc import Generator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.layout import Layout
from editor.losses import narrowed

ROWS = 32
"""Pieces of text that a pass reads."""


def second_moments(
    model: PreTrainedModel, layout: Layout, layers: Sequence[int], text: Tensor
) -> Generator[float, None, dict[int, Tensor]]:
    """Yield the share done between passes, and return C of each layer, summed in float64.

    Args:
        model: the base model.
        layout: where its matrices are.
        layers: which.
        text: token ids, (n, length).

    Returns:
        (d_in, d_in) float32 each, uncentred, on the CPU.
    """
    sums: dict[int, Tensor] = {}
    for start in range(0, len(text), ROWS):
        keys = _capture_inputs(model, layout, layers, text[start : start + ROWS])
        for layer, key in keys.items():
            flat = key.flatten(0, 1).double()  # (B * T, d_in)
            sums[layer] = sums.get(layer, torch.zeros(())) + (flat.T @ flat).cpu()
        yield start / len(text)
    return {layer: (total / text.numel()).float() for layer, total in sums.items()}


@torch.inference_mode()
def _capture_inputs(
    model: PreTrainedModel, layout: Layout, layers: Sequence[int], ids: Tensor
) -> dict[int, Tensor]:
    """Return the inputs of the down-projections of layers, (B, T, d_in) each."""
    caught: dict[int, Tensor] = {}
    handles = [
        model.get_submodule(layout.down.format(layer)).register_forward_pre_hook(
            lambda _, arguments, layer=layer: caught.__setitem__(layer, arguments[0].detach())
        )
        for layer in layers
    ]
    try:
        rows = ids.to(model.device)
        none = torch.zeros(1, dtype=torch.long, device=model.device)
        with narrowed(model, none, none):  # nobody asks what it says
            model(input_ids=rows, attention_mask=torch.ones_like(rows), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return caught
