"""MEMIT (Meng et al. 2022, arXiv 2210.07229): many associations at once, over several layers.

Second moments are measured, targets include their stop token, and the keys of earlier edits are
kept. The penalty is relative to the layer: the mean of ``k^T C^-1 k`` over ordinary keys is d_in,
so that a penalty of d_in would write half of the residual at an ordinary key.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from editor.methods.locate.multilayer import MultiLayer, MultiLayerConfig
from editor.methods.validation import positive
from editor.patches.deltas import MatrixDelta, compact_delta
from editor.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class MemitConfig(MultiLayerConfig):
    """Settings of MEMIT."""

    penalty: float = 0.05  # lambda, in units of d_in

    def __post_init__(self) -> None:
        MultiLayerConfig.__post_init__(self)
        positive(self, "penalty")


class Memit(MultiLayer):
    """Rewrites the first wording of every plain target at once."""

    name = "memit"

    def __init__(self, config: MemitConfig = MemitConfig()) -> None:
        self.config = config
        self._penalty = config.penalty

    def layer_delta(
        self,
        layer: int,
        keys: Tensor,
        earlier_keys: Tensor,
        residuals: Tensor,
        workbench: Workbench,
    ) -> MatrixDelta:
        """Return the layer's least-squares change."""
        all_keys = torch.cat([earlier_keys, keys], dim=1)  # (d_in, p + u)
        whitened = workbench.statistics.solve(layer, all_keys)
        return least_squares(all_keys, whitened, residuals, self._penalty * keys.shape[0])


def least_squares(keys: Tensor, whitened: Tensor, residuals: Tensor, penalty: float) -> MatrixDelta:
    """Return ``R K^T (penalty C + K_p K_p^T + K K^T)^-1`` by Woodbury's identity.

    Args:
        keys: (d_in, p + u), K_p of earlier edits and then K.
        whitened: C^-1 times the keys.
        residuals: R, (d_out, u).
        penalty: lambda.

    Source: MEMIT, eq. 14, with the keys of earlier edits added to those to be kept.
    """
    count = residuals.shape[1]
    inner = torch.eye(keys.shape[1]).double() + keys.T @ whitened / penalty
    right = torch.linalg.solve(inner, whitened.T / penalty)[-count:]  # (u, d_in)
    return compact_delta(residuals, right)
