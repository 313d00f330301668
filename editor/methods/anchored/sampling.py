"""The examples a solve learns from, and which of them each step takes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from editor.methods.anchored.augmentation import noisy, thinned
from editor.methods.losses import Likely, answer_log_probabilities, answer_loss, divergence, likely
from editor.text.encoding import Batch, Example
from editor.workbench import Workbench

FEWEST = 16
"""Target examples in a step, at least, if there are as many."""


PATIENCE = 40
"""Draws in a row after which an example that is not learned no longer comes before others."""


class Sampler:
    """Draws half of a step's examples by their cost when last drawn, half at random.

    What was never drawn costs most. What cannot be learned would be drawn for ever, and take the
    place of what can; after ``PATIENCE`` draws in vain it has its turn at random alone.

    Args:
        bars: (n,) the cost at which each of n examples counts as learned; costs are kept in its
            units.
        generator: source of randomness.
    """

    def __init__(self, bars: Tensor, generator: torch.Generator) -> None:
        self._bars, self._generator = bars, generator
        self.costs = torch.full_like(bars, torch.inf)
        self._in_vain = torch.zeros(len(bars), dtype=torch.long)
        self._open: list[int] = []

    def draw(self, size: int) -> list[int]:
        """Return the indices of at most ``size`` examples, ascending."""
        open_costs = self.costs.where(self._in_vain < PATIENCE, 0.0)
        hardest = open_costs.argsort(descending=True, stable=True)[: size // 2].tolist()
        rest = torch.randperm(len(self.costs), generator=self._generator).tolist()
        return self.draw_these(sorted(list(dict.fromkeys([*hardest, *rest]))[:size]))

    def draw_these(self, indices: Iterable[int]) -> list[int]:
        """Return the indices, whose costs will be noted next."""
        self._open = list(indices)
        return self._open[:]

    def note(self, costs: Tensor) -> None:
        """Remember what the next examples of the last draw cost, (B,)."""
        noted, self._open = self._open[: len(costs)], self._open[len(costs) :]
        self.costs[noted] = costs.detach().cpu() / self._bars[noted]
        self._in_vain[noted] = (self._in_vain[noted] + 1) * (self.costs[noted] > 1)


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
        whole = (replace(each, words=()) for each in chains)  # every word of a chain is needed
        self._examples, self._bench = by_length((*facts, *whole)), bench
        plain = frozenset(facts)
        self._plain = torch.tensor([example in plain for example in self._examples])
        bars = torch.where(self._plain, sure, sure_of_chains)
        self._sampler = Sampler(bars, bench.generator)
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
            noise: on the embeddings; see :func:`noisy`.
            word_dropout: share of a fact's words that go unread; see :func:`thinned`.
        """
        read = thinned(batch, word_dropout, self._bench.generator)
        with noisy(self._bench, noise):
            worst = answer_loss(self._bench.model, read).worst
        self._sampler.note(worst)
        return worst.sum() / self._drawn

    def _batches(self, drawn: Sequence[int]) -> list[Batch]:
        self._drawn = len(drawn)
        return list(self._bench.batches([self._examples[index] for index in drawn]))


class Anchor(NamedTuple):
    """An example whose answer must stay.

    Attributes:
        example: the question with its answer.
        settled: whether pending patches leave it alone. Then the model without them says what
            must stay, and what one of them has disturbed the next sets right.
        near: whether the request itself keeps it, and not an earlier one.
    """

    example: Example
    settled: bool = True
    near: bool = True


class AnchorPool:
    """Examples whose answers must stay, with what the model says to them.

    Args:
        anchors: all of them; what stands in it twice counts as it stands first.
        bench: the model.
        batch: examples in a step, at most.
        firm: nats; an anchor holds while no place of its answer has moved by more.
    """

    def __init__(
        self, anchors: Iterable[Anchor], bench: Workbench, *, batch: int, firm: float
    ) -> None:
        found: dict[Example, Anchor] = {}
        for anchor in anchors:
            found.setdefault(anchor.example, anchor)
        self._examples, self._bench, self._most = by_length(found), bench, batch
        self._settled = [found[example].settled for example in self._examples]
        self._near = [index for index, each in enumerate(self._examples) if found[each].near]
        self._sampler = Sampler(torch.full((len(found),), firm), bench.generator)
        self._before: dict[int, Likely] = {}
        self._drawn = 0

    def __len__(self) -> int:
        return len(self._examples)

    def draw(self) -> Iterator[tuple[Batch, Likely]]:
        """Yield the batches of a step, and what must stay likely at their answers' places.

        The model must be as it is, without a change attached, whenever this goes on.
        """
        return self._batches(self._sampler.draw(self._most))

    def draw_near(self) -> Iterator[tuple[Batch, Likely]]:
        """Yield batches of all that the request itself keeps, in the same way."""
        return self._batches(self._sampler.draw_these(self._near))

    def held(self, share: float) -> bool:
        """Tell whether a share of what the request keeps held when last drawn."""
        return self.share_held() >= share

    def share_held(self) -> float:
        """Return the share of what the request keeps that held when last drawn."""
        holds = self._sampler.costs[self._near] <= 1
        return float(holds.float().mean()) if self._near else 1.0

    def _batches(self, drawn: list[int]) -> Iterator[tuple[Batch, Likely]]:
        self._drawn = len(drawn)
        for batch in self._bench.batches([self._examples[index] for index in drawn]):
            indices, drawn = drawn[: len(batch.ids)], drawn[len(batch.ids) :]
            self._look([index for index in indices if index not in self._before])
            known = [self._before[index] for index in indices]
            yield batch, Likely(*map(torch.cat, zip(*known, strict=True)))

    def drift(self, batch: Batch, before: Likely) -> Tensor:
        """Return a batch's share of the mean KL from what must stay over the step, ()."""
        moved = divergence(before, answer_log_probabilities(self._bench.model, batch), batch)
        self._sampler.note(moved.worst)
        return moved.mean.sum() / self._drawn

    @torch.no_grad()
    def _look(self, new: Sequence[int]) -> None:
        """Note what must stay likely of examples never drawn before."""
        settled = [index for index in new if self._settled[index]]
        others = [index for index in new if not self._settled[index]]
        for indices, wearing in ((settled, self._bench.settled), (others, nullcontext)):
            examples = [self._examples[index] for index in indices]
            with wearing():
                said = [
                    part for batch in self._bench.batches(examples) for part in self._apart(batch)
                ]
            self._before |= dict(zip(indices, said, strict=True))

    def _apart(self, batch: Batch) -> Iterator[Likely]:
        """Yield what is likely at the answer of each example of a batch."""
        said = likely(answer_log_probabilities(self._bench.model, batch))
        lengths = batch.rows.bincount().tolist()
        return map(Likely, *(torch.split(each, lengths) for each in said))


def by_length(examples: Iterable[Example]) -> list[Example]:
    """Return examples with the shortest first, so that neighbours make tight batches."""
    return sorted(examples, key=lambda example: len(example.ids))
