"""The part of a forward pass that a shift of one module's output can change.

A shift at the subject's last token in a layer leaves the layers below and the tokens before as
they are. So both are computed once: the tokens before stay as keys and values in a cache, the
layers below as the input of the layer, and each pass runs the rest alone. Rows are padded on the
left, so that the subject's last token stands in the same column in all.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from editor.methods.bf16 import Bf16Blocks
from editor.model.hooks import forward_hooks, narrowed_head, pre_hooks, replaced_forward
from editor.workbench import Workbench

State = Tensor | tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids in which one place is looked at.

    Attributes:
        ids: the tokens.
        place: position of the subject's last token.
        asked: positions after which the model is asked for the next token.
    """

    ids: tuple[int, ...]
    place: int
    asked: tuple[int, ...]


class PartialForward:
    """A forward pass from one layer and one place on.

    Args:
        workbench: the model, which wears what it wears now.
        rows: R of them.
        layer: whose down-projection's output is shifted.

    Attributes:
        keys: (R, d_in) inputs of the down-projection at the place, float32.
        values: (R, d_out) its outputs there, float32.
    """

    keys: Tensor
    values: Tensor

    def __init__(self, workbench: Workbench, rows: Sequence[Row], layer: int) -> None:
        self._model, self._layer = workbench.model, layer
        self._blocks = [
            workbench.model.get_submodule(workbench.layout.block.format(each))
            for each in range(workbench.layers())
        ]
        self._down = workbench.model.get_submodule(workbench.layout.down.format(layer))
        self._before = max(row.place for row in rows)  # columns before the place
        self._ids, self._mask = self._padded(rows, workbench)
        self._positions = (self._mask.cumsum(dim=1) - 1).clamp_min(0)
        self._asked = [[place - row.place for place in row.asked] for row in rows]
        self._tuples, self._normed = False, workbench.layout.normed
        self._coarse = Bf16Blocks(workbench, range(layer, workbench.layers()))
        self._cache = self._look_before()
        self._input = self._look()

    def logits(self, rows: Sequence[int], shift: Tensor) -> Tensor:
        """Return what the model says at the places asked of some rows, in their order, (N, V).

        Args:
            rows: which of the rows.
            shift: (len(rows), d_out) what is added to the module's output at the place.
        """
        chosen = torch.tensor(rows, device=self._ids.device)
        at = [(row, column) for row, number in enumerate(rows) for column in self._asked[number]]
        places = torch.tensor(at, device=self._ids.device)
        with ExitStack() as stack:
            for block in self._blocks[: self._layer]:
                stack.enter_context(replaced_forward({block: self._pass_on}))
            first = self._blocks[self._layer]
            if self._normed:  # the shift goes through a norm: the layer is run with it
                stack.enter_context(
                    replaced_forward({first: _fed(first.forward, self._input[chosen])})
                )
                stack.enter_context(_shifted(self._down, shift))
            else:  # it is added to the stream behind the layer
                stream = _plus(self._stream[chosen], shift)
                stack.enter_context(
                    replaced_forward({first: lambda *_, **__: self._pass_on(stream)})
                )
            stack.enter_context(self._coarse())
            stack.enter_context(narrowed_head(self._model, places[:, 0], places[:, 1]))
            output = self._run(chosen)
        logits: Tensor = output.logits[0]
        return logits.float()

    @torch.no_grad()
    def _look_before(self) -> Any:  # noqa: ANN401  the library's cache class
        """Run what stands before the place; return its cache, None if nothing does."""
        if not self._before:
            return None
        none = torch.zeros(1, dtype=torch.long, device=self._ids.device)
        with narrowed_head(self._model, none, none):
            return self._model(
                input_ids=self._ids[:, : self._before],
                attention_mask=self._mask[:, : self._before],
                position_ids=self._positions[:, : self._before],
                use_cache=True,
            ).past_key_values

    @torch.no_grad()
    def _look(self) -> Tensor:
        """Run the rest up to the layer, note what stands at the place, and return its input."""
        caught: dict[str, Tensor] = {}

        def enter(_: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Tensor]) -> None:
            caught["input"] = args[0] if args else kwargs["hidden_states"]

        def leave(_: nn.Module, __: tuple[Tensor, ...], output: State) -> None:
            self._tuples = isinstance(output, tuple)
            stream = output[0] if isinstance(output, tuple) else output
            caught["stream"] = stream

        def down(_: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
            caught["key"], caught["value"] = args[0][:, 0], output[:, 0]

        block = self._blocks[self._layer]
        every = torch.arange(len(self._ids), device=self._ids.device)
        with ExitStack() as stack:
            stack.enter_context(pre_hooks({block: enter}, with_kwargs=True))
            stack.enter_context(forward_hooks({block: leave, self._down: down}))
            for above in self._blocks[self._layer + 1 :]:
                stack.enter_context(replaced_forward({above: self._pass_on}))
            stack.enter_context(narrowed_head(self._model, every[:1], every[:1]))
            self._run(every)
        self.keys, self.values = caught["key"].float(), caught["value"].float()
        self._stream = caught["stream"]
        return caught["input"]

    def _run(self, chosen: Tensor) -> Any:  # noqa: ANN401  the library's output class
        cache = None
        if self._cache is not None:
            cache = _copied(self._cache)
            if chosen.tolist() != list(range(len(self._ids))):
                cache.batch_select_indices(chosen)
        return self._model(
            input_ids=self._ids[chosen, self._before :],
            attention_mask=self._mask[chosen],
            position_ids=self._positions[chosen, self._before :],
            past_key_values=cache,
            use_cache=cache is not None,
        )

    def _pass_on(self, hidden_states: Tensor, *_: object, **__: object) -> State:
        return (hidden_states,) if self._tuples else hidden_states

    def _padded(self, rows: Sequence[Row], workbench: Workbench) -> tuple[Tensor, Tensor]:
        width = self._before + max(len(row.ids) - row.place for row in rows)
        ids = torch.full((len(rows), width), workbench.encoder.pad)
        mask = torch.zeros_like(ids)
        for number, row in enumerate(rows):
            start = self._before - row.place
            ids[number, start : start + len(row.ids)] = torch.tensor(row.ids)
            mask[number, start : start + len(row.ids)] = 1
        return ids.to(workbench.device), mask.to(workbench.device)


@torch.no_grad()
def look(
    workbench: Workbench, rows: Sequence[Row], key_layer: int, stream_layer: int
) -> tuple[Tensor, Tensor]:
    """Return what stands at the place of each of R rows, float32.

    Args:
        workbench: the model, which wears what it wears now.
        rows: R of them; what follows the place has no bearing on it and is left out.
        key_layer: whose down-projection's inputs are returned, (R, d_in).
        stream_layer: behind which the residual stream is returned, (R, d).
    """
    width = max(row.place for row in rows) + 1
    read = [row.ids[: row.place + 1] for row in rows]
    ids = torch.tensor([[*each, *[workbench.encoder.pad] * (width - len(each))] for each in read])
    mask = torch.tensor([[1] * len(each) + [0] * (width - len(each)) for each in read])
    ids, mask = ids.to(workbench.device), mask.to(workbench.device)
    every = torch.arange(len(rows), device=workbench.device)
    at = every, torch.tensor([row.place for row in rows], device=workbench.device)
    caught: dict[str, Any] = {}

    def down(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        caught["key"] = args[0][at]

    def leave(_: nn.Module, __: tuple[Tensor, ...], output: State) -> None:
        caught["whole"] = output
        caught["stream"] = (output[0] if isinstance(output, tuple) else output)[at]

    with ExitStack() as stack:
        stack.enter_context(pre_hooks({workbench.down(key_layer): down}))
        stack.enter_context(forward_hooks({workbench.block(stream_layer): leave}))
        for layer in range(stream_layer + 1, workbench.layers()):  # nobody asks what they say
            stack.enter_context(
                replaced_forward({workbench.block(layer): lambda *_, **__: caught["whole"]})
            )
        stack.enter_context(narrowed_head(workbench.model, every[:1], every[:1]))
        workbench.model(input_ids=ids, attention_mask=mask, use_cache=False)
    return caught["key"].float(), caught["stream"].float()


def _copied(cache: Any) -> Any:  # noqa: ANN401  the library's cache class
    """Return a cache that grows by itself; its tensors are replaced, never written to."""
    copied = copy.copy(cache)
    copied.layers = [copy.copy(layer) for layer in cache.layers]
    return copied


def _fed(forward: Callable[..., State], hidden: Tensor) -> Callable[..., State]:
    """Return a block's forward that takes ``hidden`` for its input."""

    def feed(hidden_states: Tensor, *args: object, **kwargs: object) -> State:
        del hidden_states
        return forward(hidden, *args, **kwargs)

    return feed


@contextmanager
def _shifted(module: nn.Module, shift: Tensor) -> Iterator[None]:
    """Add to a module's output in the first column inside a ``with`` block."""

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        return _plus(output, shift)

    with forward_hooks({module: add}):
        yield


def _plus(states: Tensor, shift: Tensor) -> Tensor:
    """Return (B, T, d) states with (B, d) added in the first column."""
    first = states[:, :1] + shift[:, None].to(states.dtype)
    return torch.cat([first, states[:, 1:]], dim=1)
