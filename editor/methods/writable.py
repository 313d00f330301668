"""What a model can write at all."""

from collections.abc import Iterable, Sequence

import torch
from torch import nn
from transformers import PreTrainedModel

from editor.encoding import Example
from editor.workbench import Workbench

APART = 0.1
"""Distance of a token's output embedding from its nearest neighbour, in units of its own length,
below which the two are taken to be one."""

ROWS = 8192
"""Output embeddings that are looked at at a time."""


def writable(examples: Sequence[Example], bench: Workbench) -> list[Example]:
    """Return the examples whose answers the model can write.

    Tokens that were never seen in training have nearly the same output embedding, so that the
    most a change below the head can give one of them is its share among them: 1 / 64 for "ht" in
    the demonstration model. A fit that tries spends its steps, and the room of the others, on it.
    """
    alike = tokens_alike((token for each in examples for token in _answer(each)), bench.model)
    return [each for each in examples if alike.isdisjoint(_answer(each))]


def _answer(example: Example) -> Sequence[int]:
    return example.ids[example.start :]


@torch.no_grad()
def tokens_alike(tokens: Iterable[int], model: PreTrainedModel) -> set[int]:
    """Return those of some tokens that the head of a model does not tell from another."""
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
