"""A trainable change, on tiny random models."""

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
        without_pending=nullcontext,
        tokens_per_pass=4096,
        base_hash=PatchedWeights(model, layout).base_hash,
    )


def loss_of(workbench: Workbench) -> Tensor:
    return answer_loss(workbench.model, BATCH).mean.mean()


RANKS = pytest.mark.parametrize("rank", [4, None])


def stepped(workbench: Workbench, rank: int | None) -> TrainableDelta:
    """Return a change after one step of plain gradient descent."""
    delta = TrainableDelta(workbench, LAYERS, rank, whitening=0.5)
    list(delta.initialize_directions([BATCH], lambda _: loss_of(workbench)))
    with delta.attached():
        loss_of(workbench).backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD(delta.parameters(), lr=0.1).step()
    return delta


@RANKS
def test_a_change_is_zero_until_it_is_trained(workbench: Workbench, rank: int | None) -> None:
    before = loss_of(workbench)
    delta = TrainableDelta(workbench, LAYERS, rank, whitening=0.5)
    list(delta.initialize_directions([BATCH], lambda _: loss_of(workbench)))
    with delta.attached():
        torch.testing.assert_close(loss_of(workbench), before)
    assert float(delta.disturbance().detach()) == 0


@RANKS
def test_a_step_along_its_directions_lowers_the_loss(
    workbench: Workbench, rank: int | None
) -> None:
    before = loss_of(workbench)
    delta = stepped(workbench, rank)
    with delta.attached():
        assert loss_of(workbench) < before
    torch.testing.assert_close(loss_of(workbench), before)
    assert delta.disturbance() > 0


@RANKS
def test_folded_into_the_weights_it_has_the_effect_it_had_while_attached(
    workbench: Workbench, rank: int | None
) -> None:
    delta = stepped(workbench, rank)
    with delta.attached():
        attached = loss_of(workbench)
    patch = Patch(delta.deltas(), "test", EditRequest(()), workbench.base_hash, {})
    PatchedWeights(workbench.model, workbench.layout).use([patch])
    torch.testing.assert_close(loss_of(workbench), attached, rtol=1e-4, atol=1e-4)


MOMENT = torch.diag(torch.tensor([1.0, 4.0, 9.0, 16.0]))


def test_whitened_keys_have_unit_covariance() -> None:
    projection, scale = coordinates(spectrum_of(MOMENT), 1.0)
    torch.testing.assert_close(projection @ MOMENT @ projection.T, torch.eye(4))
    torch.testing.assert_close(scale, torch.ones(4))


def test_keys_that_are_not_whitened_are_scaled_to_unit_mean_power() -> None:
    projection, _ = coordinates(spectrum_of(MOMENT), 0.0)
    gram = projection.T @ projection
    torch.testing.assert_close(gram, torch.eye(4) * gram[0, 0])
    assert float((projection @ MOMENT @ projection.T).trace()) == pytest.approx(4)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_the_scale_gives_the_mean_square_output_over_ordinary_keys(whitening: float) -> None:
    left = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    projection, scale = coordinates(spectrum_of(MOMENT), whitening)
    delta = left @ projection
    power = (delta @ MOMENT * delta).sum()
    torch.testing.assert_close((left * scale).square().sum(), power)


def test_gradients_gathered_over_passes_are_those_of_the_passes(workbench: Workbench) -> None:
    delta = stepped(workbench, None)
    for each in delta.parameters():
        each.grad = None

    def passes() -> None:
        for _ in range(2):
            with delta.attached():
                loss_of(workbench).backward()  # type: ignore[no-untyped-call]
        (0.1 * delta.disturbance()).backward()  # type: ignore[no-untyped-call]

    passes()
    expected = [each.grad for each in delta.parameters()]
    for each in delta.parameters():
        each.grad = None
    with delta.materialized():
        passes()
    for each, gradient in zip(delta.parameters(), expected, strict=True):
        torch.testing.assert_close(each.grad, gradient)
