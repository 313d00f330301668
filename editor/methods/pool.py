"""The examples a solve learns from, and which of them each step takes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain, pairwise, zip_longest
from typing import NamedTuple

import torch
from torch import Tensor

from editor.checks import fits
from editor.encoding import Batch, Example
from editor.losses import Likely, answer_log_probabilities, answer_loss, divergence, likely
from editor.methods.noise import noisy
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split, end_sentence
from kg_data.questions import Question
from kg_data.triples import Slot

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

    def loss(self, batch: Batch, *, noise: float = 0.0) -> Tensor:
        """Return a batch's share of the loss over all that was drawn, ().

        That is the negative log-likelihood of each answer's most unlikely token, averaged over
        the examples. A mean over tokens would hide the one that decides among the many that
        follow from it: "guaraní" after "Paraguayan", or the words between the hops of a chain.
        The batches must come in the order in which they were drawn.

        Args:
            batch: the next one.
            noise: on the embeddings; see :func:`noisy`.
        """
        with noisy(self._bench, noise):
            worst = answer_loss(self._bench.model, batch).worst
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


def target_facts(request: EditRequest, bench: Workbench, *, behind: int) -> list[Example]:
    """Return the facts that must be true, pending ones among them, in every taught wording.

    Args:
        request: what it tells, and what it keeps for others to stand behind.
        bench: its pending patches.
        behind: statements of each fact that are told a second time, behind a fact that stays,
            as in running text.
    """
    facts = [fact for fact in (*request.targets, *still_asked(request, bench)) if not fact.via]
    prompts = [prompt for fact in facts for prompt in wordings(fact, bench)]
    kept = [each for each in request.keep if not each.via]
    if kept and behind:
        for fact in facts:
            told = _statements(fact, bench)[:behind]
            before = [_statements(_pick(kept, bench), bench) for _ in told]
            prompts += [
                _behind(one[0], each) for one, each in zip(before, told, strict=True) if one
            ]
    return [bench.encoder.example(prompt) for prompt in prompts]


def _behind(first: Prompt, second: Prompt) -> Prompt:
    return replace(second, text=f"{end_sentence(f'{first.text} {first.answer}')} {second.text}")


def _statements(question: Question, bench: Workbench) -> list[Prompt]:
    prompts = [prompt for prompt in wordings(question, bench) if not prompt.chat]
    return _shuffle(prompts, bench.generator)


def _pick(questions: Sequence[Question], bench: Workbench) -> Question:
    drawn = torch.randint(len(questions), (1,), generator=bench.generator)
    return questions[int(drawn)]


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


def still_made(request: EditRequest, bench: Workbench) -> list[Question]:
    """Return the facts that a consolidation made true and nothing has changed since."""
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))
    made = (each for whole in bench.consolidated for each in whole.targets if not each.via)
    return list(dict.fromkeys(each for each in made if changed.isdisjoint(each.slots)))


def remembered(request: EditRequest, bench: Workbench, *, most: int) -> list[Question]:
    """Return some of what earlier edits made true, or kept, and nothing has changed since.

    Facts that a consolidation made true come first, then what earlier edits kept; both are
    samples. What pending edits made true is not among it: a solve tells that again.
    """
    earlier = (*bench.consolidated, *bench.pending)
    changed = set[Slot]().union(*map(_told, (request, *bench.pending)))

    kept = dict.fromkeys(
        each for one in earlier for each in one.keep if changed.isdisjoint(each.slots)
    )
    both = still_made(request, bench), list(kept)
    return [each for some in both for each in _shuffle(some, bench.generator)[: most // 2]]


def anchor_examples(
    request: EditRequest, bench: Workbench, *, worded: int | None, most_remembered: int
) -> list[Anchor]:
    """Return the wordings of what must stay.

    Args:
        request: what it keeps.
        bench: what earlier edits made true and kept.
        worded: in how many taught wordings each question stands; None for all.
        most_remembered: how many questions of earlier edits are among it, in two wordings each.
    """
    changed = set[Slot]().union(*map(_told, bench.pending))

    def anchors(questions: Iterable[Question], count: int | None, *, near: bool) -> list[Anchor]:
        return [
            Anchor(bench.encoder.example(prompt), changed.isdisjoint(question.slots), near)
            for question in questions
            for prompt in _varied(wordings(question, bench), count, bench.generator)
        ]

    earlier = remembered(request, bench, most=most_remembered)
    return anchors(request.keep, worded, near=True) + anchors(earlier, 2, near=False)


def wordings(question: Question, bench: Workbench) -> list[Prompt]:
    """Return the taught wordings of a question."""
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    return [prompt for prompt in prompts if fits(prompt, question)]


def _told(request: EditRequest) -> set[Slot]:
    return {question.slot for question in request.targets if not question.via}


def _varied(
    prompts: Sequence[Prompt], count: int | None, generator: torch.Generator
) -> list[Prompt]:
    """Draw some prompts, questions and statements in turn: neither kind speaks for the other."""
    shuffled = _shuffle(prompts, generator)
    kinds = ([each for each in shuffled if each.chat is chat] for chat in (True, False))
    turns = chain.from_iterable(zip_longest(*kinds))
    return [prompt for prompt in turns if prompt is not None][:count]


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
