"""Greedy completion of prompts with a natural stop, in batches."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event

from transformers import PreTrainedModel

from editor.errors import Cancelled, PromptTooLong
from editor.generation.decoding import decode_greedily
from editor.generation.drafts import are_written
from editor.model.host import finish
from editor.text.encoding import Encoder

PROMPT_TOKENS_PER_PASS = 2_048
"""Prompt tokens that one pass reads, at most, by default."""

MAX_ROWS = 96
"""Prompts completed side by side, at most."""


MAX_ANSWER_TOKENS = 96
"""Tokens of a free answer, at most."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The text a model wrote after a prompt.

    Attributes:
        text: the text before the stop token, without surrounding white space.
        length: its length in tokens.
        stopped: whether the model wrote a stop token within the limit.
    """

    text: str
    length: int
    stopped: bool


@dataclass(frozen=True, slots=True, eq=False)
class CompletionRequest:
    """A prompt to complete, once, and the future of its completion.

    Attributes:
        prompt: what to complete.
        limit: tokens to write, at most.
        draft: token ids that are expected, the stop token last; if the model would write exactly
            these, one pass shows it. It changes how long the completion takes and nothing else.
        stream: called with the text so far after each token, on the model's thread; an exception
            it raises ends this completion and no other.
        cancelled: set by the caller when it no longer waits.
        outcome: the completion, or the error that prevented it.
    """

    prompt: str
    limit: int
    draft: tuple[int, ...] = field(default=(), kw_only=True)
    stream: Callable[[str], None] | None = None
    cancelled: Event = field(default_factory=Event)
    outcome: Future[Completion] = field(default_factory=Future)


def generate(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, limit: int
) -> list[Completion]:
    """Complete prompts greedily, each until its first stop token or ``limit`` tokens.

    Raises:
        PromptTooLong: a prompt leaves no room for ``limit`` tokens.
    """
    requests = [CompletionRequest(prompt, limit) for prompt in prompts]
    return finish(generate_in_steps(model, encoder, requests))


def generate_in_steps(
    model: PreTrainedModel,
    encoder: Encoder,
    requests: Sequence[CompletionRequest],
    *,
    tokens_per_pass: int = PROMPT_TOKENS_PER_PASS,
) -> Generator[float, None, list[Completion]]:
    """Complete prompts greedily, and yield the share that is done after each token.

    Prompts of similar length form a batch. Each request's outcome is set when its own row ends; a
    row that fails leaves the others as they are. The first error is raised at the end, when every
    outcome is set, and so is what a stream raised.

    Args:
        model: the model that writes.
        encoder: its tokenizer.
        requests: what to complete.
        tokens_per_pass: prompt tokens of a batch of several prompts, at most.

    Raises:
        PromptTooLong: a prompt leaves no room for its answer.
        Cancelled: a caller no longer waits.
    """
    encoded = _encode_prompts(model, encoder, requests)
    stops = frozenset(encoder.stop_token_ids)
    yield from _follow_drafts(model, encoder, requests, encoded, tokens_per_pass)
    left = [index for index in encoded if not requests[index].outcome.done()]
    order = sorted(left, key=lambda index: len(encoded[index]))
    done = 0
    for indices in _batches(order, encoded, tokens_per_pass):
        batch = [requests[index] for index in indices]
        job = decode_greedily(
            model,
            [encoded[index] for index in indices],
            limits=[request.limit for request in batch],
            stops=stops,
            pad=encoder.pad_token_id,
            is_finished=lambda row, batch=batch: batch[row].outcome.done(),  # type: ignore[misc]
        )
        for rows in job:
            for request, written in zip(batch, rows, strict=True):
                if not request.outcome.done():
                    _update(request, written, encoder, stops)
            yield done / len(order)
        done += len(indices)
    return [request.outcome.result() for request in requests]


def _follow_drafts(
    model: PreTrainedModel,
    encoder: Encoder,
    requests: Sequence[CompletionRequest],
    encoded: Mapping[int, Sequence[int]],
    tokens_per_pass: int,
) -> Generator[float, None, None]:
    """Set the outcomes of the requests whose draft the model would write; yield between passes."""
    stops = frozenset(encoder.stop_token_ids)
    whole = {
        index: [*prompt, *requests[index].draft]
        for index, prompt in encoded.items()
        if 0 < len(requests[index].draft) <= requests[index].limit
        and stops.isdisjoint(requests[index].draft[:-1])
    }
    order = sorted(whole, key=lambda index: len(whole[index]))
    for indices in _batches(order, whole, tokens_per_pass):
        drafts = [requests[index].draft for index in indices]
        prompts = [encoded[index] for index in indices]
        written = are_written(model, prompts, drafts, pad=encoder.pad_token_id)
        for index, draft, follows in zip(indices, drafts, written, strict=True):
            if follows:
                _update(requests[index], draft, encoder, stops)
        yield 0.0


def continue_prompts(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, tokens: int
) -> Generator[float, None, list[list[int]]]:
    """Write ``tokens`` tokens after each prompt, greedily and past every stop; return their ids."""
    encoded = {index: encoder.prompt_ids(prompt) for index, prompt in enumerate(prompts)}
    written: list[list[int]] = []
    for indices in _batches(list(encoded), encoded, PROMPT_TOKENS_PER_PASS):
        rows = [encoded[index] for index in indices]
        limits = [tokens] * len(rows)
        job = decode_greedily(model, rows, limits=limits, stops=(), pad=encoder.pad_token_id)
        written += yield from _with_share(job, len(written) / len(prompts))
    return written


def _with_share(
    job: Generator[list[list[int]], None, list[list[int]]], share: float
) -> Generator[float, None, list[list[int]]]:
    """Yield a constant share after each step of a job, and return the job's result."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            rows: list[list[int]] = stop.value
            return rows
        yield share


