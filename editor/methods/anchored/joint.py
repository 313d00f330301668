"""``joint``, the consolidation of ``anchored``: one change of the base weights for all live edits.

All that holds now is taught at once, in mini-batches: every live fact in all its taught wordings,
every chain whose answer changed, and the graph around them as anchor, with ordinary text beside
it. Whole matrices are fitted, not factors: with many edits, rank is what is missing first. The
result is a function of the request, the model and the settings alone.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass

from editor.methods.anchored.delta import TrainableDelta
from editor.methods.anchored.sampling import AnchorPool
from editor.methods.anchored.text_anchors import text_anchors
from editor.methods.anchored.trainer import TrainerConfig, fit, pools
from editor.methods.examples import chain_examples
from editor.methods.validation import not_negative, positive
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class JointConfig(TrainerConfig):
    """Settings of a consolidation."""

    depth: tuple[float, float] = (0.0, 1.0)  # many facts need the room of every layer
    steps: int = 100  # at most, for few examples
    steps_per_example: float = 0.08  # for many; every example is drawn nearly eight times
    whitening: float = 0.5  # disturbs less of what no request names
    learning_rate: float = 0.025
    targets_per_step: int = 96
    anchors_per_step: int = 144
    disturbance_weight: float = 1.0
    in_context: int = 2
    anchor_tolerance: float = 0.5
    anchor_share: float = 0.99
    embedding_noise: float = 20.0  # for an edit on top of others it made no difference
    word_dropout: float = 0.15  # what is learned then follows in other wordings too
    wordings_per_anchor: int | None = 2  # more questions rather than more wordings of each
    target_tolerance: float = 0.02
    chain_tolerance: float = 0.1
    target_share: float = 0.995
    wordings_per_chain: int = 3
    step_wordings_per_chain: float = 1.0
    texts_per_step: int = 12  # pieces of ordinary text
    max_texts: int = 768  # of which they are drawn

    def __post_init__(self) -> None:
        TrainerConfig.__post_init__(self)
        positive(self, "wordings_per_chain", whole=True)
        not_negative(self, "texts_per_step", "max_texts", whole=True)
        not_negative(self, "step_wordings_per_chain", "steps_per_example")


class Joint:
    """Fits everything that holds, from the base weights.

    On top of patches it reads no ordinary text: what it would sample there, and keep as the
    base model's, would be the patched model's.
    """

    name = "joint"

    def __init__(self, config: JointConfig | None = None) -> None:
        self._config = config or JointConfig()

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._config
        chains = sum(question.chained for question in request.targets)
        examples = chain_examples(
            request,
            workbench,
            per_chain=config.wordings_per_chain,
            step_wordings=round(config.step_wordings_per_chain * chains),
            pending=0,
        )
        targets, anchors = pools(request, examples, workbench, config)
        anchor_pools = [anchors]
        on_top = workbench.pending or workbench.consolidated
        if config.texts_per_step and not on_top:
            texts = yield from text_anchors(request, workbench, most=config.max_texts)
            anchor_pools.append(
                AnchorPool(
                    texts,
                    workbench,
                    batch=config.texts_per_step,
                    tolerance=config.anchor_tolerance,
                )
            )
        layers = config.layers(workbench.layers())
        for _ in workbench.statistics.decompose(layers):
            yield 0.0
        delta = TrainableDelta(workbench, layers, None, whitening=config.whitening)
        steps = max(config.steps, round(config.steps_per_example * len(targets)))
        figures = yield from fit(delta, targets, anchor_pools, config, steps=steps)
        return workbench.patch(delta.deltas(), self.name, request, asdict(config) | figures)
