"""What an optimisation looks at: how likely answers are, and how far they have moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from editor.encoding import Batch


class AnswerLoss(NamedTuple):
    """How unlikely each example's answer is, (B,) each, nats.

    Attributes:
        mean: over the answer's tokens.
        worst: of its most unlikely token; below ln 2 greedy generation writes the answer.
    """

    mean: Tensor
    worst: Tensor


def answer_loss(model: PreTrainedModel, batch: Batch) -> AnswerLoss:
    """Return the negative log-likelihood of each example's answer, stop token included."""
    logits = _answer_logits(model, batch)  # (N, V)
    losses = nn.functional.cross_entropy(logits, batch.wanted, reduction="none")  # (N,)
    zeros = torch.zeros(batch.ids.shape[0], device=losses.device)
    mean = zeros.index_add(0, batch.rows, losses * batch.weights)
    worst = zeros.scatter_reduce(0, batch.rows, losses, "amax")
    return AnswerLoss(mean, worst)


def answer_log_probabilities(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return log p of every next token at the answers' places, (N, V)."""
    return torch.log_softmax(_answer_logits(model, batch), dim=-1)


def divergence(before: Tensor, after: Tensor, batch: Batch) -> Tensor:
    """Return KL(before || after), averaged over each example's answer, (B,)."""
    kl = (before.exp() * (before - after)).sum(dim=-1)  # (N,)
    zeros = torch.zeros(batch.ids.shape[0], device=kl.device)
    return zeros.index_add(0, batch.rows, kl * batch.weights)


def _answer_logits(model: PreTrainedModel, batch: Batch) -> Tensor:
    """Return the logits at the answers' places, (N, V)."""
    with narrowed(model, batch.rows, batch.columns):
        output = model(input_ids=batch.ids, attention_mask=batch.mask, use_cache=False)
    logits: Tensor = output.logits[0]
    return logits.float()


@contextmanager
def narrowed(model: PreTrainedModel, rows: Tensor, columns: Tensor) -> Iterator[None]:
    """Let the head see some places alone, as one row of a batch, (1, N, d).

    Whatever the model does to its logits it does itself.
    """
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]

    def narrow(_: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (arguments[0][rows, columns][None],)

    handle = head.register_forward_pre_hook(narrow)
    try:
        yield
    finally:
        handle.remove()