def _encode_prompts(
    model: PreTrainedModel, encoder: Encoder, requests: Sequence[CompletionRequest]
) -> dict[int, list[int]]:
    """Return the token ids of the prompts that can be completed; fail the other requests."""
    positions = _max_positions(model)
    encoded: dict[int, list[int]] = {}
    for index, request in enumerate(requests):
        try:
            encoded[index] = _prompt_ids(request, encoder, positions)
        except Exception as error:  # noqa: BLE001  the caller's thread raises it
            request.outcome.set_exception(error)
    return encoded


def _prompt_ids(request: CompletionRequest, encoder: Encoder, positions: int) -> list[int]:
    """Encode a prompt.

    Raises:
        PromptTooLong: it leaves no room for its answer.
        Cancelled: the caller no longer waits.
    """
    if request.cancelled.is_set():
        raise Cancelled
    ids = encoder.prompt_ids(request.prompt)
    if positions and len(ids) + request.limit > positions:
        raise PromptTooLong(len(ids), positions - request.limit)
    return ids


def _max_positions(model: PreTrainedModel) -> int:
    """Return a model's context length in tokens, prompt and answer together; 0 if unlimited."""
    config = model.config.get_text_config()
    return max(getattr(config, "max_position_embeddings", None) or 0, 0)


def _update(
    request: CompletionRequest, written: Sequence[int], encoder: Encoder, stops: Collection[int]
) -> None:
    """Stream what is written so far and, once it is complete, set the request's outcome."""
    try:
        completion = _streamed(request, written, encoder, stops)
    except BaseException as error:  # noqa: BLE001  the caller's thread raises it
        request.outcome.set_exception(error)
    else:
        if completion:
            request.outcome.set_result(completion)


def _streamed(
    request: CompletionRequest, written: Sequence[int], encoder: Encoder, stops: Collection[int]
) -> Completion | None:
    """Stream what is written so far, and return it if it is complete.

    Raises:
        Cancelled: the caller no longer waits.
    """
    stopped = written[-1] in stops
    complete = stopped or len(written) >= request.limit
    wanted = complete or request.stream or encoder.ends_with_sentence(request.prompt)
    partial = _decode(encoder, request.prompt, written, stopped=stopped) if wanted else None
    if partial and request.stream:
        request.stream(partial.text)
    if request.cancelled.is_set():
        raise Cancelled
    return partial if partial and (complete or partial.stopped) else None


def _decode(encoder: Encoder, prompt: str, written: Sequence[int], *, stopped: bool) -> Completion:
    """Return what is written so far, up to its end if it has one."""
    kept = list(written[:-1] if stopped else written)
    text = encoder.decode(kept)
    if stopped:  # a token may hold both the answer's last letters and the newline
        text += encoder.decode(list(written[-1:])).partition("\n")[0]
    end = encoder.sentence_end(prompt, text)
    if end is not None:
        return Completion(text[:end].strip(), len(kept), stopped=True)
    return Completion(text.strip(), len(kept), stopped)


def _batches(
    order: Sequence[int], encoded: Mapping[int, Sequence[int]], max_tokens: int
) -> Iterator[list[int]]:
    """Yield indices in the order given, as many at a time as one pass may read."""
    batch: list[int] = []
    for index in order:
        longest = max(len(encoded[each]) for each in (*batch, index))
        if batch and (len(batch) == MAX_ROWS or longest * (len(batch) + 1) > max_tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
