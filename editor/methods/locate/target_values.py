"""Target values: outputs of a module at a subject's last token that make sentences about it true.

The value of ROME and MEMIT: ``v* = v0 + delta``, ``delta`` fitted by gradient descent through the
frozen model (Meng et al. 2022, arXiv 2202.05262, eq. 4). Many sentences are fitted side by side,
each stops by itself, and each step runs only the part of the model that ``delta`` can change.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor

from editor.methods.locate.partial_forward import EditRow, PartialForward
from editor.methods.validation import not_negative, positive
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split

MAX_ROWS = 192
"""Rows of a forward pass, at most, unless a single sentence needs more."""

MAX_TAIL_RATIO = 1.5
"""Length of the longest tail of a pass, at most, relative to its shortest."""

KL_TOKEN = -1
"""Stands for the target token of a row that is held by the KL term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueConfig:
    """Settings for the fit of target values."""

    steps: int = 25  # at most
    learning_rate: float = 0.5
    clamp: float = 4.0  # largest ||delta||, in units of ||v0||
    kl_weight: float = 0.0625  # of the KL after the subject of "{subject} is a"
    decay: float = 1e-3  # weight of (||delta|| / ||v0||)^2; as published it has a unit
    loss_tolerance: float = 0.05  # nats; a sentence with at most this loss is learned
    prefixes: int = 0  # sampled sentences in front; they hurt narrow models and help wide ones

    def __post_init__(self) -> None:
        positive(self, "steps", whole=True)
        positive(self, "learning_rate", "clamp", "loss_tolerance")
        not_negative(self, "kl_weight", "decay")
        not_negative(self, "prefixes", whole=True)


@dataclass(frozen=True, slots=True)
class TargetSentence:
    """A sentence to be made true, encoded with its contexts.

    Attributes:
        target_rows: prompt and answer, less the last token, without prefix and then after each
            prefix; the queries are the positions that predict the answer's tokens.
        target_ids: the answer's tokens, its stop token included.
        kl_row: "{subject} is a", whose next token after the subject is held by a KL term; None
            for no such term.
    """

    target_rows: tuple[EditRow, ...]
    target_ids: tuple[int, ...]
    kl_row: EditRow | None

    @property
    def rows(self) -> tuple[EditRow, ...]:
        """Return all rows, the one of the KL term last."""
        return self.target_rows if self.kl_row is None else (*self.target_rows, self.kl_row)

    @property
    def tail_length(self) -> int:
        """Return the number of tokens from the edited one on, in the longest row."""
        return max(len(row.ids) - row.edit_position for row in self.rows)


@dataclass(frozen=True, slots=True)
class TargetValues:
    """Inputs, outputs and target values of one module for u sentences, float32.

    Attributes:
        keys: (u, d_in) its inputs at the edited token, each the mean over the contexts.
        outputs: (u, d_out) its present outputs there, averaged the same way.
        deltas: (u, d_out) the fitted changes of the output, the same in every context.
        targets: (u, d_out) v*, the output in the prompt without prefix, plus the delta.
        losses: (u,) the last recorded loss of each sentence, nats.
    """

    keys: Tensor
    outputs: Tensor
    deltas: Tensor
    targets: Tensor
    losses: Tensor


def encode_sentence(
    prompt: Prompt, prefixes: Sequence[str], workbench: Workbench
) -> TargetSentence:
    """Encode a prompt with its answer, without prefix and after each of some prefixes.

    Raises:
        SubjectNotFound: the prompt does not name its subject.
    """
    encoder = workbench.encoder
    answer = encoder.answer_ids(prompt.text, prompt.answer)
    target_rows = []
    for prefix in ("", *prefixes):
        prefixed = replace(prompt, text=f"{prefix}{prompt.text}")
        ids = encoder.prompt_ids(prefixed.text)
        queries = tuple(range(len(ids) - 1, len(ids) + len(answer) - 1))
        subject_end = encoder.subject_end(prefixed, after=len(prefix))
        target_rows.append(EditRow((*ids, *answer[:-1]), subject_end, queries))
    essence = Prompt(f"{prompt.subject} is a", "", Split.TEACH, prompt.subject)
    subject_end = encoder.subject_end(essence)
    kl_row = EditRow(tuple(encoder.prompt_ids(essence.text)), subject_end, (subject_end,))
    return TargetSentence(tuple(target_rows), tuple(answer), kl_row)


def fit_target_values(
    sentences: Sequence[TargetSentence], workbench: Workbench, layer: int, config: ValueConfig
) -> Generator[float, None, TargetValues]:
    """Yield the share done between steps, and return the values of all sentences."""
    order = sorted(range(len(sentences)), key=lambda number: sentences[number].tail_length)
    parts: list[TargetValues] = []
    done = 0
    for group in _grouped(order, sentences):
        fit = _ValueFit([sentences[number] for number in group], workbench, layer, config)
        for step in range(config.steps):
            if not fit.step():
                break
            yield (done + len(group) * (step + 1) / config.steps) / (len(sentences) + 1)
        done += len(group)
        parts.append(fit.values())
    back = torch.tensor(order).argsort()
    return TargetValues(
        torch.cat([part.keys for part in parts])[back],
        torch.cat([part.outputs for part in parts])[back],
        torch.cat([part.deltas for part in parts])[back],
        torch.cat([part.targets for part in parts])[back],
        torch.cat([part.losses for part in parts])[back],
    )


