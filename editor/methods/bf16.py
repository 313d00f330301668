"""Frozen transformer blocks that multiply in bfloat16 where that is faster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D

from editor.model.hooks import replaced_forward
from editor.workbench import Workbench

FAST_BF16_CAPABILITIES = ("avx512_bf16", "amx_bf16")
"""Capabilities of a CPU that multiplies bfloat16 at least twice as fast as float32."""

Forward: TypeAlias = Callable[[Tensor], Tensor]


class Bf16Blocks:
    """Forward functions of frozen blocks in bfloat16, active inside a ``with`` block.

    For passes whose gradient is needed. Matrices are multiplied in bfloat16, forward and backward;
    trained parameters, attention, norms and logits stay float32, and the head uses bfloat16 in the
    backward pass only. The library's GELU of seven operations becomes one. Nothing changes where
    bfloat16 is not faster: on other devices, in other dtypes, and on CPUs without the
    instructions. ``torch.autocast`` is no substitute: its attention has a slower backward pass.

    Args:
        workbench: the model; it must have the same patches applied now as inside the blocks.
        layers: whose matrices are copied; None for all.
    """

    def __init__(self, workbench: Workbench, layers: Iterable[int] | None = None) -> None:
        self._forwards: dict[nn.Module, Forward] = {}
        if _is_faster(workbench):
            modules = list(
                _modules(workbench, range(workbench.layer_count()) if layers is None else layers)
            )
            matrices = (each for each in modules if isinstance(each, nn.Linear | Conv1D))
            gelus = (each for each in modules if isinstance(each, NewGELUActivation))
            self._forwards |= {each: _linear_forward(each) for each in matrices}
            self._forwards |= {each: partial(gelu, approximate="tanh") for each in gelus}
            self._forwards |= {each: _head_forward(each) for each in _head(workbench)}

    def __call__(self) -> AbstractContextManager[None]:
        """Use bfloat16 inside a ``with`` block, except in modules whose forward is replaced."""
        free = (each for each in self._forwards if "forward" not in vars(each))
        return replaced_forward({module: self._forwards[module] for module in free})


def _is_faster(workbench: Workbench) -> bool:
    get_capabilities: Callable[[], dict[str, bool]] = getattr(torch.cpu, "get_capabilities", dict)
    capabilities = get_capabilities()  # torch 2.9 does not have the function
    fast = any(capabilities.get(name) for name in FAST_BF16_CAPABILITIES)
    return fast and workbench.device.type == "cpu" and workbench.model.dtype is torch.float32


def _modules(workbench: Workbench, layers: Iterable[int]) -> Iterator[nn.Module]:
    for layer in layers:
        yield from workbench.model.get_submodule(workbench.layout.block.format(layer)).modules()


def _head(workbench: Workbench) -> Iterator[nn.Linear]:
    head: nn.Module = workbench.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    if isinstance(head, nn.Linear):
        yield head


class _Bf16Backward(torch.autograd.Function):
    """A float32 product whose gradient is computed in bfloat16."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, copied: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(copied)
        return states @ weight.T

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        (copied,) = ctx.saved_tensors
        return (gradient.bfloat16() @ copied).to(gradient.dtype), None, None


def _head_forward(head: nn.Linear) -> Forward:
    weight, bias = head.weight.detach(), cast("Tensor | None", head.bias)
    copied = weight.bfloat16()

    def multiply(states: Tensor) -> Tensor:
        product: Tensor = _Bf16Backward.apply(states, weight, copied)
        return product if bias is None else product + bias

    return multiply


def _linear_forward(module: nn.Linear | Conv1D) -> Forward:
    weight = module.weight.detach()
    copied = (weight.T if isinstance(module, Conv1D) else weight).bfloat16()
    bias = cast("Tensor | None", module.bias)

    def multiply(states: Tensor) -> Tensor:
        product = linear(states.bfloat16(), copied).to(states.dtype)
        return product if bias is None else product + bias

    return multiply
