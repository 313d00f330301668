"""Losses of answers, and the KL divergence of their tokens from a reference."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.model.hooks import narrowed_head
from editor.text.encoding import Batch

TOP_TOKEN_COUNT = 64
"""Tokens of a reference distribution that are stored; all others are treated as one token."""

MIN_REST_PROBABILITY = 1e-6
"""Lower bound of the probability of all other tokens, against log(0)."""


class AnswerCost(NamedTuple):
    """A cost of each example's answer, such as its loss, (B,) each, nats.

    Attributes:
        mean: over the answer's tokens.
        worst: of the token that costs most. Greedy generation writes the answer if its largest
            negative log-likelihood is below ln 2.
    """

    mean: Tensor
    worst: Tensor


class TopTokens(NamedTuple):
    """The most likely next tokens at N positions, (N, K) each.

    Attributes:
        ids: the token ids.
        log_probabilities: log p of each.
    """

    ids: Tensor
    log_probabilities: Tensor


def answer_loss(model: PreTrainedModel, batch: Batch) -> AnswerCost:
    """Return the negative log-likelihood of each example's answer, stop token included."""
    logits = _answer_logits(model, batch)  # (N, V)
    losses = nn.functional.cross_entropy(logits, batch.target_ids, reduction="none")  # (N,)
    return _by_example(losses, batch)


def answer_log_probabilities(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return log p of every next token at the positions of the answers, (N, V)."""
    return torch.log_softmax(_answer_logits(model, batch), dim=-1)


def top_tokens(log_probabilities: Tensor) -> TopTokens:
    """Return the most likely tokens of N distributions, (N, V)."""
    count = min(TOP_TOKEN_COUNT, log_probabilities.shape[-1])
    highest, ids = log_probabilities.topk(count, dim=-1)
    return TopTokens(ids, highest)


def kl_divergence(reference: TopTokens, log_probabilities: Tensor, batch: Batch) -> AnswerCost:
    """Return KL(reference || model) over each example's answer.

    All tokens outside the reference's top tokens count as one, which can only lower the KL.

    Args:
        reference: at the positions of the answers.
        log_probabilities: the model's at the same positions, (N, V).
        batch: the examples.
    """
    before, after = reference.log_probabilities, log_probabilities.gather(1, reference.ids)
    kl = (before.exp() * (before - after)).sum(dim=-1)  # (N,)
    rest_before, rest_after = (
        (1 - each.exp().sum(dim=-1)).clamp_min(MIN_REST_PROBABILITY) for each in (before, after)
    )
    kl = kl + rest_before * (rest_before / rest_after).log()
    return _by_example(kl, batch)


def _by_example(costs: Tensor, batch: Batch) -> AnswerCost:
    """Aggregate the costs of tokens, (N,), over the answer of each example."""
    zeros = torch.zeros(batch.ids.shape[0], device=costs.device)
    mean = zeros.index_add(0, batch.rows, costs * batch.weights)
    return AnswerCost(mean, zeros.scatter_reduce(0, batch.rows, costs, "amax"))


def _answer_logits(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return the logits at the positions of the answers, (N, V)."""
    with narrowed_head(model, batch.rows, batch.columns):
        output = model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False)
    logits: Tensor = output.logits[0]
    return logits.float()
