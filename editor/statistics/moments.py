"""Second moments of keys, the mean of k kᵀ over a down-projection's inputs, and their spectra."""

from collections.abc import Generator, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.model.hooks import PreHook, narrowed_head, pre_hooks
from editor.model.layout import Layout

PIECES_PER_PASS = 32
"""Pieces of text that one pass reads."""


class Spectrum(NamedTuple):
    """Eigenvalues and eigenvectors of a second moment, C = V diag(values) V^T.

    Attributes:
        values: (d_in,) float32, ascending.
        vectors: V, (d_in, d_in) float32, one column each.
    """

    values: Tensor
    vectors: Tensor


def second_moments(
    model: PreTrainedModel, layout: Layout, layers: Sequence[int], text: Tensor
) -> Generator[float, None, dict[int, Tensor]]:
    """Yield the share done between passes, and return C of each layer, summed in float64.

    Args:
        model: the base model.
        layout: names of its modules.
        layers: numbers of the layers.
        text: token ids, (n, length).

    Returns:
        (d_in, d_in) float32 each, uncentred, on the CPU.
    """
    sums: dict[int, Tensor] = {}
    for start in range(0, len(text), PIECES_PER_PASS):
        keys = _capture_inputs(model, layout, layers, text[start : start + PIECES_PER_PASS])
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
    captured: dict[int, Tensor] = {}
    hooks: dict[nn.Module, PreHook] = {
        model.get_submodule(layout.down.format(layer)): partial(_capture, captured, layer)
        for layer in layers
    }
    rows = ids.to(model.device)
    first = torch.zeros(1, dtype=torch.long, device=model.device)
    with pre_hooks(hooks), narrowed_head(model, first, first):  # the logits are not needed
        model(input_ids=rows, attention_mask=torch.ones_like(rows), use_cache=False)
    return captured


def _capture(
    captured: dict[int, Tensor], layer: int, _: nn.Module, arguments: tuple[Tensor, ...]
) -> None:
    captured[layer] = arguments[0].detach()


def spectrum_of(moment: Tensor) -> Spectrum:
    """Return the spectrum of C, (d_in, d_in), on the CPU; computed in float64 on C's device."""
    values, vectors = torch.linalg.eigh(moment.double())
    return Spectrum(values.float().cpu(), vectors.float().cpu())
