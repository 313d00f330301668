"""What MEMIT and AlphaEdit share: values at one layer, reached by deltas of several."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.examples import consolidated_facts, pending_questions, wordings
from editor.methods.locate.partial_forward import look
from editor.methods.locate.target_values import ROWS, Sentence, ValueConfig, learn, sentence
from editor.model.hooks import added_output
from editor.patches.deltas import MatrixDelta
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLayerConfig(ValueConfig):
    """What the user of a method over several layers chooses."""

    depth: tuple[float, float] = (0.2, 0.6)  # layers to change, as shares of the depth

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        low, high = self.depth
        if not 0 <= low < high <= 1:
            raise BadConfig("depth", self.depth, "must be two shares, the smaller first")

    def layers(self, workbench: Workbench) -> list[int]:
        """Return which layers to change.

        Where a norm follows the MLP, what several layers add cannot be summed: the last alone.
        """
        count = workbench.layers()
        low, high = self.depth
        found = [layer for layer in range(count) if low <= layer / count < high] or [count // 2]
        return found[-1:] if workbench.layout.normed else found


class MultiLayer(ABC):
    """Edits each plain target in the first of its taught wordings, all at once."""

    name: str
    config: MultiLayerConfig

    @abstractmethod
    def update(
        self, layer: int, keys: Tensor, earlier: Tensor, missing: Tensor, workbench: Workbench
    ) -> MatrixDelta:
        """Return a layer's change that adds ``missing`` at ``keys``, and little elsewhere.

        Args:
            layer: which.
            keys: K, (d_in, u), float64.
            earlier: K_p, (d_in, p), at which earlier edits must not move.
            missing: R, (d_out, u).
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
        told = [_sentence(each, prefixes, workbench) for each in plain(request.targets)]
        before_it = (
            *consolidated_facts(request, workbench),
            *pending_questions(request, workbench),
        )
        earlier = [_sentence(each, (), workbench) for each in plain(before_it)]
        layers = config.layers(workbench)
        values = yield from learn(told, workbench, layers[-1], config)
        wanted = values.deltas.cpu().double()  # (u, d_out), z - h
        deltas: dict[int, MatrixDelta] = {}
        start = None
        for number, layer in enumerate(layers):
            keys, stream = _look(workbench, told, (layer, layers[-1]), deltas)
            before, _ = _look(workbench, earlier, (layer, layer), deltas)
            start = stream if start is None else start
            missing = (wanted - (stream - start)) / (len(layers) - number)
            deltas[layer] = self.update(layer, keys.T, before.T, missing.T, workbench)
            yield 1.0
        figures = {"loss": round(float(values.losses.mean()), 4), "sentences": len(told)}
        named = {workbench.layout.down_weight(layer): change for layer, change in deltas.items()}
        return workbench.patch(named, self.name, request, asdict(config) | figures)


def _look(
    workbench: Workbench,
    sentences: Sequence[Sentence],
    layers: tuple[int, int],
    deltas: Mapping[int, MatrixDelta],
) -> tuple[Tensor, Tensor]:
    """Return what stands at the subjects of u sentences, under deltas, in float64 on the CPU.

    That is (u, d_in) inputs of one layer's down-projection, averaged over the contexts, and (u, d)
    the residual stream behind another layer, in the bare prompts.
    """
    keys = [torch.zeros(0, workbench.statistics.second_moment(layers[0]).shape[0])]
    streams = [torch.zeros(0, workbench.width())]
    size = max(1, ROWS // len(sentences[0].told)) if sentences else 1
    for start in range(0, len(sentences), size):
        chosen = sentences[start : start + size]
        contexts = len(chosen[0].told)
        with added_output({workbench.down(each): delta.apply for each, delta in deltas.items()}):
            key, stream = look(workbench, [row for each in chosen for row in each.told], *layers)
        by_sentence = key.cpu().view(len(chosen), contexts, -1)  # (n, P, d_in)
        keys.append(torch.einsum("p,npd->nd", context_weights(contexts), by_sentence))
        streams.append(stream.cpu()[::contexts])
    return torch.cat(keys).double(), torch.cat(streams).double()


def plain(questions: Sequence[Question]) -> list[Question]:
    """Return plain facts under their subjects' own names."""
    return [each for each in questions if not each.chained and not each.called]


def _sentence(question: Question, prefixes: Sequence[str], workbench: Workbench) -> Sentence:
    return sentence(wordings(question, workbench)[0], prefixes, workbench)


def context_weights(count: int) -> Tensor:
    """Return how much each context of a key counts, (count,).

    Half the bare prompt, half the prefixes together, as MEMIT's code has it.
    """
    if count == 1:
        return torch.ones(1)
    return torch.tensor([0.5, *[0.5 / (count - 1)] * (count - 1)])
