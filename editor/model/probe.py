"""Small passes through a model that show whether its modules do what their shapes promise."""

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
"""Token ids of the texts that are read."""

CLOSE = 1e-3
"""Relative difference that counts as none where numbers are that fine."""

KEPT = (DynamicLayer, DynamicSlidingWindowLayer)
"""Layers of a cache that hold keys and values alone, and replace them instead of writing to them.
What derives from them may hold more, so types are compared."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What was seen.

    Attributes:
        asked: whether each block asks its down-projection once, for (B, T, d_in).
        heard: whether what is added to its output moves the residual stream behind the block.
        plain: whether it arrives there as it is: no norm, gate or factor comes in between.
        cached: whether a text is read on from keys and values, padded and chosen from a batch,
            as it is read alone.
    """

    asked: bool
    heard: bool
    plain: bool
    cached: bool


@torch.no_grad()
def probe(
    model: PreTrainedModel, blocks: Sequence[nn.Module], downs: Sequence[nn.Module]
) -> ProbeResult:
    """Run three passes of a few tokens; the model must not be in training.

    Args:
        model: the model.
        blocks: its transformer blocks, lowest first.
        downs: the down-projection of each.
    """
    looks = [_BlockProbe(block, down) for block, down in zip(blocks, downs, strict=True)]
    with ExitStack() as stack:
        for look in looks:
            stack.enter_context(look.hooked())
        alone = model(input_ids=_ids([SHORT], model), use_cache=False).logits[0, -1]
    return ProbeResult(
        asked=all(look.asked() for look in looks),
        heard=all(look.heard() for look in looks),
        plain=all(look.plain() for look in looks),
        cached=_reads_on(model, alone),
    )


class _BlockProbe:
    """Runs a block twice wherever it runs once, and adds to its down-projection the second time.

    The shift is random and of another size at each token, from that of the stream upwards: a
    factor shows at each token, and a norm at one of them at least.
    """

    def __init__(self, block: nn.Module, down: nn.Module) -> None:
        self._asked: list[torch.Size] = []
        self._shift: Tensor | None = None
        self._output = self._moved = torch.zeros(())
        self._runs = 0
        self._block, self._down = block, down

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Observe the modules inside a ``with`` block."""
        after_block = forward_hooks({self._block: self._after_block}, with_kwargs=True)
        with after_block, forward_hooks({self._down: self._after_down}):
            yield

    def asked(self) -> bool:
        """Tell whether the block ran once, and asked once for all tokens each time."""
        shapes = [tuple(each[:-1]) for each in self._asked]
        return self._runs == 1 and shapes == [(1, len(SHORT))] * 2

    def heard(self) -> bool:
        """Tell whether the stream moved at each token."""
        return bool((self._moved.norm(dim=-1) > 0).all())

    def plain(self) -> bool:
        """Tell whether the stream moved by the shift itself at each token."""
        if self._shift is None:
            return False
        moved, shift = self._moved.double(), self._shift.double()  # (1, T, d)
        fine = max(CLOSE, torch.finfo(self._moved.dtype).eps)
        size = shift.square().sum(dim=-1)  # (1, T)
        factor = (moved * shift).sum(dim=-1) / size
        rest = (moved - factor[..., None] * shift).norm(dim=-1) / size.sqrt()
        return bool(((factor - 1).abs() <= fine).all() and (rest <= 8 * fine).all())

    def _after_block(
        self,
        block: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,  # noqa: ANN401
    ) -> None:
        self._runs += 1
        before = _stream(output)
        sizes = 2.0 ** torch.arange(before.shape[1], device=before.device)  # (T,)
        unit = torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
        size = torch.maximum(_size(before), _size(self._output)) * sizes[:, None]
        self._shift = (unit.to(before.device) * size).to(before.dtype)
        self._moved = _stream(block.forward(*args, **kwargs)) - before

    def _after_down(self, _: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
        self._asked.append(args[0].shape)
        self._output = output
        return output if self._shift is None else output + self._shift


def _reads_on(model: PreTrainedModel, alone: Tensor) -> bool:
    """Tell whether ``SHORT``, read beside ``LONG`` and then on without it, ends in ``alone``."""
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
    if cache is None or not layers or any(type(each) not in KEPT for each in layers):
        return False
    cache.batch_select_indices(torch.tensor([1], device=ids.device))
    on = model(
        input_ids=ids[1:, -1:],
        attention_mask=mask[1:],
        position_ids=positions[1:, -1:],
        past_key_values=cache,
        use_cache=True,
    ).logits[0, -1]
    fine = max(CLOSE, 8 * torch.finfo(on.dtype).eps)
    told, expected = (each.double() - each.double().mean() for each in (on, alone))
    return bool((told - expected).norm() <= fine * expected.norm())


def _ids(rows: Sequence[Sequence[int]], model: PreTrainedModel) -> Tensor:
    return torch.tensor(rows, device=model.device)


def _size(states: Tensor) -> Tensor:
    return states.float().square().mean().sqrt().clamp_min(CLOSE)


def _stream(output: Any) -> Tensor:  # noqa: ANN401  a tensor, or a tuple that begins with it
    found: Tensor = output[0] if isinstance(output, tuple) else output
    return found
