"""How sure a model is of an answer of its own."""

from collections.abc import Generator

import torch
from transformers import PreTrainedModel

from editor.generation.decoding import decode_greedily
from editor.generation.generate import MAX_ANSWER_TOKENS
from editor.model.hooks import narrowed_head
from editor.text.encoding import Encoder


def confidence_in_steps(
    model: PreTrainedModel, encoder: Encoder, text: str
) -> Generator[float, None, float]:
    """Yield after each token of the greedy answer, and return the mean probability of its tokens.

    The stop token counts only where the answer is empty. The same patches must be applied at
    every step.
    """
    prompt, stops = encoder.prompt_ids(text), frozenset(encoder.stop_token_ids)
    written: list[int] = []
    job = decode_greedily(
        model, [prompt], limits=[MAX_ANSWER_TOKENS], stops=stops, pad=encoder.pad_token_id
    )
    for rows in job:
        written = rows[0]
        yield 0.0
    answer = written[:-1] if len(written) > 1 and written[-1] in stops else written
    return _mean_probability(model, prompt, answer)


@torch.inference_mode()
def _mean_probability(model: PreTrainedModel, prompt: list[int], answer: list[int]) -> float:
    """Return the mean probability of an answer's tokens after a prompt."""
    ids = torch.tensor([[*prompt, *answer[:-1]]], device=model.device)  # (1, T)
    columns = torch.arange(len(prompt) - 1, ids.shape[1], device=model.device)  # (N,)
    with narrowed_head(model, torch.zeros_like(columns), columns):
        logits = model(input_ids=ids, use_cache=False).logits[0]  # (N, V)
    probabilities = logits.float().softmax(dim=-1)
    chosen = probabilities.gather(1, torch.tensor(answer, device=model.device)[:, None])
    return float(chosen.mean())
