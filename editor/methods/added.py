"""Changes of down-projections that are at work only inside a ``with`` block."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn

from editor.changes import Dense, Matrix
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


def effect_of(change: Matrix) -> Effect:
    """Return what a change adds."""
    if isinstance(change, Dense):
        return lambda keys: keys @ change.delta.to(keys).T
    return lambda keys: keys @ change.right.to(keys).T @ change.left.to(keys).T


def _adding(effect: Effect) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def add(_: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output + effect(arguments[0].float()).to(output.dtype)

    return add
