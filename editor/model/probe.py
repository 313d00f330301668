"""Small forward passes that test whether a model's modules behave as their shapes suggest."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from editor.model.hooks import forward_hooks

SHORT, LONG = (3, 4, 5), (1, 2, 3, 4, 5)
"""Token ids of the two test texts."""

TOLERANCE = 1e-3
"""Relative difference that counts as none; coarser types have a tolerance of their own."""

CACHE_LAYERS = (DynamicLayer, DynamicSlidingWindowLayer)
"""Cache layers that hold keys and values alone, and replace them instead of writing to them.
Subclasses may hold more, so types are compared exactly."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The outcome of the test passes.

    Attributes:
        called_once: whether each block calls its down-projection once, on (B, T, d_in).
        reaches_stream: whether a change of its output changes the block's output.
        adds_unchanged: whether the change arrives there as it is, without norm, gate or factor.
        continues_from_cache: whether a text continued from cached keys and values, padded and
            selected from a batch, gives the logits it gives alone.
    """

    called_once: bool
    reaches_stream: bool
    adds_unchanged: bool
    continues_from_cache: bool


@torch.no_grad()
def probe(
    model: PreTrainedModel, blocks: Sequence[nn.Module], downs: Sequence[nn.Module]
) -> ProbeResult:
    """Run three passes of a few tokens; the model must be in evaluation mode.

    Args:
        model: the model.
        blocks: its transformer blocks, lowest first.
        downs: the down-projection of each.
    """
    probes = [_BlockProbe(block, down) for block, down in zip(blocks, downs, strict=True)]
    with ExitStack() as stack:
        for each in probes:
            stack.enter_context(each.hooked())
        alone = model(input_ids=_ids([SHORT], model), use_cache=False).logits[0, -1]
    return ProbeResult(
        called_once=all(each.called_once() for each in probes),
        reaches_stream=all(each.reaches_stream() for each in probes),
        adds_unchanged=all(each.adds_unchanged() for each in probes),
        continues_from_cache=_continues_from_cache(model, alone),
    )


class _BlockProbe:
    """A test of one block: it runs a second time, with its down-projection's output shifted.

    The shift is random, at least as large as the stream, and larger at each further token: a
    factor shows at every token, and a norm at one of them at least.
    """

    def __init__(self, block: nn.Module, down: nn.Module) -> None:
        self._input_shapes: list[torch.Size] = []
        self._shift: Tensor | None = None
        self._output = self._effect = torch.zeros(())
        self._runs = 0
        self._block, self._down = block, down

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Hook the modules inside a ``with`` block."""
        after_block = forward_hooks({self._block: self._after_block}, with_kwargs=True)
        with after_block, forward_hooks({self._down: self._after_down}):
            yield

    def called_once(self) -> bool:
        """Tell whether the block ran once, and called the matrix once on all tokens each time."""
        shapes = [tuple(shape[:-1]) for shape in self._input_shapes]
        return self._runs == 1 and shapes == [(1, len(SHORT))] * 2

    def reaches_stream(self) -> bool:
        """Tell whether the block's output changed at each token."""
        return bool((self._effect.norm(dim=-1) > 0).all())

    def adds_unchanged(self) -> bool:
        """Tell whether the block's output changed by the shift itself at each token."""
        if self._shift is None:
            return False
        effect, shift = self._effect.double(), self._shift.double()  # (1, T, d)
        tolerance = max(TOLERANCE, torch.finfo(self._effect.dtype).eps)
        energy = shift.square().sum(dim=-1)  # (1, T)
        factor = (effect * shift).sum(dim=-1) / energy
        rest = (effect - factor[..., None] * shift).norm(dim=-1) / energy.sqrt()
        return bool(((factor - 1).abs() <= tolerance).all() and (rest <= 8 * tolerance).all())

    def _after_block(
        self,
        block: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,  # noqa: ANN401
    ) -> None:
        self._runs += 1
        before = _hidden_states(output)
        growth = 2.0 ** torch.arange(before.shape[1], device=before.device)  # (T,)
        noise = torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
        scale = torch.maximum(_rms(before), _rms(self._output)) * growth[:, None]
        self._shift = (noise.to(before.device) * scale).to(before.dtype)
        self._effect = _hidden_states(block.forward(*args, **kwargs)) - before

    def _after_down(self, _: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        self._input_shapes.append(args[0].shape)
        self._output = output
        return output if self._shift is None else output + self._shift


def _continues_from_cache(model: PreTrainedModel, alone: Tensor) -> bool:
    """Tell whether the last token of ``SHORT`` gives the logits ``alone``, (V,), from a cache.

    The other tokens are read in a batch with ``LONG``, which is then dropped from the cache.
    """
    pads = len(LONG) - len(SHORT)
    ids = _ids([LONG, (0,) * pads + SHORT], model)
    mask = torch.ones_like(ids)
    mask[1, :pads] = 0
    positions = (mask.cumsum(dim=1) - 1).clamp_min(0)
    read = model(
        input_ids=ids[:, :-1],
        attention_mask=mask[:, :-1],
        position_ids=positions[:, :-1],
        use_cache=True,
    )
    cache = getattr(read, "past_key_values", None)
    layers = getattr(cache, "layers", ())
    if cache is None or not layers or any(type(each) not in CACHE_LAYERS for each in layers):
        return False
    cache.batch_select_indices(torch.tensor([1], device=ids.device))
    logits = model(
        input_ids=ids[1:, -1:],
        attention_mask=mask[1:],
        position_ids=positions[1:, -1:],
        past_key_values=cache,
        use_cache=True,
    ).logits[0, -1]
    tolerance = max(TOLERANCE, 8 * torch.finfo(logits.dtype).eps)
    found, expected = (each.double() - each.double().mean() for each in (logits, alone))
    return bool((found - expected).norm() <= tolerance * expected.norm())


def _ids(rows: Sequence[Sequence[int]], model: PreTrainedModel) -> Tensor:
    return torch.tensor(rows, device=model.device)


def _rms(states: Tensor) -> Tensor:
    return states.float().square().mean().sqrt().clamp_min(TOLERANCE)


def _hidden_states(output: Any) -> Tensor:  # noqa: ANN401  a tensor, or a tuple that begins with it
    found: Tensor = output[0] if isinstance(output, tuple) else output
    return found
