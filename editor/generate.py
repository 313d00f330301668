"""Greedy generation with a natural stop, in batches."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.host import finish

BATCH = 128
"""Prompts generated side by side."""

_NEVER = -1
"""No token's id, so that nothing ends the text."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What the model wrote.

    Attributes:
        text: the words before the stop, without surrounding white space.
        length: how many tokens they are.
        stopped: whether the model ended by itself.
    """

    text: str
    length: int
    stopped: bool


def generate(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, limit: int
) -> list[Generated]:
    """Complete prompts greedily, each until its first stop token or ``limit`` tokens."""
    return finish(generating(model, encoder, prompts, limit=limit))


def generating(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, limit: int
) -> Generator[float, None, list[Generated]]:
    """Do as :func:`generate` does, and yield the share that is done between batches.

    Prompts of like length go side by side, padded on the left under an attention mask.
    """
    encoded = [encoder.prompt_ids(prompt) for prompt in prompts]
    order = sorted(range(len(prompts)), key=lambda index: len(encoded[index]))
    written: dict[int, Generated] = {}
    for start in range(0, len(order), BATCH):
        if start:
            yield start / len(order)
        chosen = order[start : start + BATCH]
        outputs = _complete(model, encoder, [encoded[index] for index in chosen], limit)
        written |= dict(zip(chosen, outputs, strict=True))
    return [written[index] for index in range(len(prompts))]


def write_on(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, tokens: int
) -> list[list[int]]:
    """Go on greedily from prompts, past every stop, and return the tokens written."""
    rows = [encoder.prompt_ids(prompt) for prompt in prompts]
    return _continued(model, encoder, rows, tokens, stops=[_NEVER])


def _complete(
    model: PreTrainedModel, encoder: Encoder, rows: Sequence[list[int]], limit: int
) -> list[Generated]:
    written = _continued(model, encoder, rows, limit, stops=encoder.stops)
    return [_until_stop(encoder, new) for new in written]


@torch.inference_mode()
def _continued(
    model: PreTrainedModel,
    encoder: Encoder,
    rows: Sequence[list[int]],
    limit: int,
    *,
    stops: Sequence[int],
) -> list[list[int]]:
    longest = max(map(len, rows))
    ids = torch.tensor([[encoder.pad] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    output = cast("Any", model).generate(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        do_sample=False,
        max_new_tokens=limit,
        eos_token_id=list(stops),
        pad_token_id=encoder.pad,
        use_cache=True,
    )
    new: list[list[int]] = output[:, longest:].tolist()
    return new


def _until_stop(encoder: Encoder, tokens: list[int]) -> Generated:
    stops = set(encoder.stops)
    end = next((place for place, token in enumerate(tokens) if token in stops), None)
    kept = tokens[:end]
    text = str(encoder.tokenizer.decode(kept, skip_special_tokens=True))
    return Generated(text.strip(), len(kept), end is not None)
