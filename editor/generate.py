"""Greedy generation with a natural stop, in batches."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event

from transformers import PreTrainedModel

from editor.decoding import decoding
from editor.encoding import Encoder
from editor.host import finish

TOKENS = 2_048
"""Prompt tokens that are read in one pass, at most."""

ROWS = 96
"""Prompts that are completed side by side, at most."""


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A completion that somebody waits for.

    Attributes:
        prompt: what to complete.
        limit: tokens, at most.
        stream: is told the words so far after each token, on the model's thread.
        cancelled: set by whoever no longer waits for it.
    """

    prompt: str
    limit: int
    stream: Callable[[str], None] | None = None
    cancelled: Event = field(default_factory=Event)


def generate(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, limit: int
) -> list[Generated]:
    """Complete prompts greedily, each until its first stop token or ``limit`` tokens."""
    return finish(generating(model, encoder, [Wanted(prompt, limit) for prompt in prompts]))


def generating(
    model: PreTrainedModel, encoder: Encoder, wanted: Sequence[Wanted]
) -> Generator[float, None, list[Generated]]:
    """Complete prompts greedily, and yield the share that is done after each token.

    Prompts of like length go side by side.
    """
    encoded = [encoder.prompt_ids(each.prompt) for each in wanted]
    order = sorted(range(len(wanted)), key=lambda index: len(encoded[index]))
    written: dict[int, Generated] = {}
    for chosen in _batches(order, encoded):
        asked = [wanted[index] for index in chosen]
        job = decoding(
            model,
            [encoded[index] for index in chosen],
            limits=[each.limit for each in asked],
            stops=encoder.stops,
            pad=encoder.pad,
            given_up=lambda row, asked=asked: asked[row].cancelled.is_set(),  # type: ignore[misc]
        )
        streams = [each.stream for each in asked]
        tokens = yield from _streamed(job, streams, encoder, len(written) / len(order))
        written |= {
            index: _until_stop(encoder, new) for index, new in zip(chosen, tokens, strict=True)
        }
    return [written[index] for index in range(len(wanted))]


def write_on(
    model: PreTrainedModel, encoder: Encoder, prompts: Sequence[str], *, tokens: int
) -> Generator[float, None, list[list[int]]]:
    """Go on greedily from prompts, past every stop, and return the tokens written."""
    encoded = [encoder.prompt_ids(prompt) for prompt in prompts]
    written: dict[int, list[int]] = {}
    for chosen in _batches(list(range(len(prompts))), encoded):
        rows = [encoded[index] for index in chosen]
        job = decoding(model, rows, limits=[tokens] * len(rows), stops=(), pad=encoder.pad)
        new = yield from _streamed(job, (), encoder, len(written) / len(prompts))
        written |= dict(zip(chosen, new, strict=True))
    return [written[index] for index in range(len(prompts))]


def _streamed(
    job: Generator[list[list[int]], None, list[list[int]]],
    streams: Sequence[Callable[[str], None] | None],
    encoder: Encoder,
    done: float,
) -> Generator[float, None, list[list[int]]]:
    """Tell streams what is written so far; yield a share between tokens."""
    told: dict[int, int] = {}
    while True:
        try:
            written = next(job)
        except StopIteration as stop:
            rows: list[list[int]] = stop.value
            return rows
        for place, stream in enumerate(streams):
            if stream and len(written[place]) > told.get(place, 0):
                told[place] = len(written[place])
                stream(_until_stop(encoder, written[place]).text)
        yield done


def _batches(order: Sequence[int], encoded: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield indices in the order given, as many at a time as may go side by side."""
    batch: list[int] = []
    for index in order:
        longest = max(len(encoded[each]) for each in (*batch, index))
        if batch and (len(batch) == ROWS or longest * (len(batch) + 1) > TOKENS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _until_stop(encoder: Encoder, tokens: Sequence[int]) -> Generated:
    stops = set(encoder.stops)
    end = next((place for place, token in enumerate(tokens) if token in stops), None)
    kept = list(tokens[:end])
    text = str(encoder.tokenizer.decode(kept, skip_special_tokens=True))
    return Generated(text.strip(), len(kept), end is not None)
