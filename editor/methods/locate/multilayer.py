"""Shared by MEMIT and AlphaEdit: target values at one layer, reached by deltas of several."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.examples import consolidated_facts, pending_targets, wordings
from editor.methods.locate.partial_forward import keys_and_streams
from editor.methods.locate.target_values import (
    MAX_ROWS,
    TargetSentence,
    ValueConfig,
    encode_sentence,
    fit_target_values,
)
from editor.model.hooks import added_output
from editor.patches.deltas import MatrixDelta
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLayerConfig(ValueConfig):
    """Settings of a method that changes several layers."""

    depth: tuple[float, float] = (0.2, 0.6)  # layers to change, as shares of the depth

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        low, high = self.depth
        if not 0 <= low < high <= 1:
            raise BadConfig("depth", self.depth, "must be two shares, the smaller first")

    def layers(self, workbench: Workbench) -> list[int]:
        """Return which layers to change.

        Where a norm follows the MLP, the changes of several layers do not add up in the residual
        stream, and only the last one is changed.
        """
        count = workbench.layer_count()
        low, high = self.depth
        found = [layer for layer in range(count) if low <= layer / count < high] or [count // 2]
        return found[-1:] if workbench.layout.normed else found


class MultiLayer(ABC):
    """Edits each plain target in the first of its taught wordings, all at once."""

    name: str
    config: MultiLayerConfig

    @abstractmethod
    def layer_delta(
        self,
        layer: int,
        keys: Tensor,
        earlier_keys: Tensor,
        residuals: Tensor,
        workbench: Workbench,
    ) -> MatrixDelta:
        """Return a layer's change that adds ``residuals`` at ``keys``, and little elsewhere.

        Args:
            layer: which.
            keys: K, (d_in, u), float64.
            earlier_keys: K_p, (d_in, p), the keys of earlier edits, at which outputs must stay.
            residuals: R, (d_out, u).
            workbench: the model and its second moments.
        """

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch.

        Layers are changed in ascending order, each measured on the model as changed so far
        (MEMIT, section 4.3).

        Raises:
            SubjectNotFound: a wording does not contain its subject.
            SingularStatistics: the second moments cannot be inverted.
        """
        config = self.config
        prefixes = workbench.statistics.prefixes(config.prefixes)
        sentences = [
            _encode_fact(fact, prefixes, workbench) for fact in plain_facts(request.targets)
        ]
        earlier_facts = plain_facts(
            [*consolidated_facts(request, workbench), *pending_targets(request, workbench)]
        )
        earlier = [_encode_fact(fact, (), workbench) for fact in earlier_facts]
        layers = config.layers(workbench)
        values = yield from fit_target_values(sentences, workbench, layers[-1], config)
        changes = values.deltas.cpu().double()  # (u, d_out), z - h
        deltas: dict[int, MatrixDelta] = {}
        start = None
        for number, layer in enumerate(layers):
            keys, stream = _mean_keys_and_streams(workbench, sentences, (layer, layers[-1]), deltas)
            earlier_keys, _ = _mean_keys_and_streams(workbench, earlier, (layer, layer), deltas)
            start = stream if start is None else start
            residuals = (changes - (stream - start)) / (len(layers) - number)
            deltas[layer] = self.layer_delta(layer, keys.T, earlier_keys.T, residuals.T, workbench)
            yield 1.0
        figures = {"loss": round(float(values.losses.mean()), 4), "sentences": len(sentences)}
        named = {workbench.layout.down_weight(layer): delta for layer, delta in deltas.items()}
        return workbench.patch(named, self.name, request, asdict(config) | figures)


def _mean_keys_and_streams(
    workbench: Workbench,
    sentences: Sequence[TargetSentence],
    layers: tuple[int, int],
    deltas: Mapping[int, MatrixDelta],
) -> tuple[Tensor, Tensor]:
    """Return the keys and residual streams of u sentences under deltas, in float64 on the CPU.

    The keys, (u, d_in), are those of the first of two layers, averaged over the contexts; the
    streams, (u, d), are outputs of the second in the prompts without prefix.
    """
    keys = [torch.zeros(0, workbench.statistics.second_moment(layers[0]).shape[0])]
    streams = [torch.zeros(0, workbench.width())]
    size = max(1, MAX_ROWS // len(sentences[0].target_rows)) if sentences else 1
    for start in range(0, len(sentences), size):
        group = sentences[start : start + size]
        contexts = len(group[0].target_rows)
        rows = [row for sentence in group for row in sentence.target_rows]
        with added_output({workbench.down(each): delta.apply for each, delta in deltas.items()}):
            key, stream = keys_and_streams(workbench, rows, *layers)
        by_sentence = key.cpu().view(len(group), contexts, -1)  # (n, P, d_in)
        keys.append(torch.einsum("p,npd->nd", context_weights(contexts), by_sentence))
        streams.append(stream.cpu()[::contexts])
    return torch.cat(keys).double(), torch.cat(streams).double()


def plain_facts(questions: Sequence[Question]) -> list[Question]:
    """Return the plain facts that are asked under their subjects' own names."""
    return [each for each in questions if not each.chained and not each.called]


def _encode_fact(fact: Question, prefixes: Sequence[str], workbench: Workbench) -> TargetSentence:
    return encode_sentence(wordings(fact, workbench)[0], prefixes, workbench)


def context_weights(count: int) -> Tensor:
    """Return the weight of each context in a mean key, (count,).

    The prompt without prefix counts half, all others together the other half, as in MEMIT's code.
    """
    if count == 1:
        return torch.ones(1)
    return torch.tensor([0.5, *[0.5 / (count - 1)] * (count - 1)])
