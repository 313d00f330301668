"""What an optimisation looks at: how likely answers are, and how far they have moved."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.model.hooks import narrowed_head
from editor.text.encoding import Batch

TOP_TOKENS = 64
"""Tokens by which what a model says next is told apart; the others count as one."""

SMALLEST_REST = 1e-6
"""Probability at which the rest is taken to be nothing."""


class AnswerCost(NamedTuple):
    """What the places of each example's answer cost, (B,) each, nats.

    Attributes:
        mean: over the places.
        worst: of the place that costs most. Greedy generation writes the answer where its
            negative log-likelihood is below ln 2.
    """

    mean: Tensor
    worst: Tensor


class TopTokens(NamedTuple):
    """What a model says next at some places: its most likely tokens, (N, K) each.

    Attributes:
        tokens: which.
        logs: log p of each.
    """

    tokens: Tensor
    logs: Tensor


def answer_loss(model: PreTrainedModel, batch: Batch) -> AnswerCost:
    """Return the negative log-likelihood of each example's answer, stop token included."""
    logits = _answer_logits(model, batch)  # (N, V)
    losses = nn.functional.cross_entropy(logits, batch.wanted, reduction="none")  # (N,)
    return _over_answer(losses, batch)


def answer_log_probabilities(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return log p of every next token at the answers' places, (N, V)."""
    return torch.log_softmax(_answer_logits(model, batch), dim=-1)


def likely(logs: Tensor) -> TopTokens:
    """Return the most likely tokens of log p over all tokens, (N, V)."""
    most, tokens = logs.topk(min(TOP_TOKENS, logs.shape[-1]), dim=-1)
    return TopTokens(tokens, most)


def divergence(before: TopTokens, after: Tensor, batch: Batch) -> AnswerCost:
    """Return KL(before || after) over each example's answer.

    Tokens that were not likely before count as one, which makes it a little less, never more.

    Args:
        before: at the answers' places.
        after: log p of every token there, (N, V).
        batch: the examples.
    """
    logs = after.gather(1, before.tokens)
    kl = (before.logs.exp() * (before.logs - logs)).sum(dim=-1)  # (N,)
    was, now = (
        (1 - each.exp().sum(dim=-1)).clamp_min(SMALLEST_REST) for each in (before.logs, logs)
    )
    kl = kl + was * (was / now).log()
    return _over_answer(kl, batch)


def _over_answer(costs: Tensor, batch: Batch) -> AnswerCost:
    """Return what the answers' places, (N,), cost their examples."""
    zeros = torch.zeros(batch.ids.shape[0], device=costs.device)
    mean = zeros.index_add(0, batch.rows, costs * batch.weights)
    return AnswerCost(mean, zeros.scatter_reduce(0, batch.rows, costs, "amax"))


def _answer_logits(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return the logits at the answers' places, (N, V)."""
    with narrowed_head(model, batch.rows, batch.columns):
        output = model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False)
    logits: Tensor = output.logits[0]
    return logits.float()
