"""A trainable change of down-projections, in coordinates along the eigenvectors of C."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor

from editor.methods.bf16 import Bf16Blocks
from editor.model.hooks import added_output, replaced_weights
from editor.patches.deltas import LowRank, MatrixDelta, compact_delta
from editor.statistics.moments import Spectrum
from editor.text.encoding import Batch
from editor.workbench import Workbench

EIGENVALUE_FLOOR = 1e-2
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
    """Return coordinates of unit mean power, in which ordinary keys are partly whitened.

    Whitened keys have the same power in every direction, so that steps of equal size in all
    directions first change those that ordinary text hardly uses: the direction C^-1 k that ROME
    solves for. For many facts at once, less whitening is better (docs/adr/0015).

    Args:
        spectrum: of C, the keys' second moment.
        whitening: from 0, which scales the keys by one factor, to 1, which whitens them: keys are
            divided by the root of their eigenvalues to this power.
    """
    mean = spectrum.values.mean()
    values = (spectrum.values / mean).clamp_min(EIGENVALUE_FLOOR)
    projection = (spectrum.vectors * values.pow(-whitening / 2)).T / mean.sqrt()
    return Coordinates(projection, values.pow((1 - whitening) / 2))


class TrainableDelta:
    """Changes ``left @ right @ projection`` of weights, which apply only while attached.

    Args:
        workbench: the model and its second moments.
        layers: whose down-projections change.
        rank: of the change of each; None for full rank, where ``left`` is a whole matrix and there
            is no ``right``.
        whitening: see :func:`coordinates`.
    """

    def __init__(
        self, workbench: Workbench, layers: Sequence[int], rank: int | None, *, whitening: float
    ) -> None:
        self._workbench, self._layers = workbench, layers
        self._bf16 = Bf16Blocks(workbench)
        self._generator = workbench.generator
        self._left: list[Tensor] = []
        self._right: list[Tensor] = []
        self._coordinates: list[Coordinates] = []
        self._output_powers: list[float] = []
        self._changed_weights: list[Tensor] = []
        for layer in layers:
            weight = self._weight(layer)  # (d_out, d_in)
            stored = workbench.statistics.spectrum(layer)
            spectrum = Spectrum(*(each.to(weight.device) for each in stored))
            d_out, d_in = weight.shape
            self._left.append(_zeros(d_out, rank or d_in, like=weight))
            if rank:
                self._right.append(_zeros(rank, d_in, like=weight))
            self._coordinates.append(coordinates(spectrum, whitening))
            rotated = weight.float() @ spectrum.vectors  # (d_out, d_in)
            power = (rotated.square() @ spectrum.values).sum()  # ()  E ||W k||^2
            self._output_powers.append(float(power))

    def parameters(self) -> list[Tensor]:
        """Return the tensors that an optimiser moves."""
        return [*self._left, *self._right]

    def initialize_directions(
        self, batches: Iterable[Batch], loss: Callable[[Batch], Tensor]
    ) -> Iterator[None]:
        """Set the input directions to those along which a loss falls fastest; ``left`` stays zero.

        They span the rows of the loss's gradient for a full matrix, found by a sketch with one
        power iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4). A change of full rank
        needs none. Yields between passes.

        Args:
            batches: the examples.
            loss: a batch's share of the loss.
        """
        if not self._right:
            return
        probes = [
            _zeros(left.shape[0], right.shape[1], like=left)
            for left, right in zip(self._left, self._right, strict=True)
        ]
        deltas = [
            LowRank(probe, each.projection)
            for probe, each in zip(probes, self._coordinates, strict=True)
        ]
        for batch in batches:
            with self._added(deltas), self._bf16():
                loss(batch).backward()  # type: ignore[no-untyped-call]
            yield
        for right, probe in zip(self._right, probes, strict=True):
            draw = torch.randn(probe.shape[0], right.shape[0], generator=self._generator)
            with torch.no_grad():
                gradient = torch.zeros_like(probe) if probe.grad is None else probe.grad
                sketch = gradient.T @ (gradient @ (gradient.T @ draw.to(gradient)))  # (d_in, rank)
                right.copy_(torch.linalg.qr(sketch).Q.T)

    @contextmanager
    def materialized(self) -> Iterator[None]:
        """Compute the changed weights once for all passes of a ``with`` block, if of full rank.

        The gradients of the parameters are complete when the block ends.
        """
        if self._right:
            yield
            return
        with torch.no_grad():
            self._changed_weights = [
                self._weight(layer).float() + left @ each.projection
                for layer, left, each in self._full_rank()
            ]
        for weight in self._changed_weights:
            weight.requires_grad_()
        yield
        for (_, left, each), weight in zip(self._full_rank(), self._changed_weights, strict=True):
            if weight.grad is not None:
                gradient = weight.grad @ each.projection.T
                left.grad = gradient if left.grad is None else left.grad + gradient
        self._changed_weights = []

    def _full_rank(self) -> Iterator[tuple[int, Tensor, Coordinates]]:
        return zip(self._layers, self._left, self._coordinates, strict=True)

    @contextmanager
    def attached(self, *, in_bf16: bool = False) -> Iterator[None]:
        """Apply the change inside a ``with`` block.

        Args:
            in_bf16: multiply frozen weights in bfloat16; see :class:`Bf16Blocks`.
        """
        with (
            self._replaced() if self._changed_weights else self._added(self._factors()),
            self._bf16() if in_bf16 else nullcontext(),
        ):
            yield

    def _replaced(self) -> AbstractContextManager[None]:
        downs = map(self._workbench.down, self._layers)
        return replaced_weights(dict(zip(downs, self._changed_weights, strict=True)))

    def _added(self, deltas: Sequence[MatrixDelta]) -> AbstractContextManager[None]:
        downs = map(self._workbench.down, self._layers)
        return added_output({down: delta.apply for down, delta in zip(downs, deltas, strict=True)})

    def disturbance(self) -> Tensor:
        """Return E ||change k||^2 over ordinary keys, relative to E ||W k||^2, summed, ()."""
        scales = [each.scale for each in self._coordinates]
        if self._right:
            scaled = [right * scale for right, scale in zip(self._right, scales, strict=True)]
            changes = [left @ right for left, right in zip(self._left, scaled, strict=True)]
        else:
            changes = [left * scale for left, scale in zip(self._left, scales, strict=True)]
        shares = [
            change.square().sum() / power
            for change, power in zip(changes, self._output_powers, strict=True)
        ]
        return torch.stack(shares).sum()

    def deltas(self) -> dict[str, MatrixDelta]:
        """Return the change by parameter name, on the CPU, in its smaller form."""
        return {
            self._workbench.layout.down_weight(layer): compact_delta(delta.left, delta.right)
            for layer, delta in zip(self._layers, self._factors(), strict=True)
        }

    def _factors(self) -> list[LowRank]:
        """Return the change of each weight as two factors."""
        rights = [each.projection for each in self._coordinates]
        if self._right:
            rights = [
                right @ projection for right, projection in zip(self._right, rights, strict=True)
            ]
        return [LowRank(left, right) for left, right in zip(self._left, rights, strict=True)]

    def _weight(self, layer: int) -> Tensor:
        layout = self._workbench.layout
        weight = self._workbench.model.get_parameter(layout.down_weight(layer)).detach()
        return weight.T if layout.transposed else weight


def _zeros(rows: int, columns: int, *, like: Tensor) -> Tensor:
    return torch.zeros(rows, columns, device=like.device, requires_grad=True)
