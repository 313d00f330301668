"""Which tokens a model's head can write: those whose output embedding is like no other's."""

from collections.abc import Iterable

import torch
from torch import nn
from transformers import PreTrainedModel

APART = 0.1
"""Distance of a token's output embedding from its nearest neighbour, in units of its own length,
below which the two count as one."""

ROWS = 8192
"""Output embeddings that are compared at a time."""


@torch.no_grad()
def indistinct_tokens(tokens: Iterable[int], model: PreTrainedModel) -> set[int]:
    """Return those of some tokens that the head of a model does not tell from another token.

    Tokens that were never seen in training have nearly the same output embedding, so that the
    most a change below the head can give one of them is its share among them: 1 / 64 for "ht" in
    the demonstration model.
    """
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    weight = head.get_parameter("weight")  # (V, d)
    chosen = torch.tensor(sorted(set(tokens)), device=weight.device, dtype=torch.long)
    rows = weight[chosen].float()
    nearest = torch.full((len(chosen),), torch.inf, device=weight.device)
    for start in range(0, len(weight), ROWS):
        distances = torch.cdist(rows, weight[start : start + ROWS].float())
        inside = (start <= chosen) & (chosen < start + distances.shape[1])
        distances[inside, chosen[inside] - start] = torch.inf  # itself
        nearest = nearest.minimum(distances.min(dim=1).values)
    apart = nearest >= APART * rows.norm(dim=1)
    return set(chosen[~apart].tolist())
