"""Second moments of keys: the mean of k kᵀ over ordinary text at a down-projection's input."""

import hashlib
import json
import math
import os
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.errors import BadConfig, SingularStatistics, TooLittleText
from editor.layout import Layout

SEQUENCES, LENGTH = 192, 64
"""How much text is read at least: 192 pieces of 64 tokens, which is plenty for narrow models."""

PER_INPUT = 10
"""Tokens read for each input of a down-projection, at least: with so many, a second moment serves
as well as with a thousand times more (arXiv 2506.04226)."""

MOST_CHARACTERS = 4_096
"""Of a line that are read at a time."""

PREFIXES = ((10, 5), (10, 10))
"""How many sampled prefixes of how many tokens each, as ROME has them."""


class Statistics:
    """Second moments of one base model, from a text or from what the model itself writes.

    Computed at the first use and kept in a file whose name is a hash of the weights, the text and
    the settings, together with sampled sentences to stand in front of others.

    Args:
        model: the base model.
        encoder: its tokenizer.
        layout: where its matrices are.
        text: a file of ordinary text in UTF-8; only as much is read as is needed. None samples
            from the model.
    """

    def __init__(
        self, model: PreTrainedModel, encoder: Encoder, layout: Layout, text: Path | None = None
    ) -> None:
        self._model, self._encoder, self._layout, self._text = model, encoder, layout, text
        self._moments: dict[int, Tensor] = {}
        self._factors: dict[int, Tensor] = {}
        self._prefixes: tuple[str, ...] = ()

    def prepare(self, layers: range, *, cache: Path, base_hash: str) -> None:
        """Load or compute the second moments of layers; call it while no patch is live.

        Raises:
            TooLittleText: the text file holds too little.
            OSError: it cannot be read.
        """
        told = None if self._text is None else self._read(self._text)
        source = "" if told is None else hashlib.sha256(told.numpy().tobytes()).hexdigest()
        settings = f"{base_hash} {self._sequences()} {LENGTH} {PREFIXES} {layers}{source}"
        path = cache / f"{hashlib.sha256(settings.encode()).hexdigest()}.safetensors"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}.partial")  # others may measure as well
            moments = {str(layer): moment for layer, moment in self._measure(layers, told).items()}
            save_file(moments, partial, metadata={"prefixes": json.dumps(self._sampled())})
            partial.replace(path)
        with safe_open(path, framework="pt") as stored:
            self._moments = {int(layer): stored.get_tensor(layer) for layer in stored.keys()}  # noqa: SIM118  not a dict
            self._prefixes = tuple(json.loads(stored.metadata()["prefixes"]))

    def second_moment(self, layer: int) -> Tensor:
        """Return C of a layer, (d_in, d_in), float32, uncentred."""
        return self._moments[layer]

    def solve(self, layer: int, keys: Tensor) -> Tensor:
        """Return C^-1 times keys, (d_in, u), in float64 on the CPU; C is factored once.

        Args:
            layer: whose C.
            keys: (d_in, u).

        Raises:
            SingularStatistics: C cannot be inverted.
        """
        if layer not in self._factors:
            try:
                self._factors[layer] = torch.linalg.cholesky(self._moments[layer].double())
            except RuntimeError as error:  # torch.linalg.LinAlgError is one
                raise SingularStatistics(layer) from error
        return torch.cholesky_solve(keys.cpu().double(), self._factors[layer])

    def prefixes(self, count: int) -> tuple[str, ...]:
        """Return sampled sentences to stand in front of others, the shortest first.

        Raises:
            BadConfig: there are not as many.
        """
        if count > len(self._prefixes):
            raise BadConfig("prefixes", count, f"at most {len(self._prefixes)}")
        return self._prefixes[:count]

    def _sequences(self) -> int:
        """Return how many pieces of text to read."""
        weight = self._model.get_parameter(self._layout.down_weight(0))
        inputs = weight.shape[0 if self._layout.transposed else 1]
        return max(SEQUENCES, math.ceil(PER_INPUT * inputs / LENGTH))

    def _read(self, path: Path) -> Tensor:
        """Return the pieces of a text file, (n, LENGTH), as many as are needed; it is streamed."""
        tokens: list[int] = []
        wanted = self._sequences() * LENGTH
        with path.open(encoding="utf-8") as lines:
            while len(tokens) < wanted and (line := lines.readline(MOST_CHARACTERS)):
                tokens += self._encoder.text_ids(line)
        if len(tokens) < wanted:
            raise TooLittleText(path, len(tokens), wanted)
        return torch.tensor(tokens[:wanted]).view(-1, LENGTH)

    def _sampled(self) -> list[str]:
        """Return what the model says of itself, each sample as one sentence."""
        decode = self._encoder.tokenizer.decode
        found = []
        for count, length in PREFIXES:
            text = sample_text(self._model, self._encoder, sequences=count, length=length + 1)
            for row in text.tolist():
                words = str(decode(row, skip_special_tokens=True)).split()
                found.append(f"{' '.join(words).rstrip('.?!')}. ")
        return found

    @torch.inference_mode()
    def _measure(self, layers: range, text: Tensor | None) -> dict[int, Tensor]:
        sums: dict[int, Tensor] = {}
        count = 0
        if text is None:
            sequences = self._sequences()
            text = sample_text(self._model, self._encoder, sequences=sequences, length=LENGTH)
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
