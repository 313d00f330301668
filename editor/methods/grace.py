"""GRACE (Hartvigsen et al. 2023, arXiv 2211.11031): a codebook instead of new weights.

Each taught wording of each plain target, aliases included, is an entry: the input of a layer's
down-projection at the last token of the prompt, and what the module has to say there for the
answer to follow. The weights stay; nothing else is ever touched, and nothing else follows.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass, replace

import torch

from editor.changes import Codes
from editor.errors import BadConfig
from editor.methods.pool import wordings
from editor.methods.values import Sentence, ValueConfig, learn, sentence
from editor.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceConfig(ValueConfig):
    """What the user of GRACE chooses."""

    steps: int = 100  # at most; an answer that is learned stops
    kl_weight: float = 0.0  # there is no subject to protect: the place is the prompt's end
    clamp: float = 20.0
    depth: float = 0.6  # of the layer, as a share of the depth
    radius: float = 0.1  # how close an input must be, in units of an ordinary input's length

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")
        if self.radius <= 0:
            raise BadConfig("radius", self.radius, "must be positive")


class Grace:
    """Keeps every taught wording of the plain targets in a codebook."""

    name = "grace"

    def __init__(self, config: GraceConfig = GraceConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, bench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        layer = int(self._config.depth * bench.layers())
        prompts = [
            prompt
            for target in request.targets
            if not target.via
            for prompt in wordings(target, bench)
        ]
        told = [_at_the_end(sentence(prompt, (), bench)) for prompt in prompts]
        values = yield from learn(told, bench, layer, self._config)
        length = bench.statistics.second_moment(layer).trace().sqrt()
        codes = Codes(
            keys=values.keys.cpu(),
            values=values.targets.cpu(),
            labels=_labels(told),
            radius=(self._config.radius * length).cpu(),
        )
        figures = {
            "entries": len(told),
            "layer": layer,
            "loss": round(float(values.losses.mean()), 4),
        }
        module = bench.layout.down.format(layer)
        return bench.patch({module: codes}, self.name, request, asdict(self._config) | figures)


def _at_the_end(told: Sentence) -> Sentence:
    """Return a sentence that is looked at where its prompt ends."""
    (row,) = told.told
    return Sentence((replace(row, place=row.asked[0]),), told.wanted, about=None)


def _labels(told: list[Sentence]) -> torch.Tensor:
    longest = max(len(each.wanted) for each in told)
    return torch.tensor([[*each.wanted, *[-1] * (longest - len(each.wanted))] for each in told])
