"""Our own method: a low-rank change fitted to what the knowledge graph says.

Targets are every taught wording of what must change: the fact, its inverse, and the chains that
run through it, directly and step by step. Anchors are the questions around it, held by a KL term
to the model as it is. The input side is whitened by the second moments of ordinary keys, so that
directions which ordinary text hardly uses are changed first (the direction ROME solves for).
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from editor.encoding import Batch, Example
from editor.errors import BadConfig
from editor.patch import LowRank, LowRankPatch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Prompt, Split
from kg_data.questions import UNKNOWN, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredConfig:
    """What the user of ``anchored`` chooses."""

    rank: int = 8  # of the change of each matrix
    depth: tuple[float, float] = (0.2, 0.8)  # layers to change, as shares of the depth
    steps: int = 80  # at most
    learning_rate: float = 0.01
    targets: int = 64  # examples in a step
    anchors: int = 48  # examples in a step
    anchor_weight: float = 1.0  # of the KL, in units of the targets' loss
    enough: float = 0.05  # mean loss of an example at which it counts as learned, nats a token
    stepped: int = 24  # chains that are also taught step by step

    def __post_init__(self) -> None:
        for name in ("rank", "steps", "learning_rate", "targets", "anchors", "enough"):
            if getattr(self, name) <= 0:
                raise BadConfig(name, getattr(self, name), "must be positive")
        low, high = self.depth
        if not 0 <= low < high <= 1:
            raise BadConfig("depth", self.depth, "must be two shares, the smaller first")


class Anchored:
    """Fits a request with the graph around it as anchor."""

    name = "anchored"

    def __init__(self, config: AnchoredConfig = AnchoredConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, LowRankPatch]:
        """Yield the share done between steps, and return the patch."""
        config = self._config
        pool = _Pool(target_examples(request, bench, stepped=config.stepped), config.targets)
        anchors = [
            bench.encoder.example(prompt)
            for question in request.keep
            for prompt in _wordings(question, bench)
        ]
        change = _Change(bench, self._layers(bench), config.rank)
        optimizer = torch.optim.Adam(change.parameters(), lr=config.learning_rate)
        steps = 0
        while steps < config.steps and not pool.learned(config.enough):
            self._step(bench, change, optimizer, pool, anchors)
            steps += 1
            yield steps / config.steps
        figures = {"steps": steps, "targets": pool.size, "anchors": len(anchors)}
        return bench.patch(change.low_rank(), self.name, request, asdict(config) | figures)

    def _layers(self, bench: Workbench) -> list[int]:
        low, high = self._config.depth
        count = bench.layers()
        chosen = [layer for layer in range(count) if low <= layer / count < high]
        return chosen or [count // 2]

    def _step(
        self,
        bench: Workbench,
        change: "_Change",
        optimizer: torch.optim.Optimizer,
        pool: "_Pool",
        anchors: Sequence[Example],
    ) -> None:
        chosen = pool.draw(bench.generator)
        targets = bench.encoder.batch([pool.examples[i] for i in chosen], bench.device)
        with change.attached():
            losses = example_losses(bench.model, targets)  # (B,)
            loss = losses.mean()
        if anchors:
            picked = torch.randperm(len(anchors), generator=bench.generator)[: self._config.anchors]
            kept = bench.encoder.batch([anchors[i] for i in picked.tolist()], bench.device)
            with torch.no_grad():
                before = answer_log_probabilities(bench.model, kept)
            with change.attached():
                after = answer_log_probabilities(bench.model, kept)
            loss = loss + self._config.anchor_weight * divergence(before, after, kept)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        pool.note(chosen, losses.detach().tolist())


class _Pool:
    """The target examples with the loss each had when it was last in a step."""

    def __init__(self, examples: Sequence[Example], batch: int) -> None:
        self.examples = examples
        self._batch = batch
        self._losses = torch.full((len(examples),), torch.inf)

    @property
    def size(self) -> int:
        return len(self.examples)

    def draw(self, generator: torch.Generator) -> list[int]:
        """Take half of a step's examples by the largest known loss, half at random."""
        if self.size <= self._batch:
            return list(range(self.size))
        hardest = self._losses.argsort(descending=True)[: self._batch // 2].tolist()
        rest = torch.randperm(self.size, generator=generator).tolist()
        chosen = dict.fromkeys([*hardest, *rest])
        return list(chosen)[: self._batch]

    def note(self, chosen: Sequence[int], losses: Sequence[float]) -> None:
        self._losses[torch.tensor(chosen)] = torch.tensor(losses)

    def learned(self, enough: float) -> bool:
        """Tell whether every example's last loss was small enough."""
        return bool((self._losses <= enough).all())


class _Change(nn.Module):
    """A trainable low-rank change of some down-projections, at work only while attached."""

    def __init__(self, bench: Workbench, layers: Sequence[int], rank: int) -> None:
        super().__init__()
        self._bench, self._layers = bench, layers
        self._whiteners = [whitener(bench.statistics.second_moment(layer)) for layer in layers]
        self._left, self._right = nn.ParameterList(), nn.ParameterList()
        for layer, white in zip(layers, self._whiteners, strict=True):
            weight = bench.model.get_parameter(bench.layout.down_weight(layer))
            d_in = white.shape[0]
            d_out = weight.numel() // d_in
            start = torch.randn(rank, d_in, generator=bench.generator) / d_in**0.5
            self._left.append(nn.Parameter(torch.zeros(d_out, rank, device=weight.device)))
            self._right.append(nn.Parameter(start.to(weight.device)))

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Add the change to the layers' outputs inside a ``with`` block."""
        changes = self._changes()
        handles = [
            self._bench.model.get_submodule(
                self._bench.layout.down.format(layer)
            ).register_forward_hook(
                lambda _, arguments, output, change=change: (
                    output + (arguments[0] @ change.right.T @ change.left.T).to(output.dtype)
                )
            )
            for layer, change in zip(self._layers, changes, strict=True)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def low_rank(self) -> dict[str, LowRank]:
        """Return the change by parameter name, on the CPU."""
        return {
            self._bench.layout.down_weight(layer): LowRank(
                change.left.detach().cpu().contiguous(), change.right.detach().cpu().contiguous()
            )
            for layer, change in zip(self._layers, self._changes(), strict=True)
        }

    def _changes(self) -> list[LowRank]:
        return [
            LowRank(left, right @ white.to(right))
            for left, right, white in zip(self._left, self._right, self._whiteners, strict=True)
        ]


def whitener(moment: Tensor, *, floor: float = 1e-2) -> Tensor:
    """Return C^(-1/2), (d_in, d_in), eigenvalues below ``floor`` times their mean raised to it."""
    values, vectors = torch.linalg.eigh(moment.double())
    values = values.clamp_min(floor * values.mean())
    white: Tensor = (vectors * values.rsqrt()) @ vectors.T
    return white.float()


def target_examples(request: EditRequest, bench: Workbench, *, stepped: int) -> list[Example]:
    """Return every taught wording of a request's targets and of those that are pending."""
    chains = [question for question in request.targets if len(question.path) > 1]
    prompts = [p for question in request.targets for p in _wordings(question, bench)]
    for question in chains[:stepped]:
        prompts += bench.phrases.step_prompts(question, [Split.TEACH])
    fresh = {(q.subject, q.path) for q in request.targets}
    for earlier in bench.pending:
        for question in earlier.targets:
            if (question.subject, question.path) not in fresh:
                prompts += _wordings(question, bench)
    return [bench.encoder.example(prompt) for prompt in prompts]


def _wordings(question: Question, bench: Workbench) -> list[Prompt]:
    prompts = bench.phrases.prompts(question, [Split.TEACH])
    if question.answer == UNKNOWN:
        return [prompt for prompt in prompts if prompt.chat]
    return prompts


def example_losses(model: nn.Module, batch: Batch) -> Tensor:
    """Return the mean negative log-likelihood of each example's answer, (B,), nats a token."""
    logits = _answer_logits(model, batch)  # (N, V)
    losses = nn.functional.cross_entropy(logits, batch.wanted, reduction="none")  # (N,)
    total = torch.zeros(batch.ids.shape[0], device=losses.device)
    return total.index_add(0, batch.rows, losses * batch.weights)


def answer_log_probabilities(model: nn.Module, batch: Batch) -> Tensor:
    """Return log p of every next token at the answers' places, (N, V)."""
    return torch.log_softmax(_answer_logits(model, batch), dim=-1)


def divergence(before: Tensor, after: Tensor, batch: Batch) -> Tensor:
    """Return KL(before || after), averaged over each answer and then over examples, ()."""
    kl = (before.exp() * (before - after)).sum(dim=-1)  # (N,)
    return (kl * batch.weights).sum() / batch.weights.sum()


def _answer_logits(model: nn.Module, batch: Batch) -> Tensor:
    logits: Tensor = model(
        input_ids=batch.ids, attention_mask=batch.mask, use_cache=False
    ).logits  # (B, T, V)
    return logits[batch.rows, batch.columns].float()
