"""Changes of down-projections that are at work only inside a ``with`` block."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from torch import Tensor, nn
from torch.nn.functional import linear

from editor.changes import Dense, Matrix
from editor.methods.instead import instead
from editor.workbench import Workbench

Effect = Callable[[Tensor], Tensor]
"""What is added to a module's output, (..., d_out), for its input, (..., d_in), in float32."""


@contextmanager
def added(bench: Workbench, effects: Mapping[int, Effect]) -> Iterator[None]:
    """Add to the outputs of layers' down-projections inside a ``with`` block."""
    handles = [
        bench.model.get_submodule(bench.layout.down.format(layer)).register_forward_hook(
            _adding(effect)
        )
        for layer, effect in effects.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def replaced(bench: Workbench, weights: Mapping[int, Tensor]) -> AbstractContextManager[None]:
    """Let layers' down-projections multiply by other weights inside a ``with`` block.

    Args:
        bench: the model.
        weights: (d_out, d_in) float32, by layer.
    """
    modules = [bench.model.get_submodule(bench.layout.down.format(layer)) for layer in weights]
    return instead(
        {
            module: _multiplying(weight, cast("Tensor | None", module.bias))
            for module, weight in zip(modules, weights.values(), strict=True)
        }
    )


def effect_of(change: Matrix) -> Effect:
    """Return what a change adds."""
    if isinstance(change, Dense):
        return lambda keys: keys @ change.delta.to(keys).T
    return lambda keys: keys @ change.right.to(keys).T @ change.left.to(keys).T


def _multiplying(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    floating = None if bias is None else bias.float()
    return lambda keys: linear(keys.float(), weight, floating).to(keys.dtype)


def _adding(effect: Effect) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def add(_: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output + effect(arguments[0].float()).to(output.dtype)

    return add
