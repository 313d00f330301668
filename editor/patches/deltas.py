"""What a patch does to one matrix or module, in (out, in) orientation and float32."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class LowRank:
    """A change ``left @ right``.

    Attributes:
        left: (d_out, r).
        right: (r, d_in).
    """

    left: Tensor
    right: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return what is stored, by part."""
        return {"left": self.left.contiguous(), "right": self.right.contiguous()}

    def add_to(self, total: Tensor) -> Tensor:
        """Return a float64 matrix, (d_out, d_in), with the change added.

        Each rank component is an elementwise product followed by a separate sum; no matrix
        product, whose order of summation is the library's affair.
        """
        left, right = self.left.to(total), self.right.to(total)
        for component in range(left.shape[1]):
            outer = torch.mul(left[:, component, None], right[component])
            total = torch.add(total, outer)
        return total

    def apply(self, keys: Tensor) -> Tensor:
        """Return what the change adds to a module's output, (..., d_out), for keys, (..., d_in)."""
        return keys @ self.right.to(keys).T @ self.left.to(keys).T


@dataclass(frozen=True, slots=True)
class Dense:
    """A change stored as it is, where its factors would be larger.

    Attributes:
        delta: (d_out, d_in).
    """

    delta: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return what is stored, by part."""
        return {"delta": self.delta.contiguous()}

    def add_to(self, total: Tensor) -> Tensor:
        """Return a float64 matrix, (d_out, d_in), with the change added."""
        return torch.add(total, self.delta.to(total))

    def apply(self, keys: Tensor) -> Tensor:
        """Return what the change adds to a module's output, (..., d_out), for keys, (..., d_in)."""
        return keys @ self.delta.to(keys).T


@dataclass(frozen=True, slots=True)
class CodebookEntries:
    """Entries of a codebook: what a module says instead where its input is close to a key.

    Attributes:
        keys: (n, d_in) inputs of the module.
        values: (n, d_out) what it says there instead.
        labels: (n, L) the answers' token ids, filled up with -1; entries of one answer are equal.
        radii: (n,) how close an input must be, at first.
    """

    keys: Tensor
    values: Tensor
    labels: Tensor
    radii: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return what is stored, by part."""
        parts = {"keys": self.keys, "values": self.values, "radii": self.radii}
        return {name: part.contiguous() for name, part in (parts | {"labels": self.labels}).items()}


MatrixDelta = LowRank | Dense
"""A change of a matrix, by the name of the parameter."""

Delta = MatrixDelta | CodebookEntries
"""A change; that of a codebook goes by the name of the module."""


def delta_of(tensors: Mapping[str, Tensor]) -> Delta:
    """Return the change that was stored as these tensors.

    Raises:
        KeyError: they are not those of a change.
    """
    if "delta" in tensors:
        return Dense(tensors["delta"])
    if "keys" in tensors:
        return CodebookEntries(*(tensors[name] for name in ("keys", "values", "labels", "radii")))
    return LowRank(tensors["left"], tensors["right"])


def product(left: Tensor, right: Tensor) -> MatrixDelta:
    """Return the change ``left @ right`` in the form that takes less room.

    Args:
        left: (d_out, r).
        right: (r, d_in).
    """
    left, right = left.detach().cpu(), right.detach().cpu()
    if left.numel() + right.numel() >= left.shape[0] * right.shape[1]:
        return Dense((left.double() @ right.double()).float())
    return LowRank(left.float().contiguous(), right.float().contiguous())


def fold(base: Tensor, deltas: Sequence[MatrixDelta], *, transposed: bool) -> Tensor:
    """Return a matrix with deltas added, in their order, the same bits on every machine.

    Everything is added elementwise in float64 and cast once at the end.

    Args:
        base: the unedited matrix as stored.
        deltas: in version order.
        transposed: whether the matrix is stored (in, out).
    """
    total = (base.T if transposed else base).double()
    for change in deltas:
        total = change.add_to(total)
    return (total.T if transposed else total).to(base.dtype).contiguous()
