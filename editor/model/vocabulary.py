"""Tokens a model's head cannot tell apart, because their output embeddings nearly coincide."""

from collections.abc import Iterable, Sequence

import torch
from torch import nn
from transformers import PreTrainedModel

from editor.text.encoding import Encoder

MIN_DISTANCE = 0.1
"""Distance of an output embedding from its nearest neighbour, relative to its own norm, below which
the two tokens count as one."""

ROWS_PER_CHUNK = 8192
"""Output embeddings compared at a time."""


@torch.no_grad()
def indistinct_tokens(tokens: Iterable[int], model: PreTrainedModel) -> set[int]:
    """Return those of some tokens that the head of a model does not tell from another token.

    Tokens never seen in training have nearly the same output embedding. They share one
    probability, whatever changes below the head: at most 1 / 64 is left for "ht" in the
    demonstration model.
    """
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    weight = head.get_parameter("weight")  # (V, d)
    chosen = torch.tensor(sorted(set(tokens)), device=weight.device, dtype=torch.long)
    rows = weight[chosen].float()
    nearest = torch.full((len(chosen),), torch.inf, device=weight.device)
    for start in range(0, len(weight), ROWS_PER_CHUNK):
        distances = torch.cdist(rows, weight[start : start + ROWS_PER_CHUNK].float())
        inside = (start <= chosen) & (chosen < start + distances.shape[1])
        distances[inside, chosen[inside] - start] = torch.inf  # itself
        nearest = nearest.minimum(distances.min(dim=1).values)
    distinct = nearest >= MIN_DISTANCE * rows.norm(dim=1)
    return set(chosen[~distinct].tolist())


def writable_answers(
    answers: Sequence[str], encoder: Encoder, model: PreTrainedModel
) -> list[bool]:
    """Tell which answers consist of tokens that a model's head tells from all others."""
    prompts = ("?", "")  # a question and a statement
    tokens = [{t for p in prompts for t in encoder.answer_ids(p, a)} for a in answers]
    indistinct = indistinct_tokens(set().union(*tokens), model)
    return [indistinct.isdisjoint(each) for each in tokens]
