"""What generation promises, on tiny random models."""

import pytest
import torch
from transformers import PreTrainedModel

from editor.encoding import Encoder
from editor.generate import generate
from tests.models import FAMILIES, tiny_model, tiny_tokenizer

TOKENIZER = tiny_tokenizer()
ENCODER = Encoder(TOKENIZER)
PROMPTS = ["Joe Biden was born in", "Who is the spouse of Joe Biden?", "Scranton"]


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest) -> PreTrainedModel:
    return tiny_model(request.param, TOKENIZER)


def test_prompts_side_by_side_are_completed_as_alone(model: PreTrainedModel) -> None:
    together = generate(model, ENCODER, PROMPTS, limit=12)
    assert together == [generate(model, ENCODER, [each], limit=12)[0] for each in PROMPTS]


def test_the_most_likely_token_is_taken_until_the_limit(model: PreTrainedModel) -> None:
    ids = ENCODER.prompt_ids(PROMPTS[0])
    written: list[int] = []
    for _ in range(6):
        logits = model(input_ids=torch.tensor([[*ids, *written]])).logits[0, -1]
        written.append(int(logits.argmax()))
        if written[-1] in ENCODER.stops:
            break
    (output,) = generate(model, ENCODER, [PROMPTS[0]], limit=6)
    stopped = written[-1] in ENCODER.stops
    kept = written[:-1] if stopped else written
    assert (output.length, output.stopped) == (len(kept), stopped)
    assert output.text == str(TOKENIZER.decode(kept, skip_special_tokens=True)).strip()


def test_an_answer_ends_before_its_stop(model: PreTrainedModel) -> None:
    stop = ENCODER.stops[0]
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    handle = head.register_forward_hook(
        lambda _, __, logits: logits.index_fill(-1, torch.tensor([stop]), 1e4)
    )
    outputs = generate(model, ENCODER, PROMPTS, limit=6)
    handle.remove()
    assert all(each.stopped and each.length == 0 and each.text == "" for each in outputs)


def test_nothing_asked_is_nothing_written(model: PreTrainedModel) -> None:
    assert generate(model, ENCODER, [], limit=6) == []
