"""A trainable low-rank change of some down-projections, in whitened coordinates."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor

from editor.changes import LowRank
from editor.methods.added import added, effect_of
from editor.workbench import Workbench


class TrainableChange:
    """Low-rank changes ``left @ free @ C^(-1/2)``, at work only while attached.

    In these coordinates ordinary keys have unit covariance, so that even steps reach first the
    directions that ordinary text hardly uses: the direction C^-1 k that ROME solves for.

    Args:
        bench: the model and its second moments.
        layers: whose down-projections change.
        rank: of the change of each.
    """

    def __init__(self, bench: Workbench, layers: Sequence[int], rank: int) -> None:
        self._bench, self._layers = bench, layers
        self._generator = bench.generator
        self._left: list[Tensor] = []
        self._free: list[Tensor] = []
        self._whiteners: list[Tensor] = []
        self._powers: list[float] = []
        for layer in layers:
            weight = self._weight(layer)  # (d_out, d_in)
            moment = bench.statistics.second_moment(layer).to(weight.device)
            d_out, d_in = weight.shape
            self._left.append(torch.zeros(d_out, rank, device=weight.device, requires_grad=True))
            self._free.append(torch.zeros(rank, d_in, device=weight.device, requires_grad=True))
            self._whiteners.append(whitener(moment))
            self._powers.append(float((weight.float() @ moment * weight.float()).sum()))

    def parameters(self) -> list[Tensor]:
        """Return what an optimiser moves."""
        return [*self._left, *self._free]

    def align(self, loss: Callable[[], Tensor]) -> None:
        """Let the input directions be those along which a loss falls first; outputs stay zero.

        They span the rows of the loss's gradient for a full matrix, found by a sketch with one
        power iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4).
        """
        probes = [
            torch.zeros(left.shape[0], free.shape[1], device=left.device, requires_grad=True)
            for left, free in zip(self._left, self._free, strict=True)
        ]
        maps = zip(probes, self._whiteners, strict=True)
        with self._added([LowRank(probe, white) for probe, white in maps]):
            gradients = torch.autograd.grad(loss(), probes)
        for free, gradient in zip(self._free, gradients, strict=True):
            draw = torch.randn(gradient.shape[0], free.shape[0], generator=self._generator)
            sketch = gradient.T @ (gradient @ (gradient.T @ draw.to(gradient)))  # (d_in, rank)
            with torch.no_grad():
                free.copy_(torch.linalg.qr(sketch).Q.T)

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Add the change to the layers' outputs inside a ``with`` block."""
        with self._added(self._changes()):
            yield

    def _added(self, changes: Sequence[LowRank]) -> AbstractContextManager[None]:
        effects = zip(self._layers, map(effect_of, changes), strict=True)
        return added(self._bench, dict(effects))

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
            self._bench.layout.down_weight(layer): LowRank(
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
        weight = self._bench.model.get_parameter(self._bench.layout.down_weight(layer)).detach()
        return weight.T if self._bench.layout.transposed else weight


def whitener(moment: Tensor, *, floor: float = 1e-2) -> Tensor:
    """Return C^(-1/2), (d_in, d_in), eigenvalues below ``floor`` times their mean raised to it."""
    values, vectors = torch.linalg.eigh(moment.double())
    values = values.clamp_min(floor * values.mean())
    white: Tensor = (vectors * values.rsqrt()) @ vectors.T
    return white.float()
