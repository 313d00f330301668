"""Deltas: changes of one matrix or module, in (out, in) orientation and float32."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LowRank:
    """The low-rank delta ``left @ right``.

    Attributes:
        left: (d_out, r).
        right: (r, d_in).
    """

    left: Tensor
    right: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors to store, by part name."""
        return {"left": self.left.contiguous(), "right": self.right.contiguous()}

    def add_to(self, total: Tensor) -> Tensor:
        """Return a float64 matrix, (d_out, d_in), with the delta added.

        Rank components are multiplied and added elementwise, one by one: the order of summation
        in a matrix product depends on the library.
        """
        left, right = self.left.to(total), self.right.to(total)
        for component in range(left.shape[1]):
            outer = torch.mul(left[:, component, None], right[component])
            total = torch.add(total, outer)
        return total

    def apply(self, keys: Tensor) -> Tensor:
        """Return what the delta adds to a module's output, (..., d_out), for keys, (..., d_in)."""
        return keys @ self.right.to(keys).T @ self.left.to(keys).T


@dataclass(frozen=True, slots=True)
class Dense:
    """A delta stored as a whole matrix, where factors would be larger.

    Attributes:
        delta: (d_out, d_in).
    """

    delta: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors to store, by part name."""
        return {"delta": self.delta.contiguous()}

    def add_to(self, total: Tensor) -> Tensor:
        """Return a float64 matrix, (d_out, d_in), with the delta added."""
        return torch.add(total, self.delta.to(total))

    def apply(self, keys: Tensor) -> Tensor:
        """Return what the delta adds to a module's output, (..., d_out), for keys, (..., d_in)."""
        return keys @ self.delta.to(keys).T


@dataclass(frozen=True, slots=True)
class CodebookEntries:
    """Codebook entries: outputs that replace a module's own where its input is close to a key.

    Attributes:
        keys: (n, d_in) inputs of the module.
        values: (n, d_out) its outputs there.
        labels: (n, L) the answers' token ids, padded with -1; equal for entries of one answer.
        radii: (n,) initial distance from the key within which an entry applies.
    """

    keys: Tensor
    values: Tensor
    labels: Tensor
    radii: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors to store, by part name."""
        parts = {"keys": self.keys, "values": self.values, "radii": self.radii}
        return {name: part.contiguous() for name, part in (parts | {"labels": self.labels}).items()}


MatrixDelta = LowRank | Dense
"""A change of a matrix; patches name its parameter."""

Delta = MatrixDelta | CodebookEntries
"""A change of a matrix, or codebook entries, for which patches name the module."""


def delta_from_tensors(tensors: Mapping[str, Tensor]) -> Delta:
    """Return the delta that was stored as these tensors.

    Raises:
        KeyError: a tensor is missing.
    """
    if "delta" in tensors:
        return Dense(tensors["delta"])
    if "keys" in tensors:
        return CodebookEntries(*(tensors[name] for name in ("keys", "values", "labels", "radii")))
    return LowRank(tensors["left"], tensors["right"])


def compact_delta(left: Tensor, right: Tensor) -> MatrixDelta:
    """Return the delta ``left @ right`` in the smaller form, low-rank or dense.

    Args:
        left: (d_out, r).
        right: (r, d_in).
    """
    left, right = left.detach().cpu(), right.detach().cpu()
    if left.numel() + right.numel() >= left.shape[0] * right.shape[1]:
        return Dense((left.double() @ right.double()).float())
    return LowRank(left.float().contiguous(), right.float().contiguous())


def fold(base: Tensor, deltas: Sequence[MatrixDelta], *, transposed: bool) -> Tensor:
    """Return a matrix with deltas added in their order, bit-identical on every machine.

    All sums are elementwise in float64, with one cast at the end.

    Args:
        base: the unedited matrix as stored.
        deltas: in version order.
        transposed: whether the matrix is stored (in, out).
    """
    total = (base.T if transposed else base).double()
    for delta in deltas:
        total = delta.add_to(total)
    return (total.T if transposed else total).to(base.dtype).contiguous()
