"""Second moments of keys: the mean of k kᵀ over ordinary text at a down-projection's input."""

import hashlib
import os
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.layout import Layout

SEQUENCES, LENGTH = 192, 64
"""How much text is sampled; 12,288 tokens are 10 x d_in and more for small models."""


class Statistics:
    """Second moments of one base model, from text sampled from the model itself.

    Computed at the first use and kept in a file whose name is a hash of the weights and the
    settings.
    """

    def __init__(self, model: PreTrainedModel, encoder: Encoder, layout: Layout) -> None:
        self._model, self._encoder, self._layout = model, encoder, layout
        self._moments: dict[int, Tensor] = {}

    def prepare(self, layers: range, *, cache: Path, base_hash: str) -> None:
        """Load or compute the second moments of layers; call it while no patch is live."""
        key = hashlib.sha256(f"{base_hash} {SEQUENCES} {LENGTH} {layers}".encode()).hexdigest()
        path = cache / f"{key}.safetensors"
        if path.exists():
            loaded = load_file(path)
            self._moments = {int(layer): moment for layer, moment in loaded.items()}
            return
        self._moments = self._measure(layers)
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial")  # others may measure as well
        save_file({str(layer): moment for layer, moment in self._moments.items()}, partial)
        partial.replace(path)

    def second_moment(self, layer: int) -> Tensor:
        """Return C of a layer, (d_in, d_in), float32, uncentred."""
        return self._moments[layer]

    @torch.inference_mode()
    def _measure(self, layers: range) -> dict[int, Tensor]:
        sums: dict[int, Tensor] = {}
        count = 0
        text = sample_text(self._model, self._encoder, sequences=SEQUENCES, length=LENGTH)
        for rows in torch.split(text, 32):
            keys = capture_inputs(self._model, self._layout, layers, rows)
            for layer, key in keys.items():
                flat = key.flatten(0, 1).double()  # (B * T, d_in)
                sums[layer] = sums.get(layer, torch.zeros(())) + (flat.T @ flat).cpu()
            count += rows.numel()
        return {layer: (total / count).float() for layer, total in sums.items()}


def capture_inputs(
    model: PreTrainedModel, layout: Layout, layers: range, ids: Tensor
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
        model(input_ids=rows, attention_mask=torch.ones_like(rows), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return caught


@torch.inference_mode()
def sample_text(model: PreTrainedModel, encoder: Encoder, *, sequences: int, length: int) -> Tensor:
    """Sample token ids from the model at temperature 1, (sequences, length), seeded by 0."""
    generator = torch.Generator().manual_seed(0)
    begin = encoder.tokenizer("").input_ids or [encoder.pad]
    ids = torch.tensor([begin] * sequences).to(model.device)
    cache, step = None, ids
    while ids.shape[1] < length:
        mask = torch.ones_like(ids)
        output = model(input_ids=step, attention_mask=mask, past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        probabilities = torch.softmax(output.logits[:, -1].float().cpu(), dim=-1)
        step = torch.multinomial(probabilities, 1, generator=generator).to(model.device)
        ids = torch.cat([ids, step], dim=1)
    return ids
