"""Everything that hooks into a model's modules, each inside a ``with`` block and gone behind it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias, cast

from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import PreTrainedModel

ForwardHook: TypeAlias = Callable[..., Any]
"""What ``register_forward_hook`` takes: the module, its arguments and its output."""

PreHook: TypeAlias = Callable[..., Any]
"""What ``register_forward_pre_hook`` takes: the module and its arguments."""

Addend: TypeAlias = Callable[[Tensor], Tensor]
"""What is added to a module's output, (..., d_out), for its input, (..., d_in), in float32."""


@contextmanager
def forward_hooks(
    hooks: Mapping[nn.Module, ForwardHook], *, with_kwargs: bool = False
) -> Iterator[None]:
    """Run hooks after the forward passes of modules."""
    with ExitStack() as stack:
        for module, hook in hooks.items():
            handle = module.register_forward_hook(hook, with_kwargs=with_kwargs)
            stack.callback(handle.remove)
        yield


@contextmanager
def pre_hooks(hooks: Mapping[nn.Module, PreHook], *, with_kwargs: bool = False) -> Iterator[None]:
    """Run hooks before the forward passes of modules."""
    with ExitStack() as stack:
        for module, hook in hooks.items():
            handle = module.register_forward_pre_hook(hook, with_kwargs=with_kwargs)
            stack.callback(handle.remove)
        yield


@contextmanager
def replaced_forward(forwards: Mapping[nn.Module, Callable[..., Any]]) -> Iterator[None]:
    """Replace the forward functions of modules; their hooks go on working.

    Args:
        forwards: the new function of each; no other may stand in for it yet.
    """
    for module, forward in forwards.items():
        module.forward = forward
    try:
        yield
    finally:
        for module in forwards:
            del module.forward  # the class's own again


@contextmanager
def added_output(addends: Mapping[nn.Module, Addend]) -> Iterator[None]:
    """Add to the outputs of modules."""
    with forward_hooks({module: _adding(addend) for module, addend in addends.items()}):
        yield


@contextmanager
def replaced_weights(weights: Mapping[nn.Module, Tensor]) -> Iterator[None]:
    """Let linear modules multiply by other weights, (d_out, d_in) float32, and keep their bias."""
    forwards = {
        module: _multiplying(weight, cast("Tensor | None", module.bias))
        for module, weight in weights.items()
    }
    with replaced_forward(forwards):
        yield


@contextmanager
def narrowed_head(model: PreTrainedModel, rows: Tensor, columns: Tensor) -> Iterator[None]:
    """Compute logits at some places only, as one row of a batch, (1, N, V).

    Whatever the model does to its logits it does itself.

    Args:
        model: a causal language model.
        rows: (N,) the row of each place in the batch.
        columns: (N,) the position of each place.
    """
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]

    def narrow(_: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (arguments[0][rows, columns][None],)

    with pre_hooks({head: narrow}):
        yield


def _adding(addend: Addend) -> ForwardHook:
    def add(_: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
        return output + addend(arguments[0].float()).to(output.dtype)

    return add


def _multiplying(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    floating = None if bias is None else bias.float()
    return lambda keys: linear(keys.float(), weight, floating).to(keys.dtype)
