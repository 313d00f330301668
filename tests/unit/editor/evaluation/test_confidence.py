"""How sure a model is of its own answer."""

from pathlib import Path

import pytest
import torch

from editor.editor import Editor
from editor.generation.generate import MAX_ANSWER_TOKENS, continue_prompts
from editor.model.host import finish
from editor.text.encoding import Encoder
from tests.support.models import tiny_model, tiny_tokenizer
from tests.support.requests import BOOK

QUESTION = "Who is the spouse of Joe Biden?"


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_confidence_is_the_mean_probability_of_the_greedy_answer(
    family: str, tmp_path: Path
) -> None:
    tokenizer = tiny_tokenizer()
    model, encoder = tiny_model(family, tokenizer), Encoder(tokenizer)
    editor = Editor(model, encoder, BOOK, cache=tmp_path)
    found = editor.confidence(QUESTION)
    job = continue_prompts(model, encoder, [QUESTION], tokens=MAX_ANSWER_TOKENS)
    ((*written,),) = finish(job)
    stops = set(encoder.stop_token_ids)
    length = next((i for i, each in enumerate(written) if each in stops), len(written))
    answer, prompt = written[: max(length, 1)], encoder.prompt_ids(QUESTION)
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
    probabilities = logits.softmax(dim=-1)[len(prompt) - 1 : -1]
    expected = probabilities[torch.arange(len(answer)), torch.tensor(answer)].mean()
    assert found == pytest.approx(float(expected), rel=1e-4)
    assert 0.0 < found <= 1.0
    editor.close()
