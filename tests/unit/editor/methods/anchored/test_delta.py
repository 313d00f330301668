"""What a trainable change promises, on tiny random models."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import Tensor

from editor.methods.anchored.delta import TrainableDelta, coordinates
from editor.methods.losses import answer_loss
from editor.model.host import finish
from editor.model.layout import layout_of
from editor.patches.patch import Patch
from editor.patches.weights import PatchedWeights
from editor.request import EditRequest
from editor.statistics.moments import spectrum_of
from editor.statistics.statistics import Statistics
from editor.text.encoding import Encoder
from editor.workbench import Workbench
from kg_data.phrases import Phrases
from kg_data.relations import RelationBook
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer
from tests.support.workbenches import BATCH

LAYERS = [0, 2]


@pytest.fixture(params=FAMILIES)
def workbench(request: pytest.FixtureRequest, tmp_path: Path) -> Workbench:
    tokenizer = tiny_tokenizer()
    encoder, model = Encoder(tokenizer), tiny_model(request.param, tokenizer)
    model.requires_grad_(requires_grad=False)
    layout = layout_of(model)
    statistics = Statistics(model, encoder, layout)
    finish(statistics.prepare(range(3), cache=tmp_path, base_hash="tests"))
    return Workbench(
        model=model,
        encoder=encoder,
        layout=layout,
        phrases=Phrases(RelationBook.shipped()),
        statistics=statistics,
        generator=torch.Generator().manual_seed(0),
        pending=[],
        consolidated=[],
        settled=nullcontext,
        tokens=4096,
        base_hash=PatchedWeights(model, layout).base_hash,
    )


def loss_of(workbench: Workbench) -> Tensor:
    return answer_loss(workbench.model, BATCH).mean.mean()


RANKS = pytest.mark.parametrize("rank", [4, None])


def stepped(workbench: Workbench, rank: int | None) -> TrainableDelta:
    """Return a change after one step of plain gradient descent."""
    change = TrainableDelta(workbench, LAYERS, rank, whitening=0.5)
    list(change.align([BATCH], lambda _: loss_of(workbench)))
    with change.attached():
        loss_of(workbench).backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD(change.parameters(), lr=0.1).step()
    return change


@RANKS
def test_a_change_is_nothing_until_it_is_trained(workbench: Workbench, rank: int | None) -> None:
    before = loss_of(workbench)
    change = TrainableDelta(workbench, LAYERS, rank, whitening=0.5)
    list(change.align([BATCH], lambda _: loss_of(workbench)))
    with change.attached():
        torch.testing.assert_close(loss_of(workbench), before)
    assert float(change.disturbance().detach()) == 0


@RANKS
def test_a_step_along_its_directions_lowers_the_loss(
    workbench: Workbench, rank: int | None
) -> None:
    before = loss_of(workbench)
    change = stepped(workbench, rank)
    with change.attached():
        assert loss_of(workbench) < before
    torch.testing.assert_close(loss_of(workbench), before)
    assert change.disturbance() > 0


@RANKS
def test_folded_into_the_weights_it_is_what_it_was_while_attached(
    workbench: Workbench, rank: int | None
) -> None:
    change = stepped(workbench, rank)
    with change.attached():
        attached = loss_of(workbench)
    patch = Patch(change.deltas(), "test", EditRequest(()), workbench.base_hash, {})
    PatchedWeights(workbench.model, workbench.layout).use([patch])
    torch.testing.assert_close(loss_of(workbench), attached, rtol=1e-4, atol=1e-4)


MOMENT = torch.diag(torch.tensor([1.0, 4.0, 9.0, 16.0]))


def test_whitened_keys_have_unit_covariance() -> None:
    inwards, spread = coordinates(spectrum_of(MOMENT), 1.0)
    torch.testing.assert_close(inwards @ MOMENT @ inwards.T, torch.eye(4))
    torch.testing.assert_close(spread, torch.ones(4))


def test_keys_that_are_not_whitened_keep_their_lengths_but_for_unit_power() -> None:
    inwards, _ = coordinates(spectrum_of(MOMENT), 0.0)
    told = inwards.T @ inwards
    torch.testing.assert_close(told, torch.eye(4) * told[0, 0])
    assert float((inwards @ MOMENT @ inwards.T).trace()) == pytest.approx(4)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_the_spread_tells_what_a_matrix_does_to_ordinary_keys(whitening: float) -> None:
    left = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    inwards, spread = coordinates(spectrum_of(MOMENT), whitening)
    change = left @ inwards
    told = (change @ MOMENT * change).sum()
    torch.testing.assert_close((left * spread).square().sum(), told)


def test_gradients_gathered_over_passes_are_those_of_the_passes(workbench: Workbench) -> None:
    change = stepped(workbench, None)
    for each in change.parameters():
        each.grad = None

    def passes() -> None:
        for _ in range(2):
            with change.attached():
                loss_of(workbench).backward()  # type: ignore[no-untyped-call]
        (0.1 * change.disturbance()).backward()  # type: ignore[no-untyped-call]

    passes()
    expected = [each.grad for each in change.parameters()]
    for each in change.parameters():
        each.grad = None
    with change.materialized():
        passes()
    for each, gradient in zip(change.parameters(), expected, strict=True):
        torch.testing.assert_close(each.grad, gradient)
