"""The examples a solve learns from, and which of them each step takes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, zip_longest

import torch
from torch import Tensor

from editor.encoding import Batch, Example
from editor.losses import answer_log_probabilities, answer_loss, divergence
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from kg_data.questions import UNKNOWN, Question
from kg_data.triples import Slot

REMEMBERED = 4096
"""Anchors of which a pool knows what the model said; beyond it forgets them and looks again."""

FEWEST = 16
"""Target examples in a step, at least, if there are as many."""


class Sampler:
    """Draws half of a step's examples by their cost when last drawn, half at random.

    What was never drawn costs most.
    """

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self._generator = generator
        self.costs = torch.full((count,), torch.inf)
        self.drawn: list[int] = []

    def draw(self, size: int) -> list[int]:
        """Return the indices of at most ``size`` examples, ascending."""
        hardest = self.costs.argsort(descending=True, stable=True)[: size // 2].tolist()
        rest = torch.randperm(len(self.costs), generator=self._generator).tolist()
        self.drawn = sorted(list(dict.fromkeys([*hardest, *rest]))[:size])
        return self.drawn

    def note(self, costs: Tensor) -> None:
        """Remember what the examples drawn last cost, (B,)."""
        self.costs[self.drawn] = costs.detach().cpu()


class TargetPool:
    """Target examples, shortest first.

    Args:
        facts: examples of plain facts; every one must be learned.
        chains: examples of chains.
        bench: the model.
        batch: examples in a step, at most.
        sure: nats; a fact is learned when no token of its answer costs more.
        sure_of_chains: the same for a chain.
    """

    def __init__(
        self,
        facts: Sequence[Example],
        chains: Sequence[Example],
        bench: Workbench,
        *,
        batch: int,
        sure: float,
        sure_of_chains: float,
    ) -> None:
        self._examples, self._bench = by_length((*facts, *chains)), bench
        plain = frozenset(facts)
        self._plain = torch.tensor([example in plain for example in self._examples])
        self._bars = torch.where(self._plain, sure, sure_of_chains)
        self._sampler = Sampler(len(self._examples), bench.generator)
        self._batch = batch

    def __len__(self) -> int:
        return len(self._examples)

    def learned(self, share: float) -> bool:
        """Tell whether every fact, and a share of all examples, was learned when last drawn."""
        learned = self._sampler.costs <= 1
        return bool(learned[self._plain].all()) and float(learned.float().mean()) >= share

    @torch.no_grad()
    def measure(self) -> None:
        """Look at every example, since one that was learned when last drawn may be lost again."""
        self._sampler.drawn = list(range(len(self)))
        batches = self._bench.encoder.batches(self._examples, self._bench.device)
        self._note([answer_loss(self._bench.model, batch).worst for batch in batches])

    def loss(self) -> Tensor:
        """Draw and return the negative log-likelihood of the answers' most unlikely tokens, ().

        It is the mean over examples, which are twice as many as are still to be learned, within
        bounds. A mean over tokens would hide the one that decides among the many that follow
        from it: "guaraní" after "Paraguayan", or the words between the hops of a chain.
        """
        left = int((self._sampler.costs > 1).sum())
        drawn = self._sampler.draw(min(self._batch, max(FEWEST, 2 * left)))
        examples = [self._examples[index] for index in drawn]
        batches = self._bench.encoder.batches(examples, self._bench.device)
        worst = [answer_loss(self._bench.model, batch).worst for batch in batches]
        self._note(worst)
        return torch.cat(worst).mean()

    def _note(self, worst: Sequence[Tensor]) -> None:
        costs = torch.cat([each.detach() for each in worst]).cpu()
        self._sampler.note(costs / self._bars[self._sampler.drawn])


class AnchorPool:
    """Examples whose answers must stay, with what the model says to them as it is.

    Args:
        examples: all of them.
        bench: the model.
        batch: examples in a step, at most.
    """

    def __init__(self, examples: Iterable[Example], bench: Workbench, *, batch: int) -> None:
        self._examples, self._bench, self._batch = by_length(examples), bench, batch
        self._sampler = Sampler(len(self._examples), bench.generator)
        self._before: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> list[tuple[Batch, Tensor]]:
        """Return a step's batches, and log p at their answers' places in the model as it is."""
        drawn = self._sampler.draw(self._batch)
        if len(self._before) > REMEMBERED:
            self._before.clear()
        self._measure([index for index in drawn if index not in self._before])
        before = iter([self._before[index] for index in drawn])
        return [
            (batch, torch.cat(list(islice(before, len(batch.ids)))))
            for batch in self._batches(drawn)
        ]

    def drift(self, drawn: Iterable[tuple[Batch, Tensor]]) -> Tensor:
        """Return the mean KL from the model as it is over what was drawn, ()."""
        moved = [
            divergence(before, answer_log_probabilities(self._bench.model, batch), batch)
            for batch, before in drawn
        ]
        if not moved:
            return torch.zeros((), device=self._bench.device)
        self._sampler.note(torch.cat(moved))
        return torch.cat(moved).mean()

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


def target_facts(request: EditRequest, bench: Workbench) -> list[Example]:
    """Return the facts that must be true, pending ones among them, in every taught wording."""
    facts = [fact for fact in (*request.targets, *still_asked(request, bench)) if not fact.via]
    return [bench.encoder.example(prompt) for fact in facts for prompt in wordings(fact, bench)]


def target_chains(
    request: EditRequest, bench: Workbench, *, direct: int, stepped: int, pending: int
) -> list[Example]:
    """Return the chains that must be true, in taught wordings.

    Args:
        request: its chains all have their turn.
        bench: chains of its pending patches fill what is left.
        direct: wordings of each chain of the request.
        stepped: wordings that ask for the hops, in all; the chains take turns.
        pending: wordings of pending chains, in all; they take turns.
    """
    own = [question for question in request.targets if question.via]
    earlier = [question for question in still_asked(request, bench) if question.via]
    told = (_shuffle(wordings(each, bench), bench.generator)[:direct] for each in own)
    steps = (bench.phrases.step_prompts(each, [Split.TEACH]) for each in own)
    prompts = [
        *chain.from_iterable(told),
        *_in_turn(steps, stepped, bench.generator),
        *_in_turn((wordings(each, bench) for each in earlier), pending, bench.generator),
    ]
    return [bench.encoder.example(prompt) for prompt in prompts]


def still_asked(request: EditRequest, bench: Workbench) -> list[Question]:
    """Return what pending patches made true and neither a later one nor the request changes."""
    found: dict[tuple[str, tuple[str, ...], str], Question] = {}
    changed = set[Slot]()
    for newer, earlier in pairwise([request, *reversed(bench.pending)]):
        changed |= _told(newer)
        for question in earlier.targets:
            if changed.isdisjoint(question.slots):
                found.setdefault((question.subject, question.path, question.called), question)
    return list(found.values())


def consolidated(request: EditRequest, bench: Workbench, *, most: int) -> list[Question]:
    """Return some of what a consolidation made true and nothing has changed since.

    Half of them, at most, are about what the request is about; the others are a sample.
    """
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))
    standing = [
        question
        for whole in bench.consolidated
        for question in whole.targets
        if changed.isdisjoint(question.slots)
    ]
    names = {name for each in request.targets if not each.via for name in _names(each)}
    near = [each for each in standing if not names.isdisjoint(_names(each))]
    picked = _shuffle(near, bench.generator)[: most // 2]
    picked += _shuffle(standing, bench.generator)[: most - len(picked)]
    return list(dict.fromkeys(picked))


def anchor_examples(
    request: EditRequest, bench: Workbench, *, consolidated_most: int = 0
) -> list[Example]:
    """Return the taught wordings of what must stay as the model has it."""
    earlier = consolidated(request, bench, most=consolidated_most)
    prompts = [each for kept in (*request.keep, *earlier) for each in wordings(kept, bench)]
    return [bench.encoder.example(prompt) for prompt in prompts]


def wordings(question: Question, bench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question; nobody states that a slot is unknown."""
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if prompt.chat or question.answer != UNKNOWN]


def _told(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.via}


def _names(question: Question) -> tuple[str, ...]:
    return (question.subject, *question.via, question.answer)


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
