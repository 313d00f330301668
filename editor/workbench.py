"""What a method may touch while it solves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import nn
from transformers import PreTrainedModel

from editor.model.layout import Layout, layer_count, stream_width
from editor.patches.deltas import Delta
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.statistics.statistics import Statistics
from editor.text.encoding import Batch, Encoder, Example
from kg_data.phrases import Phrases


@dataclass(frozen=True)
class Workbench:
    """A model with what is needed to edit it.

    Attributes:
        model: the live model; a method leaves its weights as they are.
        encoder: its tokenizer.
        layout: where its matrices are.
        phrases: words for questions.
        statistics: second moments of the down-projections' inputs.
        generator: source of randomness on the CPU.
        pending: requests of the patches in use, whose targets must stay true.
        consolidated: requests of the patches in use that took the place of many; too much to be
            told again by every solve, which looks at a sample.
        settled: puts on the list without its pending patches inside a ``with`` block.
        base_hash: hash of the base model, for the patch.
        tokens: how many tokens a pass should hold at most, so that others need not wait long.
    """

    model: PreTrainedModel
    encoder: Encoder
    layout: Layout
    phrases: Phrases
    statistics: Statistics
    generator: torch.Generator
    pending: Sequence[EditRequest]
    consolidated: Sequence[EditRequest]
    settled: Callable[[], AbstractContextManager[None]]
    base_hash: str
    tokens: int

    @property
    def device(self) -> torch.device:
        """Return the device of the model."""
        return self.model.device

    def batches(self, examples: Sequence[Example]) -> Iterator[Batch]:
        """Return passes over examples, in the order given; those of like length go together."""
        return self.encoder.batches(examples, self.device, tokens=self.tokens)

    def layers(self) -> int:
        """Return the number of blocks."""
        return layer_count(self.model, self.layout)

    def down(self, layer: int) -> nn.Module:
        """Return the down-projection of a layer."""
        return self.model.get_submodule(self.layout.down.format(layer))

    def block(self, layer: int) -> nn.Module:
        """Return the transformer block of a layer."""
        return self.model.get_submodule(self.layout.block.format(layer))

    def layer_at(self, depth: float) -> int:
        """Return the layer at a share of the depth, from 0 on and below 1."""
        return min(round(depth * self.layers()), self.layers() - 1)

    def width(self) -> int:
        """Return the width of the residual stream."""
        return stream_width(self.model)

    def patch(
        self,
        deltas: Mapping[str, Delta],
        method: str,
        request: EditRequest,
        metadata: Mapping[str, object],
    ) -> Patch:
        """Return a patch for this model."""
        return Patch(deltas, method, request, self.base_hash, metadata)
