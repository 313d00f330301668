"""Our own method: a low-rank change fitted to what the knowledge graph says.

Targets are the taught wordings of what must change: the fact, its inverse, and the chains that
run through it, directly and step by step. Anchors are the questions around it, held by a KL term
to the model as it is; ordinary text is held by a term that needs no text, the mean square by
which the change disturbs ordinary keys (:meth:`TrainableChange.disturbance`).

The factors start along the loss's own gradient, as in LoRA-GA (arXiv 2407.05000), and are moved
by Muon (Jordan et al. 2024), whose steps are even in all directions of a matrix: measured beside
Adam from a random start in docs/adr/0005. The loss of an example is that of its most unlikely
token, and the rate falls as soon as all is learned: docs/adr/0007.
"""

import math
from collections.abc import Generator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.change import TrainableChange
from editor.methods.pool import (
    AnchorPool,
    TargetPool,
    anchor_examples,
    target_chains,
    target_facts,
)
from editor.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench

SETTLED = 1 / 16
"""Share of the learning rate at which a solve ends; it halves while all that is told is learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredConfig:
    """What the user of ``anchored`` chooses."""

    rank: int = 32  # of the change of each matrix
    depth: tuple[float, float] = (0.2, 0.8)  # layers to change, as shares of the depth
    steps: int = 40  # at most
    learning_rate: float = 0.03  # falls along a cosine to a tenth, and once all is learned
    momentum: float = 0.8  # with more, targets and anchors swing each other back and forth
    targets: int = 80  # examples in a step, at most
    anchors: int = 32  # examples in a step
    anchor_weight: float = 20.0  # of the KL, in units of the targets' loss
    calm_weight: float = 0.3  # of the disturbance of ordinary keys
    sure: float = 0.05  # nats; a fact is learned when no token of its answer costs more
    sure_of_chains: float = 0.25  # the same for a chain
    share: float = 0.98  # of the examples that must be learned
    direct: int = 3  # wordings of each chain; from three on, wordings not taught follow
    stepped: int = 48  # wordings of chains that ask for the hops, in all
    pending: int = 64  # wordings of chains of pending patches, in all

    def __post_init__(self) -> None:
        sizes = ("rank", "steps", "targets", "anchors", "direct")
        for name in (*sizes, "learning_rate", "sure", "sure_of_chains", "share"):
            if getattr(self, name) <= 0:
                raise BadConfig(name, getattr(self, name), "must be positive")
        if not 0 <= self.momentum < 1:
            raise BadConfig("momentum", self.momentum, "must be a share below 1")
        low, high = self.depth
        if not 0 <= low < high <= 1:
            raise BadConfig("depth", self.depth, "must be two shares, the smaller first")

    def layers(self, count: int) -> list[int]:
        """Return which of ``count`` layers to change; at least one."""
        low, high = self.depth
        return [layer for layer in range(count) if low <= layer / count < high] or [count // 2]

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step."""
        fall = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * (0.1 + 0.9 * fall)


class Anchored:
    """Fits a request with the graph around it as anchor."""

    name = "anchored"

    def __init__(self, config: AnchoredConfig | None = None) -> None:
        self._config = config or AnchoredConfig()

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._config
        facts = target_facts(request, bench)
        chains = target_chains(
            request,
            bench,
            direct=config.direct,
            stepped=config.stepped,
            pending=config.pending,
        )
        targets = TargetPool(
            facts,
            chains,
            bench,
            batch=config.targets,
            sure=config.sure,
            sure_of_chains=config.sure_of_chains,
        )
        anchors = AnchorPool(anchor_examples(request, bench), bench, batch=config.anchors)
        change = TrainableChange(bench, config.layers(bench.layers()), config.rank)
        change.align(targets.loss)
        optimizer = torch.optim.Muon(
            change.parameters(),
            momentum=config.momentum,
            weight_decay=0.0,
            adjust_lr_fn="match_rms_adamw",
        )
        step, pace = 0, 1.0
        while step < config.steps and pace > SETTLED:
            for group in optimizer.param_groups:
                group["lr"] = pace * config.rate_at(step)
            optimizer.zero_grad()
            self._loss(change, targets, anchors).backward()  # type: ignore[no-untyped-call]
            optimizer.step()  # type: ignore[no-untyped-call]
            pace = pace / 2 if targets.learned(config.share) else min(1.0, 2 * pace)
            step += 1
            yield step / config.steps
        figures = {"steps_taken": step, "targets_seen": len(targets), "anchors_seen": len(anchors)}
        return bench.patch(change.low_rank(), self.name, request, asdict(config) | figures)

    def _loss(self, change: TrainableChange, targets: TargetPool, anchors: AnchorPool) -> Tensor:
        drawn = anchors.draw()  # looks at the model as it is
        with change.attached():
            told, drift = targets.loss(), anchors.drift(drawn)
        calm = self._config.calm_weight * change.disturbance()
        return told + self._config.anchor_weight * drift + calm
