"""Hooks on a model's modules, each active inside a ``with`` block only."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeAlias, cast

from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import PreTrainedModel

ForwardHook: TypeAlias = Callable[..., Any]
"""What ``register_forward_hook`` takes: a function of the module, its arguments and its output."""

PreHook: TypeAlias = Callable[..., Any]
"""What ``register_forward_pre_hook`` takes: a function of the module and its arguments."""

Addend: TypeAlias = Callable[[Tensor], Tensor]
"""Maps a module's input, (..., d_in), to what is added to its output, (..., d_out), in float32."""


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
    """Replace the forward functions of modules; their hooks still run.

    Args:
        forwards: the new function of each module, none of which may be replaced already.
    """
    for module, forward in forwards.items():
        module.forward = forward
    try:
        yield
    finally:
        for module in forwards:
            del module.forward  # uncovers the method of the class


@contextmanager
def added_output(addends: Mapping[nn.Module, Addend]) -> Iterator[None]:
    """Add to the outputs of modules."""
    hooks = {module: partial(_add_to_output, addend) for module, addend in addends.items()}
    with forward_hooks(hooks):
        yield


@contextmanager
def replaced_weights(weights: Mapping[nn.Module, Tensor]) -> Iterator[None]:
    """Let linear modules use other weights, (d_out, d_in) float32, and keep their bias."""
    forwards = {
        module: _linear_in_float32(weight, cast("Tensor | None", module.bias))
        for module, weight in weights.items()
    }
    with replaced_forward(forwards):
        yield


@contextmanager
def narrowed_head(model: PreTrainedModel, rows: Tensor, columns: Tensor) -> Iterator[None]:
    """Compute logits at N positions only, as one row of a batch, (1, N, V).

    What the model itself does to its logits, such as soft-capping, still applies.

    Args:
        model: a causal language model.
        rows: (N,) the row of each position in the batch.
        columns: (N,) the column of each position.
    """
    head: nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]

    def narrow(_: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        return (arguments[0][rows, columns][None],)

    with pre_hooks({head: narrow}):
        yield


def _add_to_output(
    addend: Addend, _: nn.Module, arguments: tuple[Tensor, ...], output: Tensor
) -> Tensor:
    return output + addend(arguments[0].float()).to(output.dtype)


def _linear_in_float32(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    bias_float32 = None if bias is None else bias.float()
    return lambda keys: linear(keys.float(), weight, bias_float32).to(keys.dtype)
