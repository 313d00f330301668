"""Greedy generation on tiny random models."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
import torch
from transformers import PreTrainedModel

from editor.errors import Cancelled, PromptTooLong
from editor.generation.decoding import decode_greedily
from editor.generation.generate import CompletionRequest, generate, generate_in_steps
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
        if written[-1] in ENCODER.stop_token_ids:
            break
    (output,) = generate(model, ENCODER, [PROMPTS[0]], limit=6)
    stopped = written[-1] in ENCODER.stop_token_ids
    kept = written[:-1] if stopped else written
    assert (output.length, output.stopped) == (len(kept), stopped)
    assert output.text == str(TOKENIZER.decode(kept, skip_special_tokens=True)).strip()


def test_an_answer_ends_before_its_stop(model: PreTrainedModel) -> None:
    stop = ENCODER.stop_token_ids[0]
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    handle = head.register_forward_hook(
        lambda _, __, logits: logits.index_fill(-1, torch.tensor([stop]), 1e4)
    )
    outputs = generate(model, ENCODER, PROMPTS, limit=6)
    handle.remove()
    assert all(each.stopped and each.length == 0 and each.text == "" for each in outputs)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_draft_changes_nothing_but_the_passes(model: PreTrainedModel, *, wrong: bool) -> None:
    plain = generate(model, ENCODER, PROMPTS, limit=6)
    drafts = [written_after(model, prompt) for prompt in PROMPTS]
    if wrong:
        drafts = [(draft[0] ^ 1, *draft[1:]) for draft in drafts]
    requests = [
        CompletionRequest(prompt, 6, draft=draft)
        for prompt, draft in zip(PROMPTS, drafts, strict=True)
    ]
    passes = 0

    def count(*_: object) -> None:
        nonlocal passes
        passes += 1

    handle = model.register_forward_pre_hook(count)
    assert finish(generate_in_steps(model, ENCODER, requests)) == plain
    handle.remove()
    assert (passes > 1) is wrong


def written_after(model: PreTrainedModel, prompt: str) -> tuple[int, ...]:
    """Return the tokens, stop included, that greedy decoding writes after a prompt."""
    job = decode_greedily(
        model, [ENCODER.prompt_ids(prompt)], limits=[6], stops=ENCODER.stop_token_ids, pad=0
    )
    (rows,) = list(job)[-1:]
    return tuple(rows[0])


def test_without_prompts_nothing_is_written(model: PreTrainedModel) -> None:
    assert generate(model, ENCODER, [], limit=6) == []


def test_the_library_would_write_the_same(model: PreTrainedModel) -> None:
    ids = [ENCODER.prompt_ids(prompt) for prompt in PROMPTS]
    rows = decoded(model, ids, [9] * 3)
    for prompt, written in zip(ids, rows, strict=True):
        output = cast("Any", model).generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False,
            max_new_tokens=9,
            eos_token_id=[-1],
            pad_token_id=ENCODER.pad_token_id,
        )
        assert written == output[0, len(prompt) :].tolist()


def test_each_row_has_a_limit_of_its_own(model: PreTrainedModel) -> None:
    ids = [ENCODER.prompt_ids(prompt) for prompt in PROMPTS]
    rows = decoded(model, ids, [1, 5, 3])
    alone = [decoded(model, [row], [5])[0] for row in ids]
    assert rows == [alone[0][:1], alone[1], alone[2][:3]]


def test_text_is_streamed_after_each_token(model: PreTrainedModel) -> None:
    streamed: list[str] = []
    request = CompletionRequest(PROMPTS[0], 6, streamed.append)
    (output,) = finish(generate_in_steps(model, ENCODER, [request]))
    assert streamed[-1] == output.text
    assert len(streamed) == output.length + output.stopped


def test_a_cancelled_request_is_not_completed(model: PreTrainedModel) -> None:
    requests = [CompletionRequest(prompt, 6) for prompt in PROMPTS]
    requests[1].cancelled.set()
    with pytest.raises(Cancelled):
        finish(generate_in_steps(model, ENCODER, requests))
    found = [requests[0].outcome.result(), requests[2].outcome.result()]
    assert found == generate(model, ENCODER, PROMPTS[::2], limit=6)


def test_an_outcome_is_set_when_its_own_row_ends() -> None:
    requests = [
        CompletionRequest(prompt, limit) for prompt, limit in zip(PROMPTS, (1, 6, 6), strict=True)
    ]
    job = generate_in_steps(endless(), ENCODER, requests)
    next(job)
    assert [each.outcome.done() for each in requests] == [True, False, False]
    requests[1].cancelled.set()
    next(job)
    assert [each.outcome.done() for each in requests] == [True, True, False]
    with pytest.raises(Cancelled):
        finish(job)
    assert requests[2].outcome.result().length == 6


def test_a_stream_that_fails_ends_its_own_completion_alone() -> None:
    def disconnect(_: str) -> None:
        raise ConnectionResetError

    model = endless()
    requests = [
        CompletionRequest(PROMPTS[0], 6, disconnect),
        *(CompletionRequest(prompt, 6) for prompt in PROMPTS[1:]),
    ]
    with pytest.raises(ConnectionResetError):
        finish(generate_in_steps(model, ENCODER, requests))
    found = [each.outcome.result() for each in requests[1:]]
    assert found == generate(model, ENCODER, PROMPTS[1:], limit=6)


def test_a_prompt_without_room_for_its_answer_is_refused_alone(model: PreTrainedModel) -> None:
    room = model.config.max_position_embeddings
    long = "1234567890 " * 60 + "?"
    requests = [CompletionRequest(prompt, 6) for prompt in (*PROMPTS, long)]
    with pytest.raises(PromptTooLong, match=f"at most {room - 6} .* fewer words"):
        finish(generate_in_steps(model, ENCODER, requests))
    found = [each.outcome.result() for each in requests[:-1]]
    assert found == generate(model, ENCODER, PROMPTS, limit=6)


def test_text_that_cannot_be_encoded_is_refused_alone() -> None:
    requests = [CompletionRequest("\ud800", 6), CompletionRequest(PROMPTS[0], 6)]
    with pytest.raises((TypeError, UnicodeError)):
        finish(generate_in_steps(endless(), ENCODER, requests))
    assert requests[1].outcome.result().length == 6


def test_no_pass_reads_more_tokens_than_allowed() -> None:
    model, prompts = endless(), PROMPTS * 4
    passes: list[torch.Size] = []
    model.register_forward_pre_hook(
        lambda _, __, kwargs: passes.append(kwargs["input_ids"].shape), with_kwargs=True
    )
    requests = [CompletionRequest(prompt, 3) for prompt in prompts]
    outputs = finish(generate_in_steps(model, ENCODER, requests, tokens_per_pass=64))
    assert max(shape.numel() for shape in passes) <= 64
    assert outputs == generate(model, ENCODER, prompts, limit=3)


def endless() -> PreTrainedModel:
    """Return a model that never stops by itself."""
    model = tiny_model("llama", TOKENIZER)
    stops = torch.tensor(ENCODER.stop_token_ids)
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    head.register_forward_hook(lambda _, __, logits: logits.index_fill(-1, stops, -1e4))
    return model


def decoded(
    model: PreTrainedModel, rows: Sequence[Sequence[int]], limits: Sequence[int]
) -> list[list[int]]:
    """Return what is written after each row, past every stop."""
    job = decode_greedily(model, rows, limits=limits, stops=(), pad=ENCODER.pad_token_id)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            written: list[list[int]] = stop.value
            return written
