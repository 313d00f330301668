"""Pools of target and anchor examples, and the sampler that draws from them at each step."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import torch
from torch import Tensor

from editor.methods.anchored.augmentation import drop_words, noisy_embeddings
from editor.methods.examples import Anchor
from editor.methods.losses import (
    TopTokens,
    answer_log_probabilities,
    answer_loss,
    kl_divergence,
    top_tokens,
)
from editor.text.encoding import Batch, Example
from editor.workbench import Workbench

MIN_TARGETS_PER_STEP = 16
"""Target examples in a step, at least, if there are as many."""

PATIENCE = 40
"""Draws in a row after which an example that is not learned is no longer preferred."""


class Sampler:
    """Draws half of a step's examples by their last recorded cost, half at random.

    An example that cannot be learned would be drawn for ever in place of others; after
    ``PATIENCE`` draws in vain it is drawn at random only.

    Args:
        tolerances: (n,) the cost at which each of n examples counts as learned.
        generator: source of randomness.

    Attributes:
        costs: (n,) the last recorded cost of each example, in units of its tolerance; 0 if it was
            never drawn.
    """

    def __init__(self, tolerances: Tensor, generator: torch.Generator) -> None:
        self._tolerances, self._generator = tolerances, generator
        self.costs = torch.zeros_like(tolerances)
        self._draws_in_vain = torch.zeros(len(tolerances), dtype=torch.long)
        self._unrecorded: list[int] = []

    def draw(self, size: int) -> list[int]:
        """Return the indices of at most ``size`` examples, ascending."""
        preferred = self.costs.where(self._draws_in_vain < PATIENCE, 0.0)
        shuffled = torch.randperm(len(self.costs), generator=self._generator)
        by_cost = preferred[shuffled].argsort(descending=True, stable=True)  # equal ones at random
        hardest = shuffled[by_cost[: size // 2]].tolist()
        rest = torch.randperm(len(self.costs), generator=self._generator).tolist()
        return self.draw_these(sorted(list(dict.fromkeys([*hardest, *rest]))[:size]))

    def draw_these(self, indices: Iterable[int]) -> list[int]:
        """Return the indices, and expect their costs to be recorded next."""
        self._unrecorded = list(indices)
        return self._unrecorded[:]

    def record(self, costs: Tensor) -> None:
        """Record the costs of the next examples of the last draw, (B,)."""
        indices = self._unrecorded[: len(costs)]
        self._unrecorded = self._unrecorded[len(costs) :]
        self.costs[indices] = costs.detach().cpu() / self._tolerances[indices]
        self._draws_in_vain[indices] = (self._draws_in_vain[indices] + 1) * (
            self.costs[indices] > 1
        )


class TargetPool:
    """Target examples, shortest first.

    Args:
        facts: examples of plain facts; every one must be learned.
        chains: examples of chains.
        workbench: the model.
        per_step: examples in a step, at most.
        fact_tolerance: nats; a fact is learned if no token of its answer costs more.
        chain_tolerance: the same for a chain.
    """

    def __init__(
        self,
        facts: Sequence[Example],
        chains: Sequence[Example],
        workbench: Workbench,
        *,
        per_step: int,
        fact_tolerance: float,
        chain_tolerance: float,
    ) -> None:
        # word dropout must spare chains, which need all of their words
        whole_chains = (replace(each, context_words=()) for each in chains)
        self._examples, self._workbench = by_length((*facts, *whole_chains)), workbench
        plain = frozenset(facts)
        self._plain = torch.tensor([example in plain for example in self._examples])
        tolerances = torch.where(self._plain, fact_tolerance, chain_tolerance)
        self._sampler = Sampler(tolerances, workbench.generator)
        self._per_step, self._drawn = per_step, 0

    def __len__(self) -> int:
        return len(self._examples)

    def learned(self, share: float) -> bool:
        """Tell whether every fact, and a share of all examples, was learned when last drawn."""
        facts = self._sampler.costs[self._plain] <= 1
        return bool(facts.all()) and self.share_learned() >= share

    def share_learned(self) -> float:
        """Return the share of all examples that were learned when last drawn."""
        return float((self._sampler.costs <= 1).float().mean())

    @torch.no_grad()
    def measure(self) -> Iterator[None]:
        """Record the cost of every example, a pass at a time; pending edits are learned already."""
        for batch in self.draw_all():
            self.loss(batch)
            yield

    def draw(self) -> list[Batch]:
        """Return the batches of a step.

        They hold twice as many examples as are not yet learned, within bounds.
        """
        unlearned = int((self._sampler.costs > 1).sum())
        size = min(self._per_step, max(MIN_TARGETS_PER_STEP, 2 * unlearned))
        return self._batches(self._sampler.draw(size))

    def draw_all(self) -> list[Batch]:
        """Return batches of every example: one learned when last drawn may be lost again."""
        return self._batches(self._sampler.draw_these(range(len(self))))

    def loss(self, batch: Batch, *, noise: float = 0.0, word_dropout: float = 0.0) -> Tensor:
        """Return a batch's share of the loss over all examples drawn, ().

        The loss is the negative log-likelihood of each answer's most unlikely token, averaged over
        the examples. A mean over tokens would hide the one that decides among the many that follow
        from it: "guaraní" after "Paraguayan", or the words between the hops of a chain.

        Args:
            batch: the next one, in the order in which they were drawn.
            noise: on the embeddings; see :func:`noisy_embeddings`.
            word_dropout: share of a fact's context words to mask; see :func:`drop_words`.
        """
        augmented = drop_words(batch, word_dropout, self._workbench.generator)
        with noisy_embeddings(self._workbench, noise):
            worst = answer_loss(self._workbench.model, augmented).worst
        self._sampler.record(worst)
        return worst.sum() / self._drawn

    def _batches(self, drawn: Sequence[int]) -> list[Batch]:
        self._drawn = len(drawn)
        return list(self._workbench.batches([self._examples[index] for index in drawn]))


class AnchorPool:
    """Examples whose answers must stay, with the reference distribution of each.

    Args:
        anchors: all of them; of repetitions the first counts.
        workbench: the model.
        per_step: examples in a step, at most.
        least: examples in a step as long as less than half as many did not hold.
        tolerance: nats; an anchor holds if no token of its answer has a larger KL.
    """

    def __init__(
        self,
        anchors: Iterable[Anchor],
        workbench: Workbench,
        *,
        per_step: int,
        least: int,
        tolerance: float,
    ) -> None:
        found: dict[Example, Anchor] = {}
        for anchor in anchors:
            found.setdefault(anchor.example, anchor)
        self._examples, self._workbench = by_length(found), workbench
        self._per_step, self._least = per_step, least
        self._settled = [found[example].settled for example in self._examples]
        self._own = [index for index, each in enumerate(self._examples) if found[each].own]
        self._sampler = Sampler(torch.full((len(found),), tolerance), workbench.generator)
        self._references: dict[int, TopTokens] = {}
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> Iterator[tuple[Batch, TopTokens]]:
        """Yield the batches of a step, each with the references of its answers' tokens.

        They hold twice as many examples as did not hold when last drawn, within bounds. No change
        may be attached to the model while the iterator advances.
        """
        lost = int((self._sampler.costs > 1).sum())
        size = min(self._per_step, max(self._least, 2 * lost))
        return self._batches(self._sampler.draw(size))

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

    def loss(self, batch: Batch, reference: TopTokens) -> Tensor:
        """Return a batch's share of the mean KL to the reference over the step, ()."""
        log_probabilities = answer_log_probabilities(self._workbench.model, batch)
        kl = kl_divergence(reference, log_probabilities, batch)
        self._sampler.record(kl.worst)
        return kl.mean.sum() / self._drawn

    def _batches(self, drawn: list[int]) -> Iterator[tuple[Batch, TopTokens]]:
        self._drawn = len(drawn)
        for batch in self._workbench.batches([self._examples[index] for index in drawn]):
            indices, drawn = drawn[: len(batch.ids)], drawn[len(batch.ids) :]
            self._add_references([index for index in indices if index not in self._references])
            references = [self._references[index] for index in indices]
            yield batch, TopTokens(*map(torch.cat, zip(*references, strict=True)))

    @torch.no_grad()
    def _add_references(self, new: Sequence[int]) -> None:
        """Compute the references of examples that have none yet."""
        settled = [index for index in new if self._settled[index]]
        others = [index for index in new if not self._settled[index]]
        bases = (settled, self._workbench.without_pending), (others, nullcontext)
        for indices, base in bases:
            examples = [self._examples[index] for index in indices]
            with base():
                references = [
                    reference
                    for batch in self._workbench.batches(examples)
                    for reference in self._references_of(batch)
                ]
            self._references |= dict(zip(indices, references, strict=True))

    def _references_of(self, batch: Batch) -> Iterator[TopTokens]:
        """Yield the most likely tokens at the answer of each example of a batch."""
        tokens = top_tokens(answer_log_probabilities(self._workbench.model, batch))
        lengths = batch.rows.bincount().tolist()
        return map(TopTokens, *(torch.split(each, lengths) for each in tokens))


def by_length(examples: Iterable[Example]) -> list[Example]:
    """Return examples with the shortest first, so that batches need little padding."""
    return sorted(examples, key=lambda example: len(example.ids))
