"""``anchored``, our own method: a low-rank change fitted to what the knowledge graph requires.

Targets are the taught wordings of what must change: the fact, its inverse, and some chains that run
through it, asked step by step. Direct answers to chains come with the consolidation. Anchors are
the questions around it, held by a KL term to the model before the edit. Ordinary text is held by a
term that needs no text: the disturbance of ordinary keys (:meth:`TrainableDelta.disturbance`).

The factors start along the gradient of the loss, as in LoRA-GA (arXiv 2407.05000), and are trained
by Muon (Jordan et al. 2024), whose steps have the same size in all directions of a matrix;
docs/adr/0005 compares it with Adam from a random start. The loss of an example is that of its most
unlikely token, and the learning rate falls as soon as every example is learned: docs/adr/0007.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass

from editor.methods.anchored.delta import TrainableDelta
from editor.methods.anchored.trainer import TrainerConfig, build_pools, fit
from editor.methods.examples import chain_examples
from editor.methods.validation import not_negative, positive
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredConfig(TrainerConfig):
    """Settings of ``anchored``."""

    rank: int = 32  # of the change of each matrix
    wordings_per_chain: int = 0  # direct answers are taught by the consolidation
    pending_wordings: int = 8  # of chains of pending patches, in total
    learning_rate: float = 0.03
    targets_per_step: int = 24
    anchors_per_step: int = 48
    least_anchors_per_step: int = 12
    wordings_per_anchor: int | None = 2
    anchor_tolerance: float = 0.7
    anchor_share: float = 0.97
    earlier_questions: int = 128

    def __post_init__(self) -> None:
        TrainerConfig.__post_init__(self)
        positive(self, "rank", whole=True)
        not_negative(self, "pending_wordings", whole=True)


ON_TOP = AnchoredConfig(
    rank=16,
    steps=100,
    learning_rate=0.02,
    anchor_tolerance=0.5,
    anchor_share=0.97,
)
"""For an edit on top of others: fewer directions and smaller steps, because the disturbances add
up, and anchors that are held more closely (docs/adr/0010 and 0038)."""

CAREFUL = AnchoredConfig(
    rank=64,
    steps=150,
    learning_rate=0.02,
    targets_per_step=80,
    anchors_per_step=96,
    least_anchors_per_step=96,
    anchor_tolerance=0.25,
    anchor_share=0.998,
    wordings_per_anchor=None,
)
"""For an edit that did not pass the gate: a higher rank, smaller steps, more anchors."""


class Anchored:
    """Fits the targets of a request, with the graph around them as anchors.

    Args:
        config: the settings; None for the default ones, which differ between the first edit and
            one on top of others.
        name: of the method, which may be used with several settings.
    """

    def __init__(self, config: AnchoredConfig | None = None, *, name: str = "anchored") -> None:
        self._first, self._on_top = config or AnchoredConfig(), config or ON_TOP
        self.name = name

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._on_top if workbench.pending or workbench.consolidated else self._first
        chains = chain_examples(
            request,
            workbench,
            per_chain=config.wordings_per_chain,
            steps_per_chain=config.step_wordings_per_chain,
            pending=config.pending_wordings,
        )
        targets, anchors = build_pools(request, chains, workbench, config)
        for _ in targets.measure():
            yield 0.0
        layers = config.layers(workbench.layer_count())
        for _ in workbench.statistics.decompose(layers):
            yield 0.0
        delta = TrainableDelta(workbench, layers, config.rank, whitening=config.whitening)
        for _ in delta.initialize_directions(targets.draw(), targets.loss):
            yield 0.0
        figures = yield from fit(delta, targets, [anchors], config, steps=config.steps)
        return workbench.patch(delta.deltas(), self.name, request, asdict(config) | figures)
