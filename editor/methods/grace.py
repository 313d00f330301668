"""GRACE (Hartvigsen et al. 2023, arXiv 2211.11031): a codebook instead of new weights.

Each taught wording of each plain target, aliases included, is an entry: the input of a layer's
down-projection at the last token of the prompt, and what the module has to say there for the
answer to follow. The weights stay; nothing else is ever touched, and nothing else follows. How far
an entry reaches is measured: most of the way to the nearest question that must keep its answer.
"""

from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.examples import wordings
from editor.methods.locate.partial_forward import Row, look
from editor.methods.locate.target_values import ROWS, Sentence, ValueConfig, learn, sentence
from editor.methods.validation import positive
from editor.patches.deltas import CodebookEntries
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceConfig(ValueConfig):
    """What the user of GRACE chooses."""

    steps: int = 100  # at most; an answer that is learned stops
    kl_weight: float = 0.0  # there is no subject to protect: the place is the prompt's end
    clamp: float = 20.0
    depth: float = 0.6  # of the layer, as a share of the depth
    reach: float = 0.8  # of an entry, as a share of the way to the nearest that must not change
    radius: float = 0.1  # of an entry where nothing must not change, in units of an input's length

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")
        positive(self, "reach", "radius")


class Grace:
    """Keeps every taught wording of the plain targets in a codebook."""

    name = "grace"

    def __init__(self, config: GraceConfig = GraceConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch."""
        layer = workbench.layer_at(self._config.depth)
        prompts = [
            prompt
            for target in request.targets
            if not target.chained
            for prompt in wordings(target, workbench)
        ]
        told = [_at_the_end(sentence(prompt, (), workbench)) for prompt in prompts]
        values = yield from learn(told, workbench, layer, self._config)
        kept = yield from _keys_of(request.keep, workbench, layer)
        codes = CodebookEntries(
            keys=values.keys.cpu(),
            values=values.targets.cpu(),
            labels=_labels(told),
            radii=self._radii(values.keys, kept, workbench.statistics.second_moment(layer)).cpu(),
        )
        figures = {
            "entries": len(told),
            "layer": layer,
            "loss": round(float(values.losses.mean()), 4),
        }
        module = workbench.layout.down.format(layer)
        return workbench.patch({module: codes}, self.name, request, asdict(self._config) | figures)

    def _radii(self, keys: Tensor, kept: Tensor, moment: Tensor) -> Tensor:
        """Return how far each of n entries reaches, (n,)."""
        if not len(kept):
            return (self._config.radius * moment.trace().sqrt()).expand(len(keys))
        return self._config.reach * torch.cdist(keys, kept).min(dim=1).values


def _keys_of(
    questions: Sequence[Question], workbench: Workbench, layer: int
) -> Generator[float, None, Tensor]:
    """Yield between passes, and return the keys of questions in taught wordings, (m, d_in)."""
    prompts = [prompt for question in questions for prompt in wordings(question, workbench)]
    asked = sorted((workbench.encoder.prompt_ids(prompt.text) for prompt in prompts), key=len)
    keys = list[Tensor]()
    for start in range(0, len(asked), ROWS):
        rows = [Row(tuple(ids), len(ids) - 1, ()) for ids in asked[start : start + ROWS]]
        keys.append(look(workbench, rows, layer, layer)[0])
        yield 1.0
    return torch.cat(keys) if keys else torch.zeros(0, 0)


def _at_the_end(told: Sentence) -> Sentence:
    """Return a sentence that is looked at where its prompt ends."""
    (row,) = told.told
    return Sentence((replace(row, place=row.asked[0]),), told.wanted, about=None)


def _labels(told: list[Sentence]) -> torch.Tensor:
    longest = max(len(each.wanted) for each in told)
    return torch.tensor([[*each.wanted, *[-1] * (longest - len(each.wanted))] for each in told])
