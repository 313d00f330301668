"""The training loop that fits a change to the targets while the anchors hold."""

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import torch

from editor.errors import BadConfig
from editor.methods.anchored.delta import TrainableDelta
from editor.methods.anchored.sampling import AnchorPool, TargetPool
from editor.methods.examples import anchor_examples, fact_examples
from editor.methods.validation import not_negative, positive
from editor.model.vocabulary import indistinct_tokens
from editor.request import EditRequest
from editor.text.encoding import Example
from editor.workbench import Workbench

CHECK_AT, RESUME_AT = 1 / 8, 1 / 4
"""Factors of the learning rate, which halves after each step at which the targets are learned. At
the first, a fit checks every example and ends if all hold; if not, it continues at the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerConfig:
    """Settings of a fit."""

    depth: tuple[float, float] = (0.2, 0.8)  # layers to change, as shares of the depth
    steps: int = 100  # at most
    whitening: float = 1.0  # of the keys, from 0 to 1; see `coordinates`
    learning_rate: float = 0.03  # falls along a cosine to a tenth; halves while all is learned
    momentum: float = 0.8  # with more, the losses of targets and anchors oscillate
    targets_per_step: int = 80  # examples, at most
    anchors_per_step: int = 48  # examples, at most
    least_anchors_per_step: int = 48  # examples; more are drawn once half as many are lost
    wordings_per_pending_fact: int = 2  # of edits that are learned already
    in_context: int = 0  # statements of each fact that are also taught after another statement
    wordings_per_chain: int = 3  # direct ones; with three, untaught wordings are answered too
    step_wordings_per_chain: float = 1.0  # wordings that ask for the hops
    wordings_per_anchor: int | None = None  # taught wordings of each question; None for all
    earlier_questions: int = 1536  # questions of earlier edits among the anchors, at most
    anchor_weight: float = 20.0  # of the KL, in units of the targets' loss
    disturbance_weight: float = 0.3  # of the disturbance of ordinary keys
    target_tolerance: float = 0.05  # nats; a fact is learned if no answer token costs more
    chain_tolerance: float = 0.25  # the same for a chain
    target_share: float = 0.98  # of the examples that must be learned
    anchor_tolerance: float = 0.25  # nats; an anchor holds if no answer token's KL is more
    anchor_share: float = 0.998  # of the request's anchors that must hold
    embedding_noise: float = 0.0  # NEFTune's alpha, for targets
    word_dropout: float = 0.0  # share of a fact's context words that are masked

    def __post_init__(self) -> None:
        positive(self, "steps", "targets_per_step", "anchors_per_step", whole=True)
        positive(self, "wordings_per_pending_fact", "least_anchors_per_step", whole=True)
        positive(self, "learning_rate", "target_tolerance", "chain_tolerance", "anchor_tolerance")
        not_negative(self, "in_context", "earlier_questions", "wordings_per_chain", whole=True)
        not_negative(self, "anchor_weight", "disturbance_weight", "embedding_noise")
        not_negative(self, "step_wordings_per_chain")
        if self.wordings_per_anchor is not None:
            positive(self, "wordings_per_anchor", whole=True)
        for name in ("target_share", "anchor_share", "whitening", "word_dropout"):
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
        """Return the learning rate at a step of ``steps``."""
        cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
        return self.learning_rate * (0.1 + 0.9 * cosine)


def build_pools(
    request: EditRequest, chains: Sequence[Example], workbench: Workbench, config: TrainerConfig
) -> tuple[TargetPool, AnchorPool]:
    """Return the pools of a request's targets, with examples of its chains, and of its anchors.

    Targets that the model cannot write are left out; facts only if others remain.
    """
    facts = fact_examples(
        request,
        workbench,
        in_context=config.in_context,
        pending_wordings=config.wordings_per_pending_fact,
    )
    targets = TargetPool(
        writable(facts, workbench) or facts,
        writable(chains, workbench),
        workbench,
        per_step=config.targets_per_step,
        fact_tolerance=config.target_tolerance,
        chain_tolerance=config.chain_tolerance,
    )
    anchors = anchor_examples(
        request,
        workbench,
        wordings_each=config.wordings_per_anchor,
        max_earlier=config.earlier_questions,
    )
    anchor_pool = AnchorPool(
        anchors,
        workbench,
        per_step=config.anchors_per_step,
        least=config.least_anchors_per_step,
        tolerance=config.anchor_tolerance,
    )
    return targets, anchor_pool


def writable(examples: Sequence[Example], workbench: Workbench) -> list[Example]:
    """Return the examples whose answers the model's head can write.

    A fit would spend its steps and its capacity on the others in vain.
    """
    tokens = (token for each in examples for token in each.ids[each.answer_start :])
    indistinct = indistinct_tokens(tokens, workbench.model)
    return [each for each in examples if indistinct.isdisjoint(each.ids[each.answer_start :])]


def fit(
    delta: TrainableDelta,
    targets: TargetPool,
    anchors: Sequence[AnchorPool],
    config: TrainerConfig,
    *,
    steps: int,
) -> Generator[float, None, dict[str, float]]:
    """Yield the share done between steps, and return the figures of the fit.

    Args:
        delta: the change to fit.
        targets: examples to learn.
        anchors: examples to hold; each step draws from every pool.
        config: the settings.
        steps: at most.
    """
    optimizer = torch.optim.Muon(
        delta.parameters(),
        momentum=config.momentum,
        weight_decay=0.0,
        adjust_lr_fn="match_rms_adamw",
    )
    step, factor = 0, 1.0
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = factor * config.rate_at(step, steps)
        optimizer.zero_grad()
        with delta.materialized():
            for _ in _backward(delta, targets, anchors, config):
                yield step / steps
        optimizer.step()  # type: ignore[no-untyped-call]
        step += 1
        factor = factor / 2 if targets.learned(config.target_share) else min(1.0, 2 * factor)
        if factor <= CHECK_AT:
            with delta.materialized():
                for _ in _measure_all(delta, targets, anchors):
                    yield step / steps
            held = all(pool.held(config.anchor_share) for pool in anchors)
            if held and targets.learned(config.target_share):
                break
            factor = RESUME_AT
    return {
        "steps_taken": step,
        "targets_seen": len(targets),
        "anchors_seen": sum(map(len, anchors)),
        "targets_learned": round(targets.share_learned(), 4),
        "anchors_held": round(min(each.share_held() for each in anchors), 4),
    }


@torch.no_grad()
def _measure_all(
    delta: TrainableDelta, targets: TargetPool, anchors: Sequence[AnchorPool]
) -> Iterator[None]:
    """Record the cost of every target and of every anchor of the request, a pass at a time.

    An example that was learned or held when last drawn may be lost again.
    """
    for batch in targets.draw_all():
        with delta.attached():
            targets.loss(batch)
        yield
    for pool in anchors:
        for batch, reference in pool.draw_own():
            with delta.attached():
                pool.loss(batch, reference)
            yield


def _backward(
    delta: TrainableDelta,
    targets: TargetPool,
    anchors: Sequence[AnchorPool],
    config: TrainerConfig,
) -> Iterator[None]:
    """Accumulate the gradient of a step; yield between passes, while the change is detached."""
    for batch in targets.draw():
        with delta.attached(in_bf16=True):
            loss = targets.loss(
                batch, noise=config.embedding_noise, word_dropout=config.word_dropout
            )
            loss.backward()  # type: ignore[no-untyped-call]
        yield
    for pool in anchors:
        for batch, reference in pool.draw():
            with delta.attached(in_bf16=True):
                loss = config.anchor_weight * pool.loss(batch, reference)
                loss.backward()  # type: ignore[no-untyped-call]
            yield
    disturbance = config.disturbance_weight * delta.disturbance()
    disturbance.backward()  # type: ignore[no-untyped-call]