def _grouped(order: Sequence[int], sentences: Sequence[TargetSentence]) -> Iterator[list[int]]:
    """Yield groups of sentences with tails of similar length that fit in one pass.

    Args:
        order: the sentences' numbers, those with the shortest tails first.
        sentences: all of them.
    """
    group: list[int] = []
    rows = 0
    for number in order:
        sentence = sentences[number]
        longer = bool(group) and (
            sentence.tail_length > MAX_TAIL_RATIO * sentences[group[0]].tail_length
        )
        if group and (longer or rows + len(sentence.rows) > MAX_ROWS):
            yield group
            group, rows = [], 0
        group.append(number)
        rows += len(sentence.rows)
    if group:
        yield group


class _ValueFit:
    """Fits the values of some sentences side by side."""

    def __init__(
        self,
        sentences: Sequence[TargetSentence],
        workbench: Workbench,
        layer: int,
        config: ValueConfig,
    ) -> None:
        self._sentences, self._config = sentences, config
        sizes = [len(each.rows) for each in sentences]
        self._starts = [0, *accumulate(sizes)]
        self._tail = PartialForward(
            workbench, [row for each in sentences for row in each.rows], layer
        )
        self._initial = self._tail.values[self._starts[:-1]]  # (u, d_out), v0, without prefix
        self._kl_rows = [
            start + len(each.target_rows)
            for start, each in zip(self._starts, sentences, strict=False)
            if each.kl_row is not None
        ]
        self._reference = self._kl_reference()  # (u, V)
        self._delta = torch.zeros_like(self._initial, requires_grad=True)
        self._optimizer = torch.optim.Adam([self._delta], lr=config.learning_rate)
        self._losses = torch.full((len(sentences),), torch.inf)

    @torch.no_grad()
    def _kl_reference(self) -> Tensor:
        """Return log p of the KL rows without a delta, (u, V); empty if there are none."""
        if not self._kl_rows:
            return torch.zeros(0)
        logits = self._tail.logits(self._kl_rows, torch.zeros_like(self._initial))
        return torch.log_softmax(logits, dim=-1)

    def step(self) -> bool:
        """Take a step with the sentences not yet learned; return whether there were any."""
        tolerance = self._config.loss_tolerance
        active = torch.nonzero(self._losses > tolerance)[:, 0].tolist()
        if not active:
            return False
        losses = self._loss(active)
        self._losses[active] = losses.detach().cpu()
        previous = self._delta.detach().clone()
        self._optimizer.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            limit = self._config.clamp * self._initial.norm(dim=1, keepdim=True)
            norm = self._delta.norm(dim=1, keepdim=True).clamp_min(1e-12)
            self._delta.mul_((limit / norm).clamp(max=1.0))
            learned = self._losses <= tolerance
            self._delta[learned] = previous[learned]  # undoes what Adam's momentum still moves
        return True

    def values(self) -> TargetValues:
        """Return the values as fitted so far."""
        keys, outputs = [], []
        for start, each in zip(self._starts, self._sentences, strict=False):
            contexts = slice(start, start + len(each.target_rows))
            keys.append(self._tail.keys[contexts].mean(dim=0))
            outputs.append(self._tail.values[contexts].mean(dim=0))
        deltas = self._delta.detach()
        means = torch.stack(keys), torch.stack(outputs)
        return TargetValues(*means, deltas, self._initial + deltas, self._losses)

    def _loss(self, active: Sequence[int]) -> Tensor:
        """Return the loss of each active sentence, (len(active),).

        One cost for each of N queries of its rows, weighted and summed by sentence.
        """
        rows: list[int] = []
        owners: list[int] = []  # the query's sentence, as an index into ``active``
        targets: list[int] = []
        weights: list[float] = []
        for owner, number in enumerate(active):
            sentence = self._sentences[number]
            rows += range(self._starts[number], self._starts[number + 1])
            queries = len(sentence.target_rows) * len(sentence.target_ids)
            owners += [owner] * queries
            targets += [*sentence.target_ids] * len(sentence.target_rows)
            weights += [1 / queries] * queries
            if sentence.kl_row is not None:
                owners.append(owner)
                targets.append(KL_TOKEN)
                weights.append(self._config.kl_weight)
        repeats = torch.tensor([len(self._sentences[number].rows) for number in active])
        device = self._delta.device
        shift = self._delta[active].repeat_interleave(repeats.to(device), dim=0)
        log_probabilities = torch.log_softmax(self._tail.logits(rows, shift), dim=-1)  # (N, V)
        target_ids = torch.tensor(targets, device=device)  # (N,)
        in_kl = target_ids == KL_TOKEN
        costs = -log_probabilities.gather(1, target_ids.clamp_min(0)[:, None])[:, 0]
        if self._kl_rows:
            held = log_probabilities[in_kl]
            costs[in_kl] = (held.exp() * (held - self._reference[active])).sum(dim=1)
        weighted = costs * torch.tensor(weights, device=device)
        losses = torch.zeros(len(active), device=device).index_add(
            0, torch.tensor(owners, device=device), weighted
        )
        strength = self._delta[active].norm(dim=1) / self._initial[active].norm(dim=1)
        total: Tensor = losses + self._config.decay * strength**2
        return total
