"""The workbench: the model and everything else that a method needs to solve a request."""

import hashlib
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
    """A model with everything needed to edit it.

    Attributes:
        model: the live model; a method leaves its weights as they are.
        encoder: its tokenizer.
        layout: names of its modules.
        phrases: the wordings of questions.
        statistics: second moments of the down-projections' inputs.
        generator: source of randomness on the CPU.
        pending: requests of the live patches of single edits, whose targets must stay true.
        consolidated: requests of the live consolidated patches, too large to be taught again by
            every solve, which anchors a sample.
        without_pending: makes a context in which only the consolidated patches are applied.
        base_hash: hash of the base model.
        tokens_per_pass: tokens one pass should hold, so that other jobs need not wait long.
    """

    model: PreTrainedModel
    encoder: Encoder
    layout: Layout
    phrases: Phrases
    statistics: Statistics
    generator: torch.Generator
    pending: Sequence[EditRequest]
    consolidated: Sequence[EditRequest]
    without_pending: Callable[[], AbstractContextManager[None]]
    base_hash: str
    tokens_per_pass: int

    @property
    def device(self) -> torch.device:
        """Return the device of the model."""
        return self.model.device

    def batches(self, examples: Sequence[Example]) -> Iterator[Batch]:
        """Yield examples in batches of similar length, in the order given."""
        return self.encoder.batches(examples, self.device, max_tokens=self.tokens_per_pass)

    def layer_count(self) -> int:
        """Return the number of layers, each one transformer block."""
        return layer_count(self.model, self.layout)

    def down(self, layer: int) -> nn.Module:
        """Return the down-projection of a layer."""
        return self.model.get_submodule(self.layout.down.format(layer))

    def block(self, layer: int) -> nn.Module:
        """Return the transformer block of a layer."""
        return self.model.get_submodule(self.layout.block.format(layer))

    def layer_at(self, depth: float) -> int:
        """Return the layer at a share of the depth, 0 <= ``depth`` < 1."""
        return min(round(depth * self.layer_count()), self.layer_count() - 1)

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


def request_generator(request: EditRequest) -> torch.Generator:
    """Return a generator on the CPU whose seed is the hash of a request."""
    seed = hashlib.sha256(repr(request).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(seed[:8]) >> 1)
