"""AlphaEdit (Fang et al. 2024, arXiv 2410.02355): MEMIT within the null space of ordinary keys.

The null space is chosen by energy: the directions of least energy that together hold a share of
it. An absolute bound on eigenvalues, as published, depends on the scale of activations.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from editor.errors import BadConfig
from editor.methods.locate.multilayer import MultiLayer, MultiLayerConfig
from editor.methods.validation import positive
from editor.patches.deltas import MatrixDelta, compact_delta
from editor.statistics.moments import Spectrum
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaEditConfig(MultiLayerConfig):
    """Settings of AlphaEdit."""

    energy: float = 0.1  # share of the energy of ordinary keys that the null space may hold
    ridge: float = 0.1  # alpha, in units of the mean energy of an ordinary key in the null space

    def __post_init__(self) -> None:
        MultiLayerConfig.__post_init__(self)
        if not 0 < self.energy <= 1:
            raise BadConfig("energy", self.energy, "must be a share above 0")
        positive(self, "ridge")


class AlphaEdit(MultiLayer):
    """Rewrites the first wording of every plain target at once, within the null space."""

    name = "alphaedit"

    def __init__(self, config: AlphaEditConfig = AlphaEditConfig()) -> None:
        self.config = config
        self._energy, self._ridge = config.energy, config.ridge

    def layer_delta(
        self,
        layer: int,
        keys: Tensor,
        earlier_keys: Tensor,
        residuals: Tensor,
        workbench: Workbench,
    ) -> MatrixDelta:
        """Return the layer's change within the null space."""
        basis, energy = null_space(workbench.statistics.spectrum(layer), self._energy)
        projected = basis.T @ torch.cat([earlier_keys, keys], dim=1)  # (q, p + u), Z
        count = projected.shape[1]
        inner = self._ridge * energy * torch.eye(count).double() + projected.T @ projected
        right = torch.linalg.solve(inner, projected.T @ basis.T)  # (p + u, d_in)
        return compact_delta(residuals, right[-residuals.shape[1] :])


def null_space(spectrum: Spectrum, share: float) -> tuple[Tensor, float]:
    """Return the directions of least energy that hold at most a share of it, and their energy.

    Args:
        spectrum: of C.
        share: of the trace of C; at least one direction is returned.

    Returns:
        ``U0``, (d_in, q), float64, orthonormal columns; and the mean energy of a key in them.
    """
    energy = spectrum.values.double().clamp_min(0).cumsum(dim=0)
    count = max(1, int((energy <= share * energy[-1]).sum()))
    return spectrum.vectors[:, :count].double(), float(energy[count - 1])
