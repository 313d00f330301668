import pytest
import torch
from torch import Tensor

from editor.methods.losses import (
    TOP_TOKEN_COUNT,
    answer_log_probabilities,
    answer_loss,
    kl_divergence,
    top_tokens,
)
from editor.text.encoding import Batch
from tests.support.models import FAMILIES, tiny_model
from tests.support.workbenches import BATCH, EXAMPLES, TOKENIZER


def positions(batch: Batch, row: int) -> Tensor:
    return torch.nonzero(batch.rows == row)[:, 0]


@pytest.mark.parametrize("family", FAMILIES)
@torch.no_grad()
def test_log_probabilities_are_those_of_the_models_own_logits(family: str) -> None:
    model = tiny_model(family, TOKENIZER)
    logits = model(input_ids=BATCH.ids, attention_mask=BATCH.mask).logits
    expected = torch.log_softmax(logits.float(), dim=-1)[BATCH.rows, BATCH.columns]
    torch.testing.assert_close(answer_log_probabilities(model, BATCH), expected)


@torch.no_grad()
def test_the_loss_counts_each_example_once_and_knows_its_worst_token() -> None:
    model = tiny_model("llama", TOKENIZER)
    loss = answer_loss(model, BATCH)
    log_probabilities = answer_log_probabilities(model, BATCH)
    token_losses = -log_probabilities.gather(1, BATCH.target_ids[:, None])[:, 0]
    for row in range(len(EXAMPLES)):
        own = token_losses[positions(BATCH, row)]
        torch.testing.assert_close(loss.mean[row], own.mean())
        torch.testing.assert_close(loss.worst[row], own.max())


def test_divergence_is_zero_for_the_same_model_and_counts_per_example() -> None:
    before = torch.log_softmax(torch.randn(len(BATCH.rows), 7), dim=-1)
    after = before.clone()
    assert kl_divergence(top_tokens(before), after, BATCH).worst.abs().max() < 1e-6
    after[positions(BATCH, 1)] = torch.log_softmax(torch.zeros(1, 7), dim=-1)
    kl = kl_divergence(top_tokens(before), after, BATCH)
    assert kl.mean.shape == kl.worst.shape == (2,)
    assert kl.mean[0].abs() < 1e-6
    expected = (before.exp() * (before - after)).sum(-1)[positions(BATCH, 1)]
    torch.testing.assert_close(kl.mean[1], expected.mean())
    torch.testing.assert_close(kl.worst[1], expected.max())


def test_divergence_sees_what_moves_among_and_away_from_the_likely_tokens() -> None:
    torch.manual_seed(0)
    before = torch.log_softmax(3 * torch.randn(len(BATCH.rows), 4 * TOP_TOKEN_COUNT), dim=-1)
    after = torch.log_softmax(before + torch.randn_like(before), dim=-1)
    whole = (before.exp() * (before - after)).sum(dim=-1)
    expected = torch.stack([whole[positions(BATCH, row)].mean() for row in range(len(EXAMPLES))])
    seen = kl_divergence(top_tokens(before), after, BATCH).mean
    assert (seen <= expected + 1e-5).all()
    assert (seen > 0.5 * expected).all()
