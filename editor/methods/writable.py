"""What a model can write at all."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from editor.encoding import Example
from editor.workbench import Workbench

APART = 0.1
"""Distance of a token's output embedding from its nearest neighbour, in units of its own length,
below which the two are taken to be one."""

ROWS = 256
"""Embeddings compared with all others at a time."""


def writable(examples: Sequence[Example], bench: Workbench) -> list[Example]:
    """Return the examples whose answers the model can write.

    Tokens that were never seen in training have nearly the same output embedding, so that the
    most a change below the head can give one of them is its share among them: 1 / 64 for "ht" in
    the demonstration model. A fit that tries spends its steps, and the room of the others, on it.
    """
    tokens = sorted({token for each in examples for token in each.ids[each.start :]})
    alike = _alike(tokens, bench)
    return [each for each in examples if alike.isdisjoint(each.ids[each.start :])]


@torch.no_grad()
def _alike(tokens: Sequence[int], bench: Workbench) -> set[int]:
    """Return those of some tokens that the head does not tell from another."""
    head: nn.Module = bench.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    weight = head.get_parameter("weight").float()  # (V, d)
    found: set[int] = set()
    for start in range(0, len(tokens), ROWS):
        chosen = torch.tensor(tokens[start : start + ROWS], device=weight.device)
        found |= set(chosen[_nearest(weight, chosen) < APART].tolist())
    return found


def _nearest(weight: Tensor, chosen: Tensor) -> Tensor:
    """Return how far the nearest other row is from chosen ones, in units of their length, (n,)."""
    rows = weight[chosen]
    distances = torch.cdist(rows, weight)
    distances[torch.arange(len(chosen)), chosen] = torch.inf
    nearest: Tensor = distances.min(dim=1).values / rows.norm(dim=1).clamp_min(1e-12)
    return nearest
