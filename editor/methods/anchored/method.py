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

from collections.abc import Generator
from dataclasses import asdict, dataclass

from editor.methods.anchored.delta import TrainableChange
from editor.methods.anchored.trainer import FitConfig, fit, pools
from editor.methods.examples import target_chains
from editor.methods.validation import not_negative, positive
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredConfig(FitConfig):
    """What the user of ``anchored`` chooses."""

    rank: int = 32  # of the change of each matrix
    direct: int = 3  # wordings of each chain; from three on, wordings not taught follow
    stepped: int = 48  # wordings of chains that ask for the hops, in all
    pending: int = 64  # wordings of chains of pending patches, in all

    def __post_init__(self) -> None:
        FitConfig.__post_init__(self)
        positive(self, "rank", "direct", whole=True)
        not_negative(self, "stepped", "pending", whole=True)


UPON = AnchoredConfig(rank=16, steps=150, learning_rate=0.015, anchors=96, firm=0.5, held=0.99)
"""For an edit on top of others: fewer directions and smaller steps, because what each of them
disturbs adds up, and more anchors (docs/adr/0010)."""

CAREFUL = AnchoredConfig(rank=64, steps=150, learning_rate=0.02, anchors=96)
"""For an edit that did not pass its checks: more room, smaller steps, more anchors."""


class Anchored:
    """Fits a request with the graph around it as anchor.

    Args:
        config: how; the defaults are meant for edits that somebody waits for, and are others
            for the first edit and for one on top of others.
        name: of the method, where there are several of them.
    """

    def __init__(self, config: AnchoredConfig | None = None, *, name: str = "anchored") -> None:
        self._first, self._upon = config or AnchoredConfig(), config or UPON
        self.name = name

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._upon if bench.pending or bench.consolidated else self._first
        chains = target_chains(
            request,
            bench,
            direct=config.direct,
            stepped=config.stepped,
            pending=config.pending,
        )
        targets, anchors = pools(request, chains, bench, config)
        layers = config.layers(bench.layers())
        for _ in bench.statistics.decompose(layers):
            yield 0.0
        change = TrainableChange(bench, layers, config.rank, whitening=config.whitening)
        for _ in change.align(targets.draw(), targets.loss):
            yield 0.0
        figures = yield from fit(change, targets, [anchors], config, steps=config.steps)
        return bench.patch(change.changes(), self.name, request, asdict(config) | figures)
