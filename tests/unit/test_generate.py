"""What generation promises, on tiny random models."""

from collections.abc import Generator
from typing import Any, cast

import pytest
import torch
from transformers import PreTrainedModel

from editor.decoding import decoding
from editor.encoding import Encoder
from editor.generate import Wanted, generate, generating
from editor.host import finish
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


def test_the_library_would_write_the_same(model: PreTrainedModel) -> None:
    ids = [ENCODER.prompt_ids(prompt) for prompt in PROMPTS]
    rows = finish_shares(decoding(model, ids, limits=[9] * 3, stops=(), pad=ENCODER.pad))
    for prompt, written in zip(ids, rows, strict=True):
        output = cast("Any", model).generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False,
            max_new_tokens=9,
            eos_token_id=[-1],
            pad_token_id=ENCODER.pad,
        )
        assert written == output[0, len(prompt) :].tolist()


def test_each_row_has_a_limit_of_its_own(model: PreTrainedModel) -> None:
    ids = [ENCODER.prompt_ids(prompt) for prompt in PROMPTS]
    rows = finish_shares(decoding(model, ids, limits=[1, 5, 3], stops=(), pad=ENCODER.pad))
    alone = [
        finish_shares(decoding(model, [row], limits=[5], stops=(), pad=ENCODER.pad))[0]
        for row in ids
    ]
    assert rows == [alone[0][:1], alone[1], alone[2][:3]]


def test_words_are_streamed_as_they_come(model: PreTrainedModel) -> None:
    heard: list[str] = []
    (output,) = finish(generating(model, ENCODER, [Wanted(PROMPTS[0], 6, heard.append)]))
    assert heard[-1] == output.text
    assert len(heard) == output.length + output.stopped


def test_what_nobody_waits_for_is_not_written(model: PreTrainedModel) -> None:
    wanted = [Wanted(prompt, 6) for prompt in PROMPTS]
    wanted[1].cancelled.set()
    outputs = finish(generating(model, ENCODER, wanted))
    assert outputs[1].length <= 1
    assert [outputs[0], outputs[2]] == generate(model, ENCODER, PROMPTS[::2], limit=6)


def finish_shares(job: Generator[list[list[int]], None, list[list[int]]]) -> list[list[int]]:
    while True:
        try:
            next(job)
        except StopIteration as stop:
            rows: list[list[int]] = stop.value
            return rows
