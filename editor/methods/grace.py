"""GRACE (Hartvigsen et al. 2023, arXiv 2211.11031): a codebook instead of changed weights.

Each taught wording of each plain target, aliases included, becomes a codebook entry: its key is
the input of one layer's down-projection at the last token of the prompt, its value the output that
makes the answer follow. The weights stay as they are. An entry's radius is a share of its distance
to the nearest key of a question that must keep its answer.
"""

from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.examples import wordings
from editor.methods.locate.partial_forward import EditRow, keys_and_streams
from editor.methods.locate.target_values import (
    MAX_ROWS,
    TargetSentence,
    ValueConfig,
    encode_sentence,
    fit_target_values,
)
from editor.methods.validation import positive
from editor.patches.deltas import CodebookEntries
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceConfig(ValueConfig):
    """Settings of GRACE."""

    steps: int = 100  # at most; a value whose answer is learned stops earlier
    kl_weight: float = 0.0  # no KL term: the edited token is the prompt's last, not the subject's
    clamp: float = 20.0
    depth: float = 0.6  # of the layer, as a share of the depth
    reach: float = 0.8  # radius, as a share of the distance to the nearest key to keep
    radius: float = 0.1  # radius without keys to keep, in units of a key's root mean square norm

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")
        positive(self, "reach", "radius")


class Grace:
    """Stores every taught wording of the plain targets in a codebook."""

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
        sentences = [
            _edited_at_prompt_end(encode_sentence(prompt, (), workbench)) for prompt in prompts
        ]
        values = yield from fit_target_values(sentences, workbench, layer, self._config)
        kept_keys = yield from _keys_of(request.keep, workbench, layer)
        moment = workbench.statistics.second_moment(layer)
        entries = CodebookEntries(
            keys=values.keys.cpu(),
            values=values.targets.cpu(),
            labels=_labels(sentences),
            radii=self._radii(values.keys, kept_keys, moment).cpu(),
        )
        figures = {
            "entries": len(sentences),
            "layer": layer,
            "loss": round(float(values.losses.mean()), 4),
        }
        module = workbench.layout.down.format(layer)
        metadata = asdict(self._config) | figures
        return workbench.patch({module: entries}, self.name, request, metadata)

    def _radii(self, keys: Tensor, kept_keys: Tensor, moment: Tensor) -> Tensor:
        """Return the radius of each of n entries, (n,)."""
        if not len(kept_keys):
            return (self._config.radius * moment.trace().sqrt()).expand(len(keys))
        return self._config.reach * torch.cdist(keys, kept_keys).min(dim=1).values


def _keys_of(
    questions: Sequence[Question], workbench: Workbench, layer: int
) -> Generator[float, None, Tensor]:
    """Yield between passes, and return the keys of questions in taught wordings, (m, d_in)."""
    prompts = [prompt for question in questions for prompt in wordings(question, workbench)]
    encoded = sorted((workbench.encoder.prompt_ids(prompt.text) for prompt in prompts), key=len)
    keys = list[Tensor]()
    for start in range(0, len(encoded), MAX_ROWS):
        rows = [EditRow(tuple(ids), len(ids) - 1, ()) for ids in encoded[start : start + MAX_ROWS]]
        keys.append(keys_and_streams(workbench, rows, layer, layer)[0])
        yield 1.0
    return torch.cat(keys) if keys else torch.zeros(0, 0)


def _edited_at_prompt_end(sentence: TargetSentence) -> TargetSentence:
    """Return a sentence whose edited token is the last one of its prompt."""
    (row,) = sentence.target_rows
    moved = replace(row, edit_position=row.query_positions[0])
    return TargetSentence((moved,), sentence.target_ids, kl_row=None)


def _labels(sentences: Sequence[TargetSentence]) -> Tensor:
    """Return the answers' token ids, filled up with -1, (n, L)."""
    longest = max(len(each.target_ids) for each in sentences)
    return torch.tensor(
        [[*each.target_ids, *[-1] * (longest - len(each.target_ids))] for each in sentences]
    )
