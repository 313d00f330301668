"""Greedy decoding of a batch of prompts, token by token."""

from collections.abc import Callable, Collection, Generator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.model.hooks import narrowed_head


def decode_greedily(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    *,
    limits: Sequence[int],
    stops: Collection[int],
    pad: int,
    is_finished: Callable[[int], bool] = lambda _row: False,
) -> Generator[list[list[int]], None, list[list[int]]]:
    """Yield the tokens written so far after each step, and return all of them, stops included.

    A row ends with its first stop token or at its limit, and leaves the batch. The cached keys and
    values belong to the weights at the first step: the caller must apply the same patches at every
    step.

    Args:
        model: the model that writes.
        rows: token ids of the prompts; padded on the left under an attention mask.
        limits: tokens to write in each row, at least 1.
        stops: tokens that end a row.
        pad: the padding token.
        is_finished: tells after each token whether a row, by its index, ends early.
    """
    written: list[list[int]] = [[] for _ in rows]
    state, last = _prefill(model, rows, pad)
    open_rows = list(range(len(rows)))
    while open_rows:
        for row, token in zip(open_rows, last.tolist(), strict=True):
            written[row].append(token)
        yield written
        kept = [
            index
            for index, row in enumerate(open_rows)
            if written[row][-1] not in stops
            and len(written[row]) < limits[row]
            and not is_finished(row)
        ]
        if len(kept) < len(open_rows):
            open_rows = [open_rows[index] for index in kept]
            last = state.keep(kept, last)
        if open_rows:
            last = state.advance(last)
    return written


class _DecodingState:
    """The open rows of a batch: attention mask and cache of keys and values."""

    def __init__(self, model: PreTrainedModel, mask: Tensor, cache: Any) -> None:  # noqa: ANN401
        self._model, self._mask, self._cache = model, mask, cache

    def keep(self, indices: Sequence[int], last: Tensor) -> Tensor:
        """Drop all other rows; return the last tokens of those that stay, (n,)."""
        chosen = torch.tensor(indices, dtype=torch.long, device=last.device)
        if indices:
            self._cache.batch_select_indices(chosen)
            self._mask = self._mask[chosen]
        return last[chosen]

    @torch.inference_mode()
    def advance(self, last: Tensor) -> Tensor:
        """Return the most likely token after each row's last one, (n,)."""
        self._mask = torch.cat([self._mask, torch.ones_like(self._mask[:, :1])], dim=1)
        output = self._model(
            input_ids=last[:, None],
            attention_mask=self._mask,
            position_ids=self._mask.sum(dim=1, keepdim=True) - 1,
            past_key_values=self._cache,
            use_cache=True,
        )
        token: Tensor = output.logits[:, -1].argmax(dim=-1)
        return token


@torch.inference_mode()
def _prefill(
    model: PreTrainedModel, rows: Sequence[Sequence[int]], pad: int
) -> tuple[_DecodingState, Tensor]:
    """Read the prompts; return the state and the first token of each row, (n,)."""
    longest = max(map(len, rows))
    ids = torch.tensor([[pad] * (longest - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    ids, mask = ids.to(model.device), mask.to(model.device)
    all_rows = torch.arange(len(rows), device=model.device)
    with narrowed_head(model, all_rows, torch.full_like(all_rows, longest - 1)):
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp_min(0),
            use_cache=True,
        )
    return _DecodingState(model, mask, output.past_key_values), output.logits[0].argmax(dim=-1)
