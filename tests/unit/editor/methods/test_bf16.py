"""Frozen blocks in bfloat16."""

import pytest
import torch
from torch import Tensor

from editor.methods.bf16 import FAST_BF16_CAPABILITIES, Bf16Blocks
from editor.workbench import Workbench
from tests.support.workbenches import BATCH, workbench_of

FAMILIES = ("gpt2", "llama", "gemma3_text")


@pytest.fixture(params=FAMILIES)
def workbench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {FAST_BF16_CAPABILITIES[0]: True})
    return workbench_of(request.param)


def logits(workbench: Workbench) -> Tensor:
    found: Tensor = workbench.model(input_ids=BATCH.ids, attention_mask=BATCH.mask).logits
    return found


@torch.no_grad()
def test_a_bf16_pass_is_nearly_the_same_and_the_next_one_is_the_same(
    workbench: Workbench,
) -> None:
    before = logits(workbench)
    with Bf16Blocks(workbench)():
        within = logits(workbench)
    assert 0 < (within - before).abs().max() < 0.05 * before.abs().max()
    assert torch.equal(logits(workbench), before)


def test_gradients_of_a_bf16_pass_point_where_those_in_float32_do(
    workbench: Workbench,
) -> None:
    with Bf16Blocks(workbench)():
        found = gradient(workbench)
    assert torch.cosine_similarity(found, gradient(workbench), dim=0) > 0.99


def gradient(workbench: Workbench) -> Tensor:
    """Return the gradient of the mean squared logits of the answers by the embeddings, flat."""
    embedded = workbench.model.get_input_embeddings()(BATCH.ids).detach().requires_grad_()
    found = workbench.model(inputs_embeds=embedded, attention_mask=BATCH.mask).logits
    found[BATCH.rows, BATCH.columns].square().mean().backward()
    flat: Tensor = embedded.grad.flatten()
    return flat


@torch.no_grad()
def test_a_module_whose_forward_is_replaced_is_left_alone(workbench: Workbench) -> None:
    down = workbench.model.get_submodule(workbench.layout.down.format(0))
    down.forward = torch.zeros_like
    with pytest.raises(RuntimeError), Bf16Blocks(workbench)():
        logits(workbench)
    assert vars(down)["forward"] is torch.zeros_like


@torch.no_grad()
def test_nothing_happens_where_it_would_not_be_faster(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    before = logits(workbench)
    with Bf16Blocks(workbench)():
        assert torch.equal(logits(workbench), before)
