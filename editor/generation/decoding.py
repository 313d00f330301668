"""Greedy decoding of prompts side by side, a token at a time."""

from collections.abc import Callable, Collection, Generator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from editor.model.hooks import narrowed_head


def decoding(
    model: PreTrainedModel,
    rows: Sequence[Sequence[int]],
    *,
    limits: Sequence[int],
    stops: Collection[int],
    pad: int,
    given_up: Callable[[int], bool] = lambda _row: False,
) -> Generator[list[list[int]], None, list[list[int]]]:
    """Yield what is written so far after each token, and return all of it, stops included.

    A row ends with its first stop token or at its limit, and leaves the batch. The keys and values
    in the cache belong to the weights under which it began: whoever drives this must see to it
    that the model wears the same weights at every step.

    Args:
        model: writes.
        rows: the prompts' token ids; padded on the left under an attention mask.
        limits: tokens that each row may have written, at least 1.
        stops: tokens that end a row.
        pad: the token to pad with.
        given_up: tells whether a row ends although it could go on; asked after each token.
    """
    written: list[list[int]] = [[] for _ in rows]
    state, last = _begin(model, rows, pad)
    open_rows = list(range(len(rows)))
    while open_rows:
        for row, token in zip(open_rows, last.tolist(), strict=True):
            written[row].append(token)
        yield written
        kept = [
            place
            for place, row in enumerate(open_rows)
            if written[row][-1] not in stops
            and len(written[row]) < limits[row]
            and not given_up(row)
        ]
        if len(kept) < len(open_rows):
            open_rows = [open_rows[place] for place in kept]
            last = state.keep(kept, last)
        if open_rows:
            last = state.advance(last)
    return written


class _State:
    """The rows of a batch that still write."""

    def __init__(self, model: PreTrainedModel, mask: Tensor, cache: Any) -> None:  # noqa: ANN401
        self._model, self._mask, self._cache = model, mask, cache

    def keep(self, places: Sequence[int], last: Tensor) -> Tensor:
        """Let the other rows go; return the last tokens of those that stay, (n,)."""
        chosen = torch.tensor(places, dtype=torch.long, device=last.device)
        if places:
            self._cache.batch_select_indices(chosen)
            self._mask = self._mask[chosen]
        return last[chosen]

    @torch.inference_mode()
    def advance(self, last: Tensor) -> Tensor:
        """Return the most likely token behind each row's last one, (n,)."""
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
def _begin(
    model: PreTrainedModel, rows: Sequence[Sequence[int]], pad: int
) -> tuple[_State, Tensor]:
    """Read the prompts; return the state and the first token of each row, (n,)."""
    longest = max(map(len, rows))
    ids = torch.tensor([[pad] * (longest - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    ids, mask = ids.to(model.device), mask.to(model.device)
    every = torch.arange(len(rows), device=model.device)
    with narrowed_head(model, every, torch.full_like(every, longest - 1)):
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp_min(0),
            use_cache=True,
        )
    return _State(model, mask, output.past_key_values), output.logits[0].argmax(dim=-1)
