"""The part of a forward pass that a shift of one module's output can change.

A shift at one token in a layer leaves the layers below and the tokens before it unchanged. Both
are computed once: the tokens before the edited one stay as keys and values in a cache, the layers
below as the input of the layer, and each pass runs only the rest. Rows are padded on the left, so
that the edited token is in the same column in all of them.
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

BlockOutput = Tensor | tuple[Tensor, ...]
"""A block's output: the residual stream, alone or first in a tuple."""


@dataclass(frozen=True, slots=True)
class EditRow:
    """Token ids, one of which is the edited token.

    Attributes:
        ids: the tokens.
        edit_position: position of the edited token: the subject's last one, or the prompt's.
        query_positions: positions whose next-token logits are needed.
    """

    ids: tuple[int, ...]
    edit_position: int
    query_positions: tuple[int, ...]


class PartialForward:
    """A forward pass from one layer and the edited token on.

    Args:
        workbench: the model, with the patches that are applied now.
        rows: R of them.
        layer: whose down-projection's output is shifted.

    Attributes:
        keys: (R, d_in) inputs of the down-projection at the edited token, float32.
        values: (R, d_out) its outputs there, float32.
    """

    keys: Tensor
    values: Tensor

    def __init__(self, workbench: Workbench, rows: Sequence[EditRow], layer: int) -> None:
        self._model, self._layer = workbench.model, layer
        self._blocks = [
            workbench.model.get_submodule(workbench.layout.block.format(each))
            for each in range(workbench.layer_count())
        ]
        self._down = workbench.model.get_submodule(workbench.layout.down.format(layer))
        self._prefix_length = max(row.edit_position for row in rows)  # columns before the edit
        self._ids, self._mask = self._padded(rows, workbench)
        self._position_ids = (self._mask.cumsum(dim=1) - 1).clamp_min(0)
        self._query_columns = [
            [position - row.edit_position for position in row.query_positions] for row in rows
        ]
        self._returns_tuple, self._normed = False, workbench.layout.normed
        self._bf16 = Bf16Blocks(workbench, range(layer, workbench.layer_count()))
        self._cache = self._prefix_cache()
        self._input = self._record_layer()

    def logits(self, rows: Sequence[int], shift: Tensor) -> Tensor:
        """Return the logits at the query positions of some rows, in their order, (N, V).

        Args:
            rows: indices of the rows.
            shift: (len(rows), d_out) what is added to the module's output at the edited token.
        """
        chosen = torch.tensor(rows, device=self._ids.device)
        queries = [
            (row, column) for row, index in enumerate(rows) for column in self._query_columns[index]
        ]
        positions = torch.tensor(queries, device=self._ids.device)
        with ExitStack() as stack:
            for block in self._blocks[: self._layer]:
                stack.enter_context(replaced_forward({block: self._pass_through}))
            edited = self._blocks[self._layer]
            if self._normed:  # the shift goes through a norm, so the layer itself must run
                forward = _with_input(edited.forward, self._input[chosen])
                stack.enter_context(replaced_forward({edited: forward}))
                stack.enter_context(_shifted_output(self._down, shift))
            else:  # the shift is added to the layer's output as it is
                stream = _add_to_first_column(self._stream[chosen], shift)
                stack.enter_context(
                    replaced_forward({edited: lambda *_, **__: self._pass_through(stream)})
                )
            stack.enter_context(self._bf16())
            stack.enter_context(narrowed_head(self._model, positions[:, 0], positions[:, 1]))
            output = self._run(chosen)
        logits: Tensor = output.logits[0]
        return logits.float()

    @torch.no_grad()
    def _prefix_cache(self) -> Any:  # noqa: ANN401  the library's cache class
        """Return the cache of the columns before the edited token; None if there are none."""
        if not self._prefix_length:
            return None
        none = torch.zeros(1, dtype=torch.long, device=self._ids.device)
        with narrowed_head(self._model, none, none):
            return self._model(
                input_ids=self._ids[:, : self._prefix_length],
                attention_mask=self._mask[:, : self._prefix_length],
                position_ids=self._position_ids[:, : self._prefix_length],
                use_cache=True,
            ).past_key_values

    @torch.no_grad()
    def _record_layer(self) -> Tensor:
        """Run the model up to the layer, record keys, values and its output; return its input."""
        recorded: dict[str, Tensor] = {}

        def record_input(_: nn.Module, args: tuple[Tensor, ...], kwargs: dict[str, Tensor]) -> None:
            recorded["input"] = args[0] if args else kwargs["hidden_states"]

        def record_stream(_: nn.Module, __: tuple[Tensor, ...], output: BlockOutput) -> None:
            self._returns_tuple = isinstance(output, tuple)
            recorded["stream"] = output[0] if isinstance(output, tuple) else output

        def record_down(_: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
            recorded["key"], recorded["value"] = args[0][:, 0], output[:, 0]

        block = self._blocks[self._layer]
        every = torch.arange(len(self._ids), device=self._ids.device)
        with ExitStack() as stack:
            stack.enter_context(pre_hooks({block: record_input}, with_kwargs=True))
            stack.enter_context(forward_hooks({block: record_stream, self._down: record_down}))
            for above in self._blocks[self._layer + 1 :]:
                stack.enter_context(replaced_forward({above: self._pass_through}))
            stack.enter_context(narrowed_head(self._model, every[:1], every[:1]))
            self._run(every)
        self.keys, self.values = recorded["key"].float(), recorded["value"].float()
        self._stream = recorded["stream"]
        return recorded["input"]

    def _run(self, chosen: Tensor) -> Any:  # noqa: ANN401  the library's output class
        """Run the model on chosen rows from the edited token on."""
        cache = None
        if self._cache is not None:
            cache = _copied_cache(self._cache)
            if chosen.tolist() != list(range(len(self._ids))):
                cache.batch_select_indices(chosen)
        return self._model(
            input_ids=self._ids[chosen, self._prefix_length :],
            attention_mask=self._mask[chosen],
            position_ids=self._position_ids[chosen, self._prefix_length :],
            past_key_values=cache,
            use_cache=cache is not None,
        )

    def _pass_through(self, hidden_states: Tensor, *_: object, **__: object) -> BlockOutput:
        """Return a block's input as its output."""
        return (hidden_states,) if self._returns_tuple else hidden_states

    def _padded(self, rows: Sequence[EditRow], workbench: Workbench) -> tuple[Tensor, Tensor]:
        """Return ids and mask of the rows, padded on both sides, (R, T) each."""
        width = self._prefix_length + max(len(row.ids) - row.edit_position for row in rows)
        ids = torch.full((len(rows), width), workbench.encoder.pad_token_id)
        mask = torch.zeros_like(ids)
        for number, row in enumerate(rows):
            start = self._prefix_length - row.edit_position
            ids[number, start : start + len(row.ids)] = torch.tensor(row.ids)
            mask[number, start : start + len(row.ids)] = 1
        return ids.to(workbench.device), mask.to(workbench.device)


@torch.no_grad()
def keys_and_streams(
    workbench: Workbench, rows: Sequence[EditRow], key_layer: int, stream_layer: int
) -> tuple[Tensor, Tensor]:
    """Return the key and the residual stream at the edited token of each of R rows, float32.

    Args:
        workbench: the model, with the patches that are applied now.
        rows: R of them; tokens after the edited one cannot change the result and are left out.
        key_layer: whose down-projection's inputs are returned, (R, d_in).
        stream_layer: whose outputs are returned, (R, d).
    """
    width = max(row.edit_position for row in rows) + 1
    read = [row.ids[: row.edit_position + 1] for row in rows]
    pad = workbench.encoder.pad_token_id
    ids = torch.tensor([[*each, *[pad] * (width - len(each))] for each in read])
    mask = torch.tensor([[1] * len(each) + [0] * (width - len(each)) for each in read])
    ids, mask = ids.to(workbench.device), mask.to(workbench.device)
    every = torch.arange(len(rows), device=workbench.device)
    at = every, torch.tensor([row.edit_position for row in rows], device=workbench.device)
    recorded: dict[str, Any] = {}

    def record_key(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        recorded["key"] = args[0][at]

    def record_stream(_: nn.Module, __: tuple[Tensor, ...], output: BlockOutput) -> None:
        recorded["output"] = output
        recorded["stream"] = (output[0] if isinstance(output, tuple) else output)[at]

    with ExitStack() as stack:
        stack.enter_context(pre_hooks({workbench.down(key_layer): record_key}))
        stack.enter_context(forward_hooks({workbench.block(stream_layer): record_stream}))
        for layer in range(stream_layer + 1, workbench.layer_count()):  # their output is not used
            stack.enter_context(
                replaced_forward({workbench.block(layer): lambda *_, **__: recorded["output"]})
            )
        stack.enter_context(narrowed_head(workbench.model, every[:1], every[:1]))
        workbench.model(input_ids=ids, attention_mask=mask, use_cache=False)
    return recorded["key"].float(), recorded["stream"].float()


def _copied_cache(cache: Any) -> Any:  # noqa: ANN401  the library's cache class
    """Return a cache that can be extended; tensors are shared, as none is written in place."""
    copied = copy.copy(cache)
    copied.layers = [copy.copy(layer) for layer in cache.layers]
    return copied


def _with_input(forward: Callable[..., BlockOutput], hidden: Tensor) -> Callable[..., BlockOutput]:
    """Return a block's forward that takes ``hidden`` for its input."""

    def run(hidden_states: Tensor, *args: object, **kwargs: object) -> BlockOutput:
        del hidden_states
        return forward(hidden, *args, **kwargs)

    return run


@contextmanager
def _shifted_output(module: nn.Module, shift: Tensor) -> Iterator[None]:
    """Add to the first column of a module's output inside a ``with`` block."""

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        return _add_to_first_column(output, shift)

    with forward_hooks({module: add}):
        yield


def _add_to_first_column(states: Tensor, shift: Tensor) -> Tensor:
    """Return (B, T, d) states with (B, d) added in the first column."""
    first = states[:, :1] + shift[:, None].to(states.dtype)
    return torch.cat([first, states[:, 1:]], dim=1)
