"""Drafts of completions, checked in one pass each instead of a pass for every token.

Speculative decoding (Leviathan et al. 2023, arXiv 2211.17192) with a text that is expected as the
draft: where the model's most likely token is the draft's at every position, greedy decoding would
have written exactly the draft.
"""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from editor.model.hooks import narrowed_head


@torch.inference_mode()
def are_written(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    drafts: Sequence[Sequence[int]],
    *,
    pad: int,
) -> list[bool]:
    """Tell after which prompts greedy decoding writes the draft.

    Args:
        model: the model that writes.
        prompts: token ids of each prompt.
        drafts: token ids of each draft, at least one.
        pad: the padding token.
    """
    read = [[*prompt, *draft[:-1]] for prompt, draft in zip(prompts, drafts, strict=True)]
    longest = max(map(len, read))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in read], device=model.device)
    mask = torch.tensor(
        [[1] * len(row) + [0] * (longest - len(row)) for row in read], device=model.device
    )
    places = [
        (row, len(prompts[row]) - 1 + place)
        for row, draft in enumerate(drafts)
        for place in range(len(draft))
    ]
    rows, columns = torch.tensor(places, device=model.device).T  # (N,) each
    with narrowed_head(model, rows, columns):
        logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[0]  # (N, V)
    expected = torch.tensor([token for draft in drafts for token in draft], device=model.device)
    wrong = set(rows[logits.argmax(dim=-1) != expected].tolist())
    return [row not in wrong for row in range(len(read))]
