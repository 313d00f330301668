"""A trainable change of down-projections, in coordinates in which the steps of a fit are even."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor

from editor.methods.bf16 import Bf16Blocks
from editor.model.hooks import added_output, replaced_weights
from editor.patches.deltas import LowRank, MatrixDelta, product
from editor.statistics.moments import Spectrum
from editor.text.encoding import Batch
from editor.workbench import Workbench

FLOOR = 1e-2
"""Share of the mean eigenvalue of C to which smaller ones are raised."""


class Coordinates(NamedTuple):
    """Coordinates of keys along the eigenvectors of C.

    Attributes:
        projection: (d_in, d_in) float32; a key k has the coordinates ``projection @ k``, so that
            a matrix ``left`` over coordinates is the change ``left @ projection``.
        scale: (d_in,) float32, the root mean square of each coordinate over ordinary keys: the
            change disturbs these by ``||left * scale||^2`` in mean square.
    """

    projection: Tensor
    scale: Tensor


def coordinates(spectrum: Spectrum, whitening: float) -> Coordinates:
    """Return coordinates of unit power, in which ordinary keys are whitened more or less.

    Whitened keys have the same power in every direction, so that even steps first move those that
    ordinary text hardly uses: the direction C^-1 k that ROME solves for. For many facts at once,
    less whitening is better (docs/adr/0015).

    Args:
        spectrum: of C, the keys' second moment.
        whitening: from 0, which scales the keys by one factor, to 1, which whitens them: keys are
            divided by the root of their eigenvalues to this power.
    """
    mean = spectrum.values.mean()
    values = (spectrum.values / mean).clamp_min(FLOOR)
    projection = (spectrum.vectors * values.pow(-whitening / 2)).T / mean.sqrt()
    return Coordinates(projection, values.pow((1 - whitening) / 2))


class TrainableDelta:
    """Changes ``left @ free @ projection`` of weights, which act only while attached.

    Args:
        workbench: the model and its second moments.
        layers: whose down-projections change.
        rank: of the change of each; with None, ``left`` is a whole matrix and there is no ``free``.
        whitening: see :func:`coordinates`.
    """

    def __init__(
        self, workbench: Workbench, layers: Sequence[int], rank: int | None, *, whitening: float
    ) -> None:
        self._bench, self._layers = workbench, layers
        self._bf16 = Bf16Blocks(workbench)
        self._generator = workbench.generator
        self._left: list[Tensor] = []
        self._free: list[Tensor] = []
        self._coordinates: list[Coordinates] = []
        self._powers: list[float] = []
        self._wholes: list[Tensor] = []
        for layer in layers:
            weight = self._weight(layer)  # (d_out, d_in)
            found = workbench.statistics.spectrum(layer)
            spectrum = Spectrum(*(each.to(weight.device) for each in found))
            d_out, d_in = weight.shape
            self._left.append(_zeros(d_out, rank or d_in, like=weight))
            if rank:
                self._free.append(_zeros(rank, d_in, like=weight))
            self._coordinates.append(coordinates(spectrum, whitening))
            reached = weight.float() @ spectrum.vectors  # (d_out, d_in)
            self._powers.append(float((reached.square() @ spectrum.values).sum()))

    def parameters(self) -> list[Tensor]:
        """Return the tensors that an optimiser moves."""
        return [*self._left, *self._free]

    def align(self, batches: Iterable[Batch], loss: Callable[[Batch], Tensor]) -> Iterator[None]:
        """Set the input directions to those along which a loss falls fastest; ``left`` stays zero.

        They span the rows of the loss's gradient for a full matrix, found by a sketch with one
        power iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4). Whole matrices need
        none. Yields between passes.

        Args:
            batches: the examples.
            loss: a batch's share of the loss.
        """
        if not self._free:
            return
        probes = [
            _zeros(left.shape[0], free.shape[1], like=left)
            for left, free in zip(self._left, self._free, strict=True)
        ]
        effects = [
            LowRank(probe, each.projection)
            for probe, each in zip(probes, self._coordinates, strict=True)
        ]
        for batch in batches:
            with self._added(effects), self._bf16():
                loss(batch).backward()  # type: ignore[no-untyped-call]
            yield
        for free, probe in zip(self._free, probes, strict=True):
            draw = torch.randn(probe.shape[0], free.shape[0], generator=self._generator)
            with torch.no_grad():
                gradient = torch.zeros_like(probe) if probe.grad is None else probe.grad
                sketch = gradient.T @ (gradient @ (gradient.T @ draw.to(gradient)))  # (d_in, rank)
                free.copy_(torch.linalg.qr(sketch).Q.T)

    @contextmanager
    def materialized(self) -> Iterator[None]:
        """Compute whole changed weights once for all passes of a ``with`` block.

        The parameters have their gradients when it ends.
        """
        if self._free:
            yield
            return
        with torch.no_grad():
            self._wholes = [
                self._weight(layer).float() + left @ each.projection
                for layer, left, each in self._each()
            ]
        for whole in self._wholes:
            whole.requires_grad_()
        yield
        for (_, left, each), whole in zip(self._each(), self._wholes, strict=True):
            if whole.grad is not None:
                gradient = whole.grad @ each.projection.T
                left.grad = gradient if left.grad is None else left.grad + gradient
        self._wholes = []

    def _each(self) -> Iterator[tuple[int, Tensor, Coordinates]]:
        return zip(self._layers, self._left, self._coordinates, strict=True)

    @contextmanager
    def attached(self, *, in_bf16: bool = False) -> Iterator[None]:
        """Apply the change inside a ``with`` block.

        Args:
            in_bf16: multiply frozen weights in bfloat16; see :class:`Bf16Blocks`.
        """
        with (
            self._replaced() if self._wholes else self._added(self._factors()),
            self._bf16() if in_bf16 else nullcontext(),
        ):
            yield

    def _replaced(self) -> AbstractContextManager[None]:
        downs = map(self._bench.down, self._layers)
        return replaced_weights(dict(zip(downs, self._wholes, strict=True)))

    def _added(self, deltas: Sequence[MatrixDelta]) -> AbstractContextManager[None]:
        downs = map(self._bench.down, self._layers)
        return added_output({down: each.apply for down, each in zip(downs, deltas, strict=True)})

    def disturbance(self) -> Tensor:
        """Return E ||change k||^2 over ordinary keys, relative to E ||W k||^2, summed, ()."""
        scales = [each.scale for each in self._coordinates]
        if self._free:
            rights = [free * scale for free, scale in zip(self._free, scales, strict=True)]
            wholes = [left @ right for left, right in zip(self._left, rights, strict=True)]
        else:
            wholes = [left * scale for left, scale in zip(self._left, scales, strict=True)]
        shares = [
            whole.square().sum() / power for whole, power in zip(wholes, self._powers, strict=True)
        ]
        return torch.stack(shares).sum()

    def deltas(self) -> dict[str, MatrixDelta]:
        """Return the change by parameter name, on the CPU, in its smaller form."""
        return {
            self._bench.layout.down_weight(layer): product(change.left, change.right)
            for layer, change in zip(self._layers, self._factors(), strict=True)
        }

    def _factors(self) -> list[LowRank]:
        rights = [each.projection for each in self._coordinates]
        if self._free:
            rights = [free @ right for free, right in zip(self._free, rights, strict=True)]
        return [LowRank(left, right) for left, right in zip(self._left, rights, strict=True)]

    def _weight(self, layer: int) -> Tensor:
        weight = self._bench.model.get_parameter(self._bench.layout.down_weight(layer)).detach()
        return weight.T if self._bench.layout.transposed else weight


def _zeros(rows: int, columns: int, *, like: Tensor) -> Tensor:
    return torch.zeros(rows, columns, device=like.device, requires_grad=True)
