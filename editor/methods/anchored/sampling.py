"""The examples a fit learns from, and which of them each step draws."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from editor.methods.anchored.augmentation import drop_words, noisy_embeddings
from editor.methods.losses import (
    TopTokens,
    answer_log_probabilities,
    answer_loss,
    divergence,
    likely,
)
from editor.text.encoding import Batch, Example
from editor.workbench import Workbench

FEWEST = 16
"""Target examples in a step, at least, if there are as many."""


PATIENCE = 40
"""Draws in a row after which an example that is not learned is no longer preferred."""


class Sampler:
    """Draws half of a step's examples by their loss when last drawn, half at random.

    What was never drawn comes first. An example that cannot be learned would be drawn for ever in
    place of others; after ``PATIENCE`` draws in vain it is drawn at random only.

    Args:
        tolerances: (n,) the loss at which each of n examples counts as learned; losses are kept
            in these units.
        generator: source of randomness.
    """

    def __init__(self, tolerances: Tensor, generator: torch.Generator) -> None:
        self._tolerances, self._generator = tolerances, generator
        self.costs = torch.full_like(tolerances, torch.inf)
        self._in_vain = torch.zeros(len(tolerances), dtype=torch.long)
        self._open: list[int] = []

    def draw(self, size: int) -> list[int]:
        """Return the indices of at most ``size`` examples, ascending."""
        open_costs = self.costs.where(self._in_vain < PATIENCE, 0.0)
        hardest = open_costs.argsort(descending=True, stable=True)[: size // 2].tolist()
        rest = torch.randperm(len(self.costs), generator=self._generator).tolist()
        return self.draw_these(sorted(list(dict.fromkeys([*hardest, *rest]))[:size]))

    def draw_these(self, indices: Iterable[int]) -> list[int]:
        """Return the indices, whose losses will be recorded next."""
        self._open = list(indices)
        return self._open[:]

    def record(self, costs: Tensor) -> None:
        """Record the losses of the next examples of the last draw, (B,)."""
        noted, self._open = self._open[: len(costs)], self._open[len(costs) :]
        self.costs[noted] = costs.detach().cpu() / self._tolerances[noted]
        self._in_vain[noted] = (self._in_vain[noted] + 1) * (self.costs[noted] > 1)


class TargetPool:
    """Target examples, shortest first.

    Args:
        facts: examples of plain facts; every one must be learned.
        chains: examples of chains.
        workbench: the model.
        batch: examples in a step, at most.
        fact_tolerance: nats; a fact is learned if no token of its answer costs more.
        chain_tolerance: the same for a chain.
    """

    def __init__(
        self,
        facts: Sequence[Example],
        chains: Sequence[Example],
        workbench: Workbench,
        *,
        batch: int,
        fact_tolerance: float,
        chain_tolerance: float,
    ) -> None:
        whole = (replace(each, words=()) for each in chains)  # every word of a chain is needed
        self._examples, self._bench = by_length((*facts, *whole)), workbench
        plain = frozenset(facts)
        self._plain = torch.tensor([example in plain for example in self._examples])
        tolerances = torch.where(self._plain, fact_tolerance, chain_tolerance)
        self._sampler = Sampler(tolerances, workbench.generator)
        self._most, self._drawn = batch, 0

    def __len__(self) -> int:
        return len(self._examples)

    def learned(self, share: float) -> bool:
        """Tell whether every fact, and a share of all examples, was learned when last drawn."""
        facts = self._sampler.costs[self._plain] <= 1
        return bool(facts.all()) and self.share_learned() >= share

    def share_learned(self) -> float:
        """Return the share of all examples that were learned when last drawn."""
        return float((self._sampler.costs <= 1).float().mean())

    def draw(self) -> list[Batch]:
        """Return the batches of a step.

        They hold twice as many examples as are still to be learned, within bounds.
        """
        left = int((self._sampler.costs > 1).sum())
        return self._batches(self._sampler.draw(min(self._most, max(FEWEST, 2 * left))))

    def draw_all(self) -> list[Batch]:
        """Return batches of every example: one learned when last drawn may be lost again."""
        return self._batches(self._sampler.draw_these(range(len(self))))

    def loss(self, batch: Batch, *, noise: float = 0.0, word_dropout: float = 0.0) -> Tensor:
        """Return a batch's share of the loss over all that was drawn, ().

        That is the negative log-likelihood of each answer's most unlikely token, averaged over
        the examples. A mean over tokens would hide the one that decides among the many that
        follow from it: "guaraní" after "Paraguayan", or the words between the hops of a chain.
        The batches must come in the order in which they were drawn.

        Args:
            batch: the next one.
            noise: on the embeddings; see :func:`noisy_embeddings`.
            word_dropout: share of a fact's words that go unread; see :func:`drop_words`.
        """
        read = drop_words(batch, word_dropout, self._bench.generator)
        with noisy_embeddings(self._bench, noise):
            worst = answer_loss(self._bench.model, read).worst
        self._sampler.record(worst)
        return worst.sum() / self._drawn

    def _batches(self, drawn: Sequence[int]) -> list[Batch]:
        self._drawn = len(drawn)
        return list(self._bench.batches([self._examples[index] for index in drawn]))


class Anchor(NamedTuple):
    """An example whose answer must stay.

    Attributes:
        example: the question with its answer.
        settled: whether no pending patch concerns it. Then the reference is the model without
            pending patches, so that the next edit corrects what one of them has disturbed.
        own: whether the request itself keeps it, and not an earlier one.
    """

    example: Example
    settled: bool = True
    own: bool = True


class AnchorPool:
    """Examples whose answers must stay, with the reference distribution of each.

    Args:
        anchors: all of them; of repetitions the first counts.
        workbench: the model.
        batch: examples in a step, at most.
        tolerance: nats; an anchor holds if no token of its answer has a larger KL.
    """

    def __init__(
        self, anchors: Iterable[Anchor], workbench: Workbench, *, batch: int, tolerance: float
    ) -> None:
        found: dict[Example, Anchor] = {}
        for anchor in anchors:
            found.setdefault(anchor.example, anchor)
        self._examples, self._bench, self._most = by_length(found), workbench, batch
        self._settled = [found[example].settled for example in self._examples]
        self._own = [index for index, each in enumerate(self._examples) if found[each].own]
        self._sampler = Sampler(torch.full((len(found),), tolerance), workbench.generator)
        self._before: dict[int, TopTokens] = {}
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> Iterator[tuple[Batch, TopTokens]]:
        """Yield the batches of a step, and the reference at their answers' places.

        No change may be attached to the model whenever this is advanced.
        """
        return self._batches(self._sampler.draw(self._most))

    def draw_own(self) -> Iterator[tuple[Batch, TopTokens]]:
        """Yield batches of all anchors of the request itself, in the same way."""
        return self._batches(self._sampler.draw_these(self._own))

    def held(self, share: float) -> bool:
        """Tell whether a share of the request's anchors held when last drawn."""
        return self.share_held() >= share

    def share_held(self) -> float:
        """Return the share of the request's anchors that held when last drawn."""
        holds = self._sampler.costs[self._own] <= 1
        return float(holds.float().mean()) if self._own else 1.0

    def _batches(self, drawn: list[int]) -> Iterator[tuple[Batch, TopTokens]]:
        self._drawn = len(drawn)
        for batch in self._bench.batches([self._examples[index] for index in drawn]):
            indices, drawn = drawn[: len(batch.ids)], drawn[len(batch.ids) :]
            self._look([index for index in indices if index not in self._before])
            known = [self._before[index] for index in indices]
            yield batch, TopTokens(*map(torch.cat, zip(*known, strict=True)))

    def loss(self, batch: Batch, before: TopTokens) -> Tensor:
        """Return a batch's share of the mean KL to the reference over the step, ()."""
        moved = divergence(before, answer_log_probabilities(self._bench.model, batch), batch)
        self._sampler.record(moved.worst)
        return moved.mean.sum() / self._drawn

    @torch.no_grad()
    def _look(self, new: Sequence[int]) -> None:
        """Compute the reference of examples never drawn before."""
        settled = [index for index in new if self._settled[index]]
        others = [index for index in new if not self._settled[index]]
        for indices, context in ((settled, self._bench.settled), (others, nullcontext)):
            examples = [self._examples[index] for index in indices]
            with context():
                said = [
                    part for batch in self._bench.batches(examples) for part in self._apart(batch)
                ]
            self._before |= dict(zip(indices, said, strict=True))

    def _apart(self, batch: Batch) -> Iterator[TopTokens]:
        """Yield the most likely tokens at the answer of each example of a batch."""
        said = likely(answer_log_probabilities(self._bench.model, batch))
        lengths = batch.rows.bincount().tolist()
        return map(TopTokens, *(torch.split(each, lengths) for each in said))


def by_length(examples: Iterable[Example]) -> list[Example]:
    """Return examples with the shortest first, so that neighbours make tight batches."""
    return sorted(examples, key=lambda example: len(example.ids))
