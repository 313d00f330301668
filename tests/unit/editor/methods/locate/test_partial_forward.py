"""A partial forward pass gives the logits of the whole one."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from editor.methods.locate.partial_forward import EditRow, PartialForward, keys_and_streams
from editor.workbench import Workbench
from tests.support.models import FAMILIES
from tests.support.workbenches import workbench_of

ROWS = (
    EditRow((1, 5, 6, 7, 8, 9), 2, (4, 5)),
    EditRow((1, 11, 12), 0, (1,)),
    EditRow((1, 20, 21, 22, 23), 3, (3, 4)),
)


def whole(workbench: Workbench, layer: int, row: EditRow, shift: Tensor) -> Tensor:
    """Return the logits of one row by a forward pass over all of it."""

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        moved = output.clone()
        moved[:, row.edit_position] += shift
        return moved

    module = workbench.model.get_submodule(workbench.layout.down.format(layer))
    handle = module.register_forward_hook(add)
    with torch.no_grad():
        logits: Tensor = workbench.model(input_ids=torch.tensor([row.ids])).logits[
            0, list(row.query_positions)
        ]
    handle.remove()
    return logits


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("chosen", [(0, 1, 2), (2, 0)])
def test_a_partial_pass_gives_the_logits_of_the_whole_pass(
    family: str, layer: int, chosen: Sequence[int]
) -> None:
    workbench = workbench_of(family)
    tail = PartialForward(workbench, ROWS, layer)
    shift = torch.randn(len(chosen), 32, generator=torch.Generator().manual_seed(1))
    for _ in range(2):  # the first pass must leave the cache as it was
        logits = tail.logits(chosen, shift)
    expected = [
        whole(workbench, layer, ROWS[row], each) for row, each in zip(chosen, shift, strict=True)
    ]
    torch.testing.assert_close(logits, torch.cat(expected), atol=2e-4, rtol=1e-4)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("family", FAMILIES)
def test_the_edited_token_may_be_the_first(family: str) -> None:
    workbench = workbench_of(family)
    shift = torch.ones(1, 32)
    logits = PartialForward(workbench, ROWS[1:2], 1).logits((0,), shift)
    expected = whole(workbench, 1, ROWS[1], shift[0])
    torch.testing.assert_close(logits, expected, atol=2e-4, rtol=1e-4)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("family", FAMILIES)
def test_a_shift_gets_the_gradient_of_its_own_row_alone(family: str) -> None:
    workbench = workbench_of(family)
    tail = PartialForward(workbench, ROWS, 1)
    shift = torch.zeros(3, 32, requires_grad=True)
    tail.logits((0, 1, 2), shift)[0, 3].backward()  # type: ignore[no-untyped-call]
    assert shift.grad is not None
    assert float(shift.grad[0].norm()) > 0
    assert float(shift.grad[1:].norm()) == 0


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("family", FAMILIES)
def test_keys_and_streams_do_not_depend_on_the_other_rows(family: str) -> None:
    workbench = workbench_of(family)
    keys, streams = keys_and_streams(workbench, ROWS, 1, 2)
    alone = [keys_and_streams(workbench, [row], 1, 2) for row in ROWS]
    torch.testing.assert_close(keys, torch.cat([key for key, _ in alone]), atol=2e-4, rtol=1e-4)
    torch.testing.assert_close(
        streams, torch.cat([stream for _, stream in alone]), atol=2e-4, rtol=1e-4
    )
    torch.testing.assert_close(keys, PartialForward(workbench, ROWS, 1).keys, atol=2e-4, rtol=1e-4)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_are_unchanged_afterwards(family: str) -> None:
    workbench = workbench_of(family)
    before = workbench.model(input_ids=torch.tensor([[1, 5, 6]])).logits
    tail = PartialForward(workbench, ROWS, 2)
    tail.logits((0,), torch.ones(1, 32))
    assert torch.equal(workbench.model(input_ids=torch.tensor([[1, 5, 6]])).logits, before)
