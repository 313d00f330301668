"""What a module should say at a subject's last token, so that a sentence about it comes true.

The value of ROME and MEMIT: ``v* = v0 + delta``, ``delta`` learned by gradient through the frozen
model (Meng et al. 2022, arXiv 2202.05262, eq. 4). Many sentences are learned side by side, each
stops by itself, and each step runs the tail of the model alone.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor

from editor.methods.locate.partial_forward import PartialForward, Row
from editor.methods.validation import not_negative, positive
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split

ROWS = 192
"""Rows that a pass runs side by side, at most, if one sentence does not need more."""

STRETCH = 1.5
"""How much further the longest of them may reach behind its place than the shortest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueConfig:
    """How values are learned."""

    steps: int = 25  # at most
    learning_rate: float = 0.5
    clamp: float = 4.0  # largest ||delta||, in units of ||v0||
    kl_weight: float = 0.0625  # of the KL after the subject of "{subject} is a"
    decay: float = 1e-3  # weight of (||delta|| / ||v0||)^2; as published it has a unit
    enough: float = 0.05  # loss at which a sentence is learned
    prefixes: int = 0  # sampled sentences in front; they hurt narrow models and help wide ones

    def __post_init__(self) -> None:
        positive(self, "steps", whole=True)
        positive(self, "learning_rate", "clamp", "enough")
        not_negative(self, "kl_weight", "decay")
        not_negative(self, "prefixes", whole=True)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to be made true, and its subject alone.

    Attributes:
        told: its tokens with the answer but for the last, bare and then behind each prefix; the
            model is asked at the answer's places.
        wanted: the answer's tokens, its stop included.
        about: "{subject} is a", asked after the subject; None where nothing holds the subject.
    """

    told: tuple[Row, ...]
    wanted: tuple[int, ...]
    about: Row | None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return all rows, the last about the subject alone."""
        return self.told if self.about is None else (*self.told, self.about)

    @property
    def reach(self) -> int:
        """Return how many tokens stand behind the place, at most."""
        return max(len(row.ids) - row.place for row in self.rows)


@dataclass(frozen=True, slots=True)
class Values:
    """What u sentences need of one module, float32.

    Attributes:
        keys: (u, d_in) its inputs at the subject, each the mean over the contexts.
        outputs: (u, d_out) what it says there now, averaged the same way.
        deltas: (u, d_out) what was learned to be added, in every context.
        targets: (u, d_out) what it should say: v*, the output in the bare prompt and the delta.
        losses: (u,) what the sentences cost when last looked at, nats.
    """

    keys: Tensor
    outputs: Tensor
    deltas: Tensor
    targets: Tensor
    losses: Tensor


def sentence(prompt: Prompt, prefixes: Sequence[str], workbench: Workbench) -> Sentence:
    """Encode a prompt, bare and behind prefixes.

    Raises:
        SubjectNotFound: the prompt does not name its subject.
    """
    encoder = workbench.encoder
    answer = encoder.answer_ids(prompt.text, prompt.answer)
    told = []
    for prefix in ("", *prefixes):
        behind = replace(prompt, text=f"{prefix}{prompt.text}")
        asked = encoder.prompt_ids(behind.text)
        places = tuple(range(len(asked) - 1, len(asked) + len(answer) - 1))
        place = encoder.subject_end(behind, after=len(prefix))
        told.append(Row((*asked, *answer[:-1]), place, places))
    about = Prompt(f"{prompt.subject} is a", "", Split.TEACH, prompt.subject)
    place = encoder.subject_end(about)
    return Sentence(
        tuple(told), tuple(answer), Row(tuple(encoder.prompt_ids(about.text)), place, (place,))
    )


def learn(
    sentences: Sequence[Sentence], workbench: Workbench, layer: int, config: ValueConfig
) -> Generator[float, None, Values]:
    """Yield the share done between steps, and return the values of all sentences."""
    order = sorted(range(len(sentences)), key=lambda number: sentences[number].reach)
    parts: list[Values] = []
    done = 0
    for chosen in _side_by_side(order, sentences):
        lesson = _Lesson([sentences[number] for number in chosen], workbench, layer, config)
        for step in range(config.steps):
            if not lesson.step():
                break
            yield (done + len(chosen) * (step + 1) / config.steps) / (len(sentences) + 1)
        done += len(chosen)
        parts.append(lesson.values())
    back = torch.tensor(order).argsort()
    return Values(
        torch.cat([part.keys for part in parts])[back],
        torch.cat([part.outputs for part in parts])[back],
        torch.cat([part.deltas for part in parts])[back],
        torch.cat([part.targets for part in parts])[back],
        torch.cat([part.losses for part in parts])[back],
    )


