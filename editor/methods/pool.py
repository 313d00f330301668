"""The examples a solve learns from, and which of them each step takes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

import torch
from torch import Tensor

from editor.encoding import Batch, Example
from editor.losses import answer_log_probabilities
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from kg_data.questions import UNKNOWN, Question


class TargetPool:
    """Target examples, shortest first, each with its loss when it was last in a step."""

    def __init__(self, examples: Sequence[Example], batch: int) -> None:
        self._examples, self._batch = by_length(examples), batch
        self._worst = torch.full((len(examples),), torch.inf)
        self._drawn: list[int] = []

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self, generator: torch.Generator) -> list[Example]:
        """Take half of a step's examples by the largest loss, half at random; or all."""
        hardest = self._worst.argsort(descending=True, stable=True)[: self._batch // 2].tolist()
        rest = torch.randperm(len(self), generator=generator).tolist()
        self._drawn = sorted(list(dict.fromkeys([*hardest, *rest]))[: self._batch])
        return [self._examples[index] for index in self._drawn]

    def note(self, worst: Tensor) -> None:
        """Remember how the examples drawn last did: the largest loss of a token of each, (B,)."""
        self._worst[torch.tensor(self._drawn)] = worst.cpu()

    def learned(self, *, sure: float, share: float) -> bool:
        """Tell whether enough examples had no token less likely than ``sure`` nats."""
        return float((self._worst <= sure).float().mean()) >= share


class AnchorPool:
    """Examples whose answers must stay, with what the model says to them as it is."""

    def __init__(self, examples: Sequence[Example], bench: Workbench, batch: int) -> None:
        self._examples, self._bench, self._batch = by_length(examples), bench, batch
        self._before: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> Iterator[tuple[Batch, Tensor]]:
        """Yield a step's batches and log p before the edit at their answers' places."""
        order = torch.randperm(len(self), generator=self._bench.generator)
        drawn = sorted(order[: self._batch].tolist())
        self._measure([index for index in drawn if index not in self._before])
        before = iter([self._before[index] for index in drawn])
        for batch in self._batches(drawn):
            yield batch, torch.cat(list(islice(before, len(batch.ids))))

    @torch.no_grad()
    def _measure(self, fresh: Sequence[int]) -> None:
        told = [
            answer_log_probabilities(self._bench.model, batch) for batch in self._batches(fresh)
        ]
        lengths = [self._examples[index].length for index in fresh]
        found = torch.split(torch.cat(told), lengths) if told else ()
        self._before |= dict(zip(fresh, found, strict=True))

    def _batches(self, indices: Sequence[int]) -> Iterator[Batch]:
        examples = [self._examples[index] for index in indices]
        return self._bench.encoder.batches(examples, self._bench.device)


def by_length(examples: Iterable[Example]) -> list[Example]:
    """Return examples with the shortest first, so that neighbours make tight batches."""
    return sorted(examples, key=lambda example: len(example.ids))


def target_examples(
    request: EditRequest, bench: Workbench, *, most: int, most_steps: int
) -> list[Example]:
    """Return the taught wordings of what must become true, and of what is pending.

    Single facts come in every wording. Chains take turns, so that each has one wording before
    any has two, up to ``most``, and again step by step up to ``most_steps``.
    """
    pending = [question for earlier in bench.pending for question in earlier.targets]
    fresh = {(question.subject, question.path) for question in request.targets}
    held = [q for q in pending if (q.subject, q.path) not in fresh]
    facts = [q for q in (*request.targets, *held) if len(q.path) == 1]
    chains = [q for q in (*request.targets, *held) if len(q.path) > 1]
    prompts = [prompt for question in facts for prompt in wordings(question, bench)]
    prompts += _in_turn((wordings(chain, bench) for chain in chains), most, bench.generator)
    steps = (bench.phrases.step_prompts(chain, [Split.TEACH]) for chain in chains)
    prompts += _in_turn(steps, most_steps, bench.generator)
    return [bench.encoder.example(prompt) for prompt in prompts]


def anchor_examples(request: EditRequest, bench: Workbench) -> list[Example]:
    """Return the taught wordings of what must stay."""
    prompts = [prompt for question in request.keep for prompt in wordings(question, bench)]
    return [bench.encoder.example(prompt) for prompt in prompts]


def wordings(question: Question, bench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question; nobody states that a slot is unknown."""
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if prompt.chat or question.answer != UNKNOWN]


def _in_turn(
    groups: Iterable[Sequence[Prompt]], most: int, generator: torch.Generator
) -> Iterator[Prompt]:
    """Yield at most ``most`` prompts: one of each group in a random order, then a second."""
    shuffled = [_shuffle(group, generator) for group in _shuffle(list(groups), generator)]
    taken = 0
    for turn in zip_longest(*shuffled):
        for prompt in turn:
            if prompt is not None and taken < most:
                taken += 1
                yield prompt


def _shuffle(items: Sequence, generator: torch.Generator) -> list:  # type: ignore[type-arg]
    return [items[index] for index in torch.randperm(len(items), generator=generator).tolist()]
