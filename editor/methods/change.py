"""A trainable low-rank change of some down-projections, in whitened coordinates."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from editor.patch import LowRank
from editor.workbench import Workbench


class TrainableChange(nn.Module):
    """Low-rank changes ``left @ free @ C^(-1/2)``, at work only while attached.

    In these coordinates ordinary keys have unit covariance, so Adam's even steps reach first the
    directions that ordinary text hardly uses: the direction C^-1 k that ROME solves for.

    Args:
        bench: the model and its second moments.
        layers: whose down-projections change.
        rank: of the change of each.
    """

    def __init__(self, bench: Workbench, layers: Sequence[int], rank: int) -> None:
        super().__init__()
        self._model, self._layout, self._layers = bench.model, bench.layout, layers
        self._left, self._free = nn.ParameterList(), nn.ParameterList()
        self._whiteners: list[Tensor] = []
        self._powers: list[float] = []
        for layer in layers:
            moment = bench.statistics.second_moment(layer)
            weight = self._weight(layer)  # (d_out, d_in)
            start = torch.randn(rank, weight.shape[1], generator=bench.generator)
            self._free.append(nn.Parameter((start / weight.shape[1] ** 0.5).to(weight.device)))
            self._left.append(
                nn.Parameter(torch.zeros(weight.shape[0], rank, device=weight.device))
            )
            self._whiteners.append(whitener(moment).to(weight.device))
            power = (weight.float() @ moment.to(weight.device) * weight.float()).sum()
            self._powers.append(float(power))  # E ||W k||^2 over ordinary keys

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Add the change to the layers' outputs inside a ``with`` block."""
        handles = [
            self._model.get_submodule(self._layout.down.format(layer)).register_forward_hook(
                lambda _, arguments, output, change=change: (
                    output
                    + (arguments[0].float() @ change.right.T @ change.left.T).to(output.dtype)
                )
            )
            for layer, change in zip(self._layers, self._changes(), strict=True)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def disturbance(self) -> Tensor:
        """Return E ||change k||^2 over ordinary keys, relative to E ||W k||^2, summed, ()."""
        shares = [
            (left @ free).square().sum() / power
            for left, free, power in zip(self._left, self._free, self._powers, strict=True)
        ]
        return torch.stack(shares).sum()

    def low_rank(self) -> dict[str, LowRank]:
        """Return the change by parameter name, on the CPU."""
        return {
            self._layout.down_weight(layer): LowRank(
                change.left.detach().cpu().contiguous(), change.right.detach().cpu().contiguous()
            )
            for layer, change in zip(self._layers, self._changes(), strict=True)
        }

    def _changes(self) -> list[LowRank]:
        return [
            LowRank(left, free @ white)
            for left, free, white in zip(self._left, self._free, self._whiteners, strict=True)
        ]

    def _weight(self, layer: int) -> Tensor:
        weight = self._model.get_parameter(self._layout.down_weight(layer)).detach()
        return weight.T if self._layout.transposed else weight


def whitener(moment: Tensor, *, floor: float = 1e-2) -> Tensor:
    """Return C^(-1/2), (d_in, d_in), eigenvalues below ``floor`` times their mean raised to it."""
    values, vectors = torch.linalg.eigh(moment.double())
    values = values.clamp_min(floor * values.mean())
    white: Tensor = (vectors * values.rsqrt()) @ vectors.T
    return white.float()
