"""``joint``, the consolidation of ``anchored``: one change of the base weights for all live edits.

Everything is taught at once, in mini-batches: every live fact in all its taught wordings and every
chain whose answer changed, with the graph around them and ordinary text as anchors. Whole matrices
are fitted, because with many edits a low rank is the first limit. The result depends on the
request, the model and the settings alone.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass

from editor.methods.anchored.delta import TrainableDelta
from editor.methods.anchored.sampling import AnchorPool
from editor.methods.anchored.text_anchors import text_anchors
from editor.methods.anchored.trainer import TrainerConfig, build_pools, fit
from editor.methods.examples import chain_examples
from editor.methods.validation import not_negative
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class JointConfig(TrainerConfig):
    """Settings of a consolidation."""

    depth: tuple[float, float] = (0.0, 1.0)  # many facts need the capacity of every layer
    steps: int = 100  # at most, for few examples
    steps_per_example: float = 0.08  # for many; each is drawn nearly eight times
    whitening: float = 0.5  # disturbs facts that no request names less
    learning_rate: float = 0.025
    targets_per_step: int = 96
    anchors_per_step: int = 144
    least_anchors_per_step: int = 144  # of so many, few are drawn often enough to be missed
    disturbance_weight: float = 1.0
    in_context: int = 2
    anchor_tolerance: float = 0.5
    anchor_share: float = 0.99
    embedding_noise: float = 20.0  # for an edit on top of others it made no difference
    word_dropout: float = 0.15  # facts are then answered in untaught wordings too
    wordings_per_anchor: int | None = 2  # leaves room for more questions
    target_tolerance: float = 0.02
    chain_tolerance: float = 0.1
    target_share: float = 0.995
    texts_per_step: int = 12  # pieces of ordinary text
    max_texts: int = 768  # pieces from which they are drawn

    def __post_init__(self) -> None:
        TrainerConfig.__post_init__(self)
        not_negative(self, "texts_per_step", "max_texts", whole=True)
        not_negative(self, "steps_per_example")


class Joint:
    """Fits all live edits at once, from the base weights.

    On top of patches it uses no ordinary text: the text would be sampled from the patched model
    and stored as the base model's.
    """

    name = "joint"

    def __init__(self, config: JointConfig | None = None) -> None:
        self._config = config or JointConfig()

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._config
        examples = chain_examples(
            request,
            workbench,
            per_chain=config.wordings_per_chain,
            steps_per_chain=config.step_wordings_per_chain,
            pending=0,
        )
        targets, anchors = build_pools(request, examples, workbench, config)
        pools = [anchors]
        on_top = workbench.pending or workbench.consolidated
        if config.texts_per_step and not on_top:
            texts = yield from text_anchors(request, workbench, limit=config.max_texts)
            pools.append(
                AnchorPool(
                    texts,
                    workbench,
                    per_step=config.texts_per_step,
                    least=config.texts_per_step,
                    tolerance=config.anchor_tolerance,
                )
            )
        for _ in targets.measure():
            yield 0.0
        layers = config.layers(workbench.layer_count())
        for _ in workbench.statistics.decompose(layers):
            yield 0.0
        delta = TrainableDelta(workbench, layers, None, whitening=config.whitening)
        steps = max(config.steps, round(config.steps_per_example * len(targets)))
        figures = yield from fit(delta, targets, pools, config, steps=steps)
        return workbench.patch(delta.deltas(), self.name, request, asdict(config) | figures)
