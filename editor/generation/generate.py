"""Greedy generation with a natural stop, in batches."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event

from transformers import PreTrainedModel

from editor.errors import Cancelled, PromptTooLong
from editor.generation.decoding import decoding
from editor.model.host import finish
from editor.text.encoding import Encoder

TOKENS = 2_048
"""Prompt tokens that are read in one pass, at most, where nobody says otherwise."""

ROWS = 96
"""Prompts that are completed side by side, at most."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote.

    Attributes:
        text: the words before the stop, without surrounding white space.
        length: how many tokens they are.
        stopped: whether the model ended by itself.
    """

    text: str
    length: int
    stopped: bool


@dataclass(frozen=True, slots=True, eq=False)
class CompletionRequest:
    """A completion that somebody waits for, once.

    Attributes:
        prompt: what to complete.
        limit: tokens, at most.
        stream: is told the words so far after each token, on the model's thread; what it raises
            ends this completion and no other.
        cancelled: set by whoever no longer waits for it.
        told: the outcome as soon as it is known: what was written, or why nothing was.
    """

    prompt: str
    limit: int
    stream: Callable[[str], None] | None = None
    cancelled: Event = field(default_factory=Event)
    told: Future[Completion] = field(default_factory=Future)


def generate(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, limit: int
) -> list[Completion]:
    """Complete prompts greedily, each until its first stop token or ``limit`` tokens.

    Raises:
        PromptTooLong: a prompt leaves no room for ``limit`` tokens.
    """
    return finish(
        generating(model, encoder, [CompletionRequest(prompt, limit) for prompt in prompts])
    )


def generating(
    model: PreTrainedModel,
    encoder: Encoder,
    wanted: Sequence[CompletionRequest],
    *,
    tokens: int = TOKENS,
) -> Generator[float, None, list[Completion]]:
    """Complete prompts greedily, and yield the share that is done after each token.

    Prompts of like length go side by side. Everyone is told the outcome when their own row ends;
    a row that fails leaves the others as they are.

    Args:
        model: writes.
        encoder: its tokenizer.
        wanted: what to complete.
        tokens: prompt tokens that are read in one pass, at most, if it reads more than one prompt.

    Raises:
        PromptTooLong: a prompt leaves no room for its answer.
        Cancelled: somebody no longer waits.

    These, and what a stream raises, come when everyone has been told: the first of them.
    """
    encoded = _encoded(model, encoder, wanted)
    order = sorted(encoded, key=lambda index: len(encoded[index]))
    stops = frozenset(encoder.stops)
    done = 0
    for chosen in _batches(order, encoded, tokens):
        asked = [wanted[index] for index in chosen]
        job = decoding(
            model,
            [encoded[index] for index in chosen],
            limits=[each.limit for each in asked],
            stops=stops,
            pad=encoder.pad,
            given_up=lambda row, asked=asked: asked[row].told.done(),  # type: ignore[misc]
        )
        for rows in job:
            for each, written in zip(asked, rows, strict=True):
                if not each.told.done():
                    _tell(each, written, encoder, stops)
            yield done / len(order)
        done += len(chosen)
    return [each.told.result() for each in wanted]


def write_on(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, tokens: int
) -> Generator[float, None, list[list[int]]]:
    """Go on greedily from prompts, past every stop, and return the tokens written."""
    encoded = {index: encoder.prompt_ids(prompt) for index, prompt in enumerate(prompts)}
    written: list[list[int]] = []
    for chosen in _batches(list(encoded), encoded, TOKENS):
        rows = [encoded[index] for index in chosen]
        job = decoding(model, rows, limits=[tokens] * len(rows), stops=(), pad=encoder.pad)
        written += yield from _shared(job, len(written) / len(prompts))
    return written


def _shared(
    job: Generator[list[list[int]], None, list[list[int]]], done: float
) -> Generator[float, None, list[list[int]]]:
    """Yield a share between tokens, and return what a job returns."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            rows: list[list[int]] = stop.value
            return rows
        yield done


def _encoded(
    model: PreTrainedModel, encoder: Encoder, wanted: Sequence[CompletionRequest]
) -> dict[int, list[int]]:
    """Return the token ids of prompts that can be completed, and tell the others why not."""
    room = _positions(model)
    encoded: dict[int, list[int]] = {}
    for index, each in enumerate(wanted):
        try:
            encoded[index] = _prompt_ids(each, encoder, room)
        except Exception as error:  # noqa: BLE001  whoever asked raises it
            each.told.set_exception(error)
    return encoded


def _prompt_ids(wanted: CompletionRequest, encoder: Encoder, room: int) -> list[int]:
    """Encode a prompt.

    Raises:
        PromptTooLong: it leaves no room for its answer.
        Cancelled: nobody waits for it any more.
    """
    if wanted.cancelled.is_set():
        raise Cancelled
    ids = encoder.prompt_ids(wanted.prompt)
    if room and len(ids) + wanted.limit > room:
        raise PromptTooLong(len(ids), room - wanted.limit)
    return ids


def _positions(model: PreTrainedModel) -> int:
    """Return how many tokens a model can look at, prompt and answer together; 0 for any number."""
    config = model.config.get_text_config()
    return max(getattr(config, "max_position_embeddings", None) or 0, 0)


def _tell(
    wanted: CompletionRequest, written: Sequence[int], encoder: Encoder, stops: Collection[int]
) -> None:
    """Tell who waits what is written so far and, if that is all, the outcome."""
    try:
        outcome = _outcome(wanted, written, encoder, stops)
    except BaseException as error:  # noqa: BLE001  whoever asked raises it, and the others go on
        wanted.told.set_exception(error)
    else:
        if outcome:
            wanted.told.set_result(outcome)


def _outcome(
    wanted: CompletionRequest, written: Sequence[int], encoder: Encoder, stops: Collection[int]
) -> Completion | None:
    """Stream what is written so far, and return it if that is all.

    Raises:
        Cancelled: nobody waits for it any more.
    """
    stopped = written[-1] in stops
    over = stopped or len(written) >= wanted.limit
    output = _read(encoder, written, stopped=stopped) if over or wanted.stream else None
    if output and wanted.stream:
        wanted.stream(output.text)
    if wanted.cancelled.is_set():
        raise Cancelled
    return output if over else None


def _read(encoder: Encoder, written: Sequence[int], *, stopped: bool) -> Completion:
    kept = list(written[:-1] if stopped else written)
    text = encoder.text(kept)
    return Completion(text.strip(), len(kept), stopped)


def _batches(
    order: Sequence[int], encoded: Mapping[int, Sequence[int]], tokens: int
) -> Iterator[list[int]]:
    """Yield indices in the order given, as many at a time as may go side by side."""
    batch: list[int] = []
    for index in order:
        longest = max(len(encoded[each]) for each in (*batch, index))
        if batch and (len(batch) == ROWS or longest * (len(batch) + 1) > tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
