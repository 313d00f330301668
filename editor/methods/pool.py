"""The examples a solve learns from, and which of them each step takes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise, zip_longest

import torch
from torch import Tensor

from editor.checks import fits
from editor.encoding import Batch, Example
from editor.losses import answer_log_probabilities, answer_loss, divergence
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from kg_data.questions import Kind, Question
from kg_data.triples import Slot

REMEMBERED = 4096
"""Anchors of which a pool knows what the model said; beyond it forgets them and looks again."""

FEWEST = 16
"""Target examples in a step, at least, if there are as many."""


class Sampler:
    """Draws half of a step's examples by their cost when last drawn, half at random.

    What was never drawn costs most.

    Args:
        bars: (n,) the cost at which each of n examples counts as learned; costs are kept in its
            units.
        generator: source of randomness.
    """

    def __init__(self, bars: Tensor, generator: torch.Generator) -> None:
        self._bars, self._generator = bars, generator
        self.costs = torch.full_like(bars, torch.inf)
        self._open: list[int] = []

    def draw(self, size: int) -> list[int]:
        """Return the indices of at most ``size`` examples, ascending."""
        hardest = self.costs.argsort(descending=True, stable=True)[: size // 2].tolist()
        rest = torch.randperm(len(self.costs), generator=self._generator).tolist()
        return self._opened(sorted(list(dict.fromkeys([*hardest, *rest]))[:size]))

    def draw_all(self) -> list[int]:
        """Return every index."""
        return self._opened(list(range(len(self.costs))))

    def note(self, costs: Tensor) -> None:
        """Remember what the next examples of the last draw cost, (B,)."""
        noted, self._open = self._open[: len(costs)], self._open[len(costs) :]
        self.costs[noted] = costs.detach().cpu() / self._bars[noted]

    def _opened(self, drawn: list[int]) -> list[int]:
        self._open = drawn[:]
        return drawn


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
        bars = torch.where(self._plain, sure, sure_of_chains)
        self._sampler = Sampler(bars, bench.generator)
        self._most, self._drawn = batch, 0

    def __len__(self) -> int:
        return len(self._examples)

    def learned(self, share: float) -> bool:
        """Tell whether every fact, and a share of all examples, was learned when last drawn."""
        learned = self._sampler.costs <= 1
        return bool(learned[self._plain].all()) and float(learned.float().mean()) >= share

    def draw(self) -> list[Batch]:
        """Return the batches of a step.

        They hold twice as many examples as are still to be learned, within bounds.
        """
        left = int((self._sampler.costs > 1).sum())
        return self._batches(self._sampler.draw(min(self._most, max(FEWEST, 2 * left))))

    def draw_all(self) -> list[Batch]:
        """Return batches of every example: one learned when last drawn may be lost again."""
        return self._batches(self._sampler.draw_all())

    def loss(self, batch: Batch) -> Tensor:
        """Return a batch's share of the loss over all that was drawn, ().

        That is the negative log-likelihood of each answer's most unlikely token, averaged over
        the examples. A mean over tokens would hide the one that decides among the many that
        follow from it: "guaraní" after "Paraguayan", or the words between the hops of a chain.
        The batches must come in the order in which they were drawn.
        """
        worst = answer_loss(self._bench.model, batch).worst
        self._sampler.note(worst)
        return worst.sum() / self._drawn

    def _batches(self, drawn: Sequence[int]) -> list[Batch]:
        self._drawn = len(drawn)
        return list(self._bench.batches([self._examples[index] for index in drawn]))


class AnchorPool:
    """Examples whose answers must stay, with what the model says to them as it is.

    Args:
        examples: all of them.
        bench: the model.
        batch: examples in a step, at most.
    """

    def __init__(self, examples: Iterable[Example], bench: Workbench, *, batch: int) -> None:
        self._examples, self._bench, self._most = by_length(examples), bench, batch
        self._sampler = Sampler(torch.ones(len(self._examples)), bench.generator)
        self._before: dict[int, Tensor] = {}
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> Iterator[tuple[Batch, Tensor]]:
        """Yield the batches of a step, and log p at their answers' places in the model as it is.

        The model must be as it is, without a change attached, whenever this goes on.
        """
        drawn = self._sampler.draw(self._most)
        self._drawn = len(drawn)
        if len(self._before) > REMEMBERED:
            self._before.clear()
        for batch in self._bench.batches([self._examples[index] for index in drawn]):
            indices, drawn = drawn[: len(batch.ids)], drawn[len(batch.ids) :]
            yield batch, self._as_it_is(indices, batch)

    def drift(self, batch: Batch, before: Tensor) -> Tensor:
        """Return a batch's share of the mean KL from the model as it is over the step, ()."""
        moved = divergence(before, answer_log_probabilities(self._bench.model, batch), batch)
        self._sampler.note(moved)
        return moved.sum() / self._drawn

    @torch.no_grad()
    def _as_it_is(self, indices: Sequence[int], batch: Batch) -> Tensor:
        if any(index not in self._before for index in indices):
            told = answer_log_probabilities(self._bench.model, batch)
            lengths = [self._examples[index].length for index in indices]
            self._before |= dict(zip(indices, torch.split(told, lengths), strict=True))
        return torch.cat([self._before[index] for index in indices])


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


def remembered(request: EditRequest, bench: Workbench, *, most: int) -> list[Question]:
    """Return some of what earlier edits made true, or kept, and nothing has changed since.

    Facts that a consolidation made true come first, then what earlier edits kept about their
    subjects; both are samples. What pending edits made true is not among it: a solve tells that
    again.
    """
    earlier = (*bench.consolidated, *bench.pending)
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))

    def some(questions: Iterable[Question]) -> list[Question]:
        standing = dict.fromkeys(each for each in questions if changed.isdisjoint(each.slots))
        return _shuffle(list(standing), bench.generator)[: most // 2]

    made = [each for whole in bench.consolidated for each in whole.targets if not each.via]
    kept = [each for one in earlier for each in one.keep if each.kind is Kind.SPECIFICITY]
    return [*some(made), *some(kept)]


def anchor_examples(
    request: EditRequest, bench: Workbench, *, worded: int | None, most_remembered: int
) -> list[Example]:
    """Return the wordings of what must stay as the model has it.

    Args:
        request: what it keeps.
        bench: what earlier edits made true and kept.
        worded: in how many taught wordings each question stands, drawn at random; None for all.
        most_remembered: how many questions of earlier edits are among it, in two wordings each.
    """
    earlier = remembered(request, bench, most=most_remembered)
    kept = [(each, worded) for each in request.keep] + [(each, 2) for each in earlier]
    return [
        bench.encoder.example(prompt)
        for question, count in kept
        for prompt in _shuffle(wordings(question, bench), bench.generator)[:count]
    ]


def wordings(question: Question, bench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question."""
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if fits(prompt, question)]


def _told(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.via}


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
