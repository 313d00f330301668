"""The second gear of ``anchored``: one change for all live edits, fitted from the base weights.

Everything that holds now is told at once, in mini-batches: every live fact in all its
taught wordings, every chain that answers anew, and the graph around them as anchor, with
ordinary text beside it. Whole matrices are fitted, not factors: with many edits, rank is what is
missing first. The result is a function of the request, the model and the settings alone.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass

from editor.methods.anchored.delta import TrainableChange
from editor.methods.anchored.sampling import AnchorPool
from editor.methods.anchored.text_anchors import text_anchors
from editor.methods.anchored.trainer import FitConfig, fit, pools
from editor.methods.examples import target_chains
from editor.methods.validation import not_negative, positive
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class JointConfig(FitConfig):
    """What the user of a consolidation chooses."""

    depth: tuple[float, float] = (0.0, 1.0)  # many facts need the room of every layer
    steps: int = 100  # at most, for few examples
    steps_per_example: float = 0.08  # for many; every example is drawn nearly eight times
    whitening: float = 0.5  # disturbs less of what no request names
    learning_rate: float = 0.025
    targets: int = 96
    anchors: int = 144
    calm_weight: float = 1.0
    behind: int = 2
    firm: float = 0.5
    held: float = 0.99
    noise: float = 20.0  # on top of others it made no difference
    word_dropout: float = 0.15  # what is learned then follows in other wordings too
    worded: int | None = 2  # wordings of each anchor: more questions rather than more wordings
    sure: float = 0.02
    sure_of_chains: float = 0.1
    share: float = 0.995
    direct: int = 3  # wordings of each chain
    stepped: float = 1.0  # wordings that ask for the hops, per chain
    texts: int = 12  # pieces of ordinary text in a step
    most_texts: int = 768  # of which they are drawn

    def __post_init__(self) -> None:
        FitConfig.__post_init__(self)
        positive(self, "direct", whole=True)
        not_negative(self, "texts", "most_texts", whole=True)
        not_negative(self, "stepped", "steps_per_example")


class Joint:
    """Fits everything that holds, from the base weights.

    On top of patches it reads no ordinary text: what it would sample there, and keep for the
    base, would be the patched model's.
    """

    name = "joint"

    def __init__(self, config: JointConfig | None = None) -> None:
        self._config = config or JointConfig()

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        config = self._config
        chains = sum(question.chained for question in request.targets)
        stepped = round(config.stepped * chains)
        told = target_chains(request, bench, direct=config.direct, stepped=stepped, pending=0)
        targets, anchors = pools(request, told, bench, config)
        kept = [anchors]
        beneath = bench.pending or bench.consolidated
        if config.texts and not beneath:
            found = yield from text_anchors(request, bench, most=config.most_texts)
            kept.append(AnchorPool(found, bench, batch=config.texts, firm=config.firm))
        layers = config.layers(bench.layers())
        for _ in bench.statistics.decompose(layers):
            yield 0.0
        change = TrainableChange(bench, layers, None, whitening=config.whitening)
        steps = max(config.steps, round(config.steps_per_example * len(targets)))
        figures = yield from fit(change, targets, kept, config, steps=steps)
        return bench.patch(change.changes(), self.name, request, asdict(config) | figures)
