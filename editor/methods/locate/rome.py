"""ROME (Meng et al. 2022, arXiv 2202.05262), with one key everywhere as in R-ROME (2403.07175).

The covariance is measured, and the target includes its stop token. ROME edits a single sentence
and serves as a baseline.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass

from torch import Tensor

from editor.errors import BadConfig
from editor.methods.locate.target_values import ValueConfig, encode_sentence, fit_target_values
from editor.patches.deltas import MatrixDelta, compact_delta
from editor.patches.patch import Patch
from editor.request import EditRequest
from editor.workbench import Workbench
from kg_data.phrases import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class RomeConfig(ValueConfig):
    """Settings of ROME."""

    depth: float = 0.25  # of the edited layer, as a share of the depth

    def __post_init__(self) -> None:
        ValueConfig.__post_init__(self)
        if not 0 <= self.depth < 1:
            raise BadConfig("depth", self.depth, "must be a share below 1")


class Rome:
    """Rewrites one association: the first wording of the request's first target."""

    name = "rome"

    def __init__(self, config: RomeConfig = RomeConfig()) -> None:
        self._config = config

    def solve(self, request: EditRequest, workbench: Workbench) -> Generator[float, None, Patch]:
        """Yield the share done between steps, and return the patch.

        Raises:
            SubjectNotFound: the wording does not contain the subject.
            SingularStatistics: the second moments cannot be inverted.
        """
        layer = workbench.layer_at(self._config.depth)
        prompt = workbench.phrases.prompts(request.targets[0], [Split.TEACH])[0]
        prefixes = workbench.statistics.prefixes(self._config.prefixes)
        sentence = encode_sentence(prompt, prefixes, workbench)
        values = yield from fit_target_values([sentence], workbench, layer, self._config)
        key = values.keys.T  # (d_in, 1)
        delta = rank_one(
            key[:, 0],
            (values.targets - values.outputs)[0],
            workbench.statistics.solve(layer, key)[:, 0],
        )
        figures = {"loss": round(float(values.losses[0]), 4), "layer": layer}
        weight = workbench.layout.down_weight(layer)
        return workbench.patch({weight: delta}, self.name, request, asdict(self._config) | figures)


def rank_one(key: Tensor, change: Tensor, direction: Tensor) -> MatrixDelta:
    """Return the update that adds ``change`` to the output at ``key``, and least elsewhere.

    Args:
        key: k*, the input at the subject's last token, (d_in,).
        change: v* - W k*, with the same k* on both sides, (d_out,).
        direction: C^-1 k*, (d_in,), float64.

    Source: Meng et al. 2022, eq. 2; one key everywhere, as in R-ROME.
    """
    scale = direction @ key.cpu().double()  # ()  k*^T C^-1 k*
    return compact_delta(change.cpu().double()[:, None] / scale, direction[None])
