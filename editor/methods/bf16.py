"""Frozen blocks that multiply in bfloat16 where that is faster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D

from editor.model.hooks import replaced_forward
from editor.workbench import Workbench

FASTER = ("avx512_bf16", "amx_bf16")
"""Capabilities of a CPU that multiplies bfloat16 at least twice as fast as float32."""

Work = Callable[[Tensor], Tensor]


class Bf16Blocks:
    """Blocks that work in bfloat16 on demand, forth and back.

    For passes whose gradient is wanted: what is learned stays float32, and so do attention,
    norms and the logits; the head is coarse on the way back alone. A GELU that the library
    computes in seven steps is computed in one. Nothing happens where products would not be
    faster: on other devices, in other types, and on CPUs without the instructions.
    ``torch.autocast`` is no substitute: its attention is slower on the way back.

    Args:
        workbench: the model, which must wear the same patches whenever the copies are at work.
        layers: whose matrices are copied; all if left out.
    """

    def __init__(self, workbench: Workbench, layers: Iterable[int] | None = None) -> None:
        self._quick: dict[nn.Module, Work] = {}
        if _pays(workbench):
            modules = list(
                _modules(workbench, range(workbench.layers()) if layers is None else layers)
            )
            matrices = (each for each in modules if isinstance(each, nn.Linear | Conv1D))
            gelus = (each for each in modules if isinstance(each, NewGELUActivation))
            self._quick |= {each: _product(each) for each in matrices}
            self._quick |= {each: partial(gelu, approximate="tanh") for each in gelus}
            self._quick |= {each: _logits(each) for each in _head(workbench)}

    def __call__(self) -> AbstractContextManager[None]:
        """Let the copies work inside a ``with`` block, but where something else stands in."""
        free = (each for each in self._quick if "forward" not in vars(each))
        return replaced_forward({module: self._quick[module] for module in free})


def _pays(workbench: Workbench) -> bool:
    ask: Callable[[], dict[str, bool]] = getattr(torch.cpu, "get_capabilities", dict)
    capable = ask()  # torch 2.9 cannot tell
    fast = any(capable.get(name) for name in FASTER)
    return fast and workbench.device.type == "cpu" and workbench.model.dtype is torch.float32


def _modules(workbench: Workbench, layers: Iterable[int]) -> Iterator[nn.Module]:
    for layer in layers:
        yield from workbench.model.get_submodule(workbench.layout.block.format(layer)).modules()


def _head(workbench: Workbench) -> Iterator[nn.Linear]:
    head: nn.Module = workbench.model.get_output_embeddings()  # type: ignore[no-untyped-call]
    if isinstance(head, nn.Linear):
        yield head


class _Logits(torch.autograd.Function):
    """A product whose gradient alone is taken in bfloat16."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, copied: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(copied)
        return states @ weight.T

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        (copied,) = ctx.saved_tensors
        return (gradient.bfloat16() @ copied).to(gradient.dtype), None, None


def _logits(head: nn.Linear) -> Work:
    weight, bias = head.weight.detach(), cast("Tensor | None", head.bias)
    copied = weight.bfloat16()

    def multiply(states: Tensor) -> Tensor:
        product: Tensor = _Logits.apply(states, weight, copied)
        return product if bias is None else product + bias

    return multiply


def _product(module: nn.Linear | Conv1D) -> Work:
    weight = module.weight.detach()
    copied = (weight.T if isinstance(module, Conv1D) else weight).bfloat16()
    bias = cast("Tensor | None", module.bias)

    def multiply(states: Tensor) -> Tensor:
        product = linear(states.bfloat16(), copied).to(states.dtype)
        return product if bias is None else product + bias

    return multiply
