"""Second moments of keys, the mean of k kᵀ at a down-projection's input, and their spectra."""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.model.hooks import PreHook, narrowed_head, pre_hooks
from editor.model.layout import Layout

ROWS = 32
"""Pieces of text that a pass reads."""


class Spectrum(NamedTuple):
    """The directions of keys, each with its mean energy: C = V diag(values) V^T.

    Attributes:
        values: (d_in,) float32, ascending.
        vectors: V, (d_in, d_in) float32, a column each.
    """

    values: Tensor
    vectors: Tensor


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
    hooks = {
        model.get_submodule(layout.down.format(layer)): _catching(caught, layer) for layer in layers
    }
    rows = ids.to(model.device)
    none = torch.zeros(1, dtype=torch.long, device=model.device)
    with pre_hooks(hooks), narrowed_head(model, none, none):  # no logits are needed
        model(input_ids=rows, attention_mask=torch.ones_like(rows), use_cache=False)
    return caught


def _catching(caught: dict[int, Tensor], layer: int) -> PreHook:
    def catch(_: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        caught[layer] = arguments[0].detach()

    return catch


def spectrum_of(moment: Tensor) -> Spectrum:
    """Return the spectrum of C, (d_in, d_in), found in float64 on its device, on the CPU."""
    values, vectors = torch.linalg.eigh(moment.double())
    return Spectrum(values.float().cpu(), vectors.float().cpu())
