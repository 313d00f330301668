"""The sum of many deltas of a matrix as two factors of low rank."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from editor.errors import NothingToExport, NotOnlyWeights
from editor.patches.deltas import CodebookEntries, Dense, LowRank, MatrixDelta
from editor.patches.patch import Patch

RANK_TOLERANCE = 1e-7
"""Singular values below this share of the largest count as rounding errors."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The best approximation of a matrix's whole change by a rank.

    Attributes:
        left, right: (d_out, r) and (r, d_in), float64.
        error: Frobenius norm of the rest, relative to the whole change.
    """

    left: Tensor
    right: Tensor
    error: float

    def padded(self, rank: int) -> "Factors":
        """Return the same change with factors of a higher rank, filled up with zeros."""
        more = rank - self.left.shape[1]
        pad = torch.nn.functional.pad
        return Factors(pad(self.left, (0, more)), pad(self.right, (0, 0, 0, more)), self.error)


def factors_of(patches: Sequence[Patch], rank: int | None) -> dict[str, Factors]:
    """Return the sum of patches as factors of one rank, by parameter name.

    The sum is that of the deltas before they are rounded to the weights' dtype, because the
    rounding has full rank.

    Args:
        patches: the live list.
        rank: at most; None takes the highest that is needed.

    Raises:
        NothingToExport: nothing differs from the base.
        NotOnlyWeights: a live patch is a codebook.
    """
    parts = {name: _factors(deltas, rank) for name, deltas in _by_matrix(patches).items()}
    if not parts:
        raise NothingToExport
    width = max(each.left.shape[1] for each in parts.values())
    return {name: each.padded(width) for name, each in parts.items()}


def _by_matrix(patches: Sequence[Patch]) -> dict[str, list[MatrixDelta]]:
    """Return the deltas of patches, by parameter name."""
    found: dict[str, list[MatrixDelta]] = {}
    for name, delta in (item for patch in patches for item in patch.deltas.items()):
        if isinstance(delta, CodebookEntries):
            raise NotOnlyWeights
        found.setdefault(name, []).append(delta)
    return found


def _factors(deltas: Sequence[MatrixDelta], max_rank: int | None) -> Factors:
    left, values, right = _svd_of_sum(deltas)
    needed = max(1, int((values > RANK_TOLERANCE * values[0]).sum()))
    rank = min(needed, max_rank or needed)
    error = float(values[rank:].norm() / values.norm().clamp_min(1e-300))
    roots = values[:rank].sqrt()
    return Factors(left[:, :rank] * roots, roots[:, None] * right[:rank], error)


def _svd_of_sum(deltas: Sequence[MatrixDelta]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the singular value decomposition of a sum of deltas, float64.

    A sum of low-rank deltas is decomposed through its factors, which is fast for wide matrices.
    """
    low_rank = [delta for delta in deltas if isinstance(delta, LowRank)]
    if len(low_rank) < len(deltas):
        shape = next(delta.delta.shape for delta in deltas if isinstance(delta, Dense))
        total = torch.zeros(shape, dtype=torch.float64)
        for delta in deltas:
            total = delta.add_to(total)
        left, values, right = torch.linalg.svd(total, full_matrices=False)
        return left, values, right
    outer, upper = torch.linalg.qr(torch.cat([delta.left for delta in low_rank], dim=1).double())
    inner, lower = torch.linalg.qr(torch.cat([delta.right for delta in low_rank]).double().T)
    left, values, right = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    return outer @ left, values, right @ inner.T
