"""The loop that fits a change to what must change and what must not."""

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import torch

from editor.errors import BadConfig
from editor.methods.anchored.delta import TrainableChange
from editor.methods.anchored.sampling import AnchorPool, TargetPool
from editor.methods.examples import anchor_examples, target_facts
from editor.methods.validation import not_negative, positive
from editor.model.vocabulary import indistinct_tokens
from editor.request import EditRequest
from editor.text.encoding import Example
from editor.workbench import Workbench

SETTLED, RESUMED = 1 / 16, 1 / 2
"""Shares of the learning rate: where a fit looks at everything and ends, if all of it is learned,
and where it goes on if not. The rate halves while all that was drawn is learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """How a change is fitted."""

    depth: tuple[float, float] = (0.2, 0.8)  # layers to change, as shares of the depth
    steps: int = 100  # at most; most edits take twenty to forty
    whitening: float = 1.0  # how even ordinary keys are made, from 0 to 1
    learning_rate: float = 0.03  # falls along a cosine to a tenth, and once all is learned
    momentum: float = 0.8  # with more, targets and anchors swing each other back and forth
    targets: int = 80  # examples in a step, at most
    anchors: int = 48  # examples in a step
    behind: int = 0  # statements of each fact told behind another one besides
    worded: int | None = None  # wordings of each anchor; None takes all that are taught
    remembered: int = 1536  # questions of earlier edits among the anchors
    anchor_weight: float = 20.0  # of the KL, in units of the targets' loss
    calm_weight: float = 0.3  # of the disturbance of ordinary keys
    sure: float = 0.05  # nats; a fact is learned when no token of its answer costs more
    sure_of_chains: float = 0.25  # the same for a chain
    share: float = 0.98  # of the examples that must be learned
    firm: float = 0.25  # nats; an anchor holds while no place of its answer has moved by more
    held: float = 0.998  # share of the request's anchors that must hold
    noise: float = 0.0  # on the embeddings while targets are learned: NEFTune's alpha
    word_dropout: float = 0.0  # share of a fact's words, but its subject's, that go unread

    def __post_init__(self) -> None:
        positive(self, "steps", "targets", "anchors", whole=True)
        positive(self, "learning_rate", "sure", "sure_of_chains", "firm")
        not_negative(self, "behind", "remembered", whole=True)
        not_negative(self, "anchor_weight", "calm_weight", "noise")
        if self.worded is not None:
            positive(self, "worded", whole=True)
        for name in ("share", "held", "whitening", "word_dropout"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadConfig(name, getattr(self, name), "must be a share")
        if not 0 <= self.momentum < 1:
            raise BadConfig("momentum", self.momentum, "must be a share below 1")
        low, high = self.depth
        if not 0 <= low < high <= 1:
            raise BadConfig("depth", self.depth, "must be two shares, the smaller first")

    def layers(self, count: int) -> list[int]:
        """Return which of ``count`` layers to change; at least one."""
        low, high = self.depth
        return [layer for layer in range(count) if low <= layer / count < high] or [count // 2]

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of one of so many steps."""
        fall = 0.5 * (1 + math.cos(math.pi * step / steps))
        return self.learning_rate * (0.1 + 0.9 * fall)


def pools(
    request: EditRequest, chains: Sequence[Example], bench: Workbench, config: FitConfig
) -> tuple[TargetPool, AnchorPool]:
    """Return what a request tells, its chains as given, and what it keeps.

    Of what it tells, that which the model cannot write is left out, unless nothing is left.
    """
    facts = target_facts(request, bench, behind=config.behind)
    targets = TargetPool(
        writable(facts, bench) or facts,
        writable(chains, bench),
        bench,
        batch=config.targets,
        sure=config.sure,
        sure_of_chains=config.sure_of_chains,
    )
    kept = anchor_examples(request, bench, worded=config.worded, most_remembered=config.remembered)
    return targets, AnchorPool(kept, bench, batch=config.anchors, firm=config.firm)


def fit(
    change: TrainableChange,
    targets: TargetPool,
    anchors: Sequence[AnchorPool],
    config: FitConfig,
    *,
    steps: int,
) -> Generator[float, None, dict[str, float]]:
    """Yield the share done between steps, and return what the fit came to, in figures.

    Args:
        change: is fitted.
        targets: what must change.
        anchors: what must not; each step draws from every pool.
        config: how.
        steps: at most.
    """
    optimizer = torch.optim.Muon(
        change.parameters(),
        momentum=config.momentum,
        weight_decay=0.0,
        adjust_lr_fn="match_rms_adamw",
    )
    step, pace = 0, 1.0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = pace * config.rate_at(step, steps)
        optimizer.zero_grad()
        with change.gathering():
            for _ in _gradient(change, targets, anchors, config):
                yield step / steps
        optimizer.step()  # type: ignore[no-untyped-call]
        step += 1
        pace = pace / 2 if targets.learned(config.share) else min(1.0, 2 * pace)
        if pace <= SETTLED:
            with change.gathering():
                for _ in _look(change, targets, anchors):
                    yield step / steps
            if targets.learned(config.share) and all(each.held(config.held) for each in anchors):
                break
            pace = RESUMED
    return {
        "steps_taken": step,
        "targets_seen": len(targets),
        "anchors_seen": sum(map(len, anchors)),
        "targets_learned": round(targets.share_learned(), 4),
        "anchors_held": round(min(each.share_held() for each in anchors), 4),
    }


@torch.no_grad()
def _look(
    change: TrainableChange, targets: TargetPool, anchors: Sequence[AnchorPool]
) -> Iterator[None]:
    """Note what every target costs, and what the request keeps, a pass at a time.

    What was learned or held when last drawn may be lost again.
    """
    for batch in targets.draw_all():
        with change.attached():
            targets.loss(batch)
        yield
    for pool in anchors:
        for batch, before in pool.draw_near():
            with change.attached():
                pool.drift(batch, before)
            yield


def _gradient(
    change: TrainableChange,
    targets: TargetPool,
    anchors: Sequence[AnchorPool],
    config: FitConfig,
) -> Iterator[None]:
    """Add the gradient of a step, a pass at a time; the change is at work only within a pass."""
    for batch in targets.draw():
        with change.attached(coarsely=True):
            loss = targets.loss(batch, noise=config.noise, word_dropout=config.word_dropout)
            loss.backward()  # type: ignore[no-untyped-call]
        yield
    for pool in anchors:
        for batch, before in pool.draw():
            with change.attached(coarsely=True):
                drift = config.anchor_weight * pool.drift(batch, before)
                drift.backward()  # type: ignore[no-untyped-call]
            yield
    calm = config.calm_weight * change.disturbance()
    calm.backward()  # type: ignore[no-untyped-call]


def writable(examples: Sequence[Example], bench: Workbench) -> list[Example]:
    """Return the examples whose answers the model's head can write.

    A fit that tries the others spends its steps, and the room of the others, on them.
    """
    tokens = (token for each in examples for token in each.ids[each.start :])
    indistinct = indistinct_tokens(tokens, bench.model)
    return [each for each in examples if indistinct.isdisjoint(each.ids[each.start :])]
