"""What generation promises, on tiny random models."""

from collections.abc import Generator
from typing import Any, cast

import pytest
import torch
from transformers import PreTrainedModel

from editor.errors import Cancelled, PromptTooLong
from editor.generation.decoding import decoding
from editor.generation.generate import CompletionRequest, generate, generating
from editor.model.host import finish
from editor.text.encoding import Encoder
from tests.support.models import FAMILIES, tiny_model, tiny_tokenizer

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
    (output,) = finish(generating(model, ENCODER, [CompletionRequest(PROMPTS[0], 6, heard.append)]))
    assert heard[-1] == output.text
    assert len(heard) == output.length + output.stopped


def test_what_nobody_waits_for_is_not_written(model: PreTrainedModel) -> None:
    wanted = [CompletionRequest(prompt, 6) for prompt in PROMPTS]
    wanted[1].cancelled.set()
    with pytest.raises(Cancelled):
        finish(generating(model, ENCODER, wanted))
    told = [wanted[0].told.result(), wanted[2].told.result()]
    assert told == generate(model, ENCODER, PROMPTS[::2], limit=6)


def test_each_is_told_when_their_own_row_ends() -> None:
    wanted = [
        CompletionRequest(prompt, limit) for prompt, limit in zip(PROMPTS, (1, 6, 6), strict=True)
    ]
    job = generating(endless(), ENCODER, wanted)
    next(job)
    assert [each.told.done() for each in wanted] == [True, False, False]
    wanted[1].cancelled.set()
    next(job)
    assert [each.told.done() for each in wanted] == [True, True, False]
    with pytest.raises(Cancelled):
        finish(job)
    assert wanted[2].told.result().length == 6


def test_a_stream_that_fails_ends_its_own_completion_alone() -> None:
    def gone(_: str) -> None:
        raise ConnectionResetError

    model = endless()
    wanted = [
        CompletionRequest(PROMPTS[0], 6, gone),
        *(CompletionRequest(prompt, 6) for prompt in PROMPTS[1:]),
    ]
    with pytest.raises(ConnectionResetError):
        finish(generating(model, ENCODER, wanted))
    told = [each.told.result() for each in wanted[1:]]
    assert told == generate(model, ENCODER, PROMPTS[1:], limit=6)


def test_a_prompt_without_room_for_its_answer_is_refused_alone(model: PreTrainedModel) -> None:
    room = model.config.max_position_embeddings
    long = "1234567890 " * 60 + "?"
    wanted = [CompletionRequest(prompt, 6) for prompt in (*PROMPTS, long)]
    with pytest.raises(PromptTooLong, match=f"at most {room - 6} .* fewer words"):
        finish(generating(model, ENCODER, wanted))
    told = [each.told.result() for each in wanted[:-1]]
    assert told == generate(model, ENCODER, PROMPTS, limit=6)


def test_text_that_cannot_be_encoded_is_refused_alone() -> None:
    wanted = [CompletionRequest("\ud800", 6), CompletionRequest(PROMPTS[0], 6)]
    with pytest.raises((TypeError, UnicodeError)):
        finish(generating(endless(), ENCODER, wanted))
    assert wanted[1].told.result().length == 6


def test_no_pass_reads_more_than_its_tokens() -> None:
    model, prompts = endless(), PROMPTS * 4
    passes: list[torch.Size] = []
    model.register_forward_pre_hook(
        lambda _, __, given: passes.append(given["input_ids"].shape), with_kwargs=True
    )
    wanted = [CompletionRequest(prompt, 3) for prompt in prompts]
    outputs = finish(generating(model, ENCODER, wanted, tokens=64))
    assert max(shape.numel() for shape in passes) <= 64
    assert outputs == generate(model, ENCODER, prompts, limit=3)


def endless() -> PreTrainedModel:
    """Return a model that never stops by itself."""
    model = tiny_model("llama", TOKENIZER)
    stops = torch.tensor(ENCODER.stops)
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    head.register_forward_hook(lambda _, __, logits: logits.index_fill(-1, stops, -1e4))
    return model


def finish_shares(job: Generator[list[list[int]], None, list[list[int]]]) -> list[list[int]]:
    while True:
        try:
            next(job)
        except StopIteration as stop:
            rows: list[list[int]] = stop.value
            return rows