def _side_by_side(order: Sequence[int], sentences: Sequence[Sentence]) -> Iterator[list[int]]:
    """Yield sentences, the shortest first, as many at a time as are of like length and fit."""
    batch: list[int] = []
    rows = 0
    for number in order:
        each = sentences[number]
        longer = bool(batch) and each.reach > STRETCH * sentences[batch[0]].reach
        if batch and (longer or rows + len(each.rows) > ROWS):
            yield batch
            batch, rows = [], 0
        batch.append(number)
        rows += len(each.rows)
    if batch:
        yield batch


class _Lesson:
    """Some sentences that are learned side by side."""

    def __init__(
        self, sentences: Sequence[Sentence], workbench: Workbench, layer: int, config: ValueConfig
    ) -> None:
        self._sentences, self._config = sentences, config
        sizes = [len(each.rows) for each in sentences]
        self._starts = [0, *accumulate(sizes)]
        self._tail = PartialForward(
            workbench, [row for each in sentences for row in each.rows], layer
        )
        self._value = self._tail.values[self._starts[:-1]]  # (u, d_out), v0 of the bare prompts
        self._about = [
            start + len(each.told)
            for start, each in zip(self._starts, sentences, strict=False)
            if each.about is not None
        ]
        self._before = self._look_about()  # (u, V)
        self._delta = torch.zeros_like(self._value, requires_grad=True)
        self._optimizer = torch.optim.Adam([self._delta], lr=config.learning_rate)
        self._losses = torch.full((len(sentences),), torch.inf)

    @torch.no_grad()
    def _look_about(self) -> Tensor:
        """Return log p after the subjects alone, (u, V); empty if nothing holds them."""
        if not self._about:
            return torch.zeros(0)
        told = self._tail.logits(self._about, torch.zeros_like(self._value))
        return torch.log_softmax(told, dim=-1)

    def step(self) -> bool:
        """Take a step with the sentences not yet learned; return whether there were any."""
        active = torch.nonzero(self._losses > self._config.enough)[:, 0].tolist()
        if not active:
            return False
        losses = self._loss(active)
        self._losses[active] = losses.detach().cpu()
        held = self._delta.detach().clone()
        self._optimizer.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            limit = self._config.clamp * self._value.norm(dim=1, keepdim=True)
            norm = self._delta.norm(dim=1, keepdim=True).clamp_min(1e-12)
            self._delta.mul_((limit / norm).clamp(max=1.0))
            learned = self._losses <= self._config.enough
            self._delta[learned] = held[learned]  # momentum would carry them on
        return True

    def values(self) -> Values:
        """Return what was learned."""
        keys, outputs = [], []
        for start, each in zip(self._starts, self._sentences, strict=False):
            contexts = slice(start, start + len(each.told))
            keys.append(self._tail.keys[contexts].mean(dim=0))
            outputs.append(self._tail.values[contexts].mean(dim=0))
        deltas = self._delta.detach()
        means = torch.stack(keys), torch.stack(outputs)
        return Values(*means, deltas, self._value + deltas, self._losses)

    def _loss(self, active: Sequence[int]) -> Tensor:
        """Return what each active sentence costs, (len(active),)."""
        rows: list[int] = []
        owners: list[int] = []
        wanted: list[int] = []
        shares: list[float] = []
        for place, number in enumerate(active):
            each = self._sentences[number]
            rows += range(self._starts[number], self._starts[number + 1])
            lines = len(each.told) * len(each.wanted)
            owners += [place] * lines
            wanted += [*each.wanted] * len(each.told)
            shares += [1 / lines] * lines
            if each.about is not None:  # the line about the subject alone
                owners.append(place)
                wanted.append(-1)
                shares.append(self._config.kl_weight)
        repeats = torch.tensor([len(self._sentences[number].rows) for number in active])
        device = self._delta.device
        shift = self._delta[active].repeat_interleave(repeats.to(device), dim=0)
        told = torch.log_softmax(self._tail.logits(rows, shift), dim=-1)  # (N, V)
        tokens, owner = torch.tensor(wanted, device=device), torch.tensor(owners, device=device)
        about = tokens < 0
        costs = -told.gather(1, tokens.clamp_min(0)[:, None])[:, 0]
        if self._about:
            moved = told[about]
            costs[about] = (moved.exp() * (moved - self._before[active])).sum(dim=1)
        weights = torch.tensor(shares, device=device)
        losses = torch.zeros(len(active), device=device).index_add(0, owner, costs * weights)
        strength = self._delta[active].norm(dim=1) / self._value[active].norm(dim=1)
        total: Tensor = losses + self._config.decay * strength**2
        return total
