"""What a patch does to one matrix, in (out, in) orientation and float32."""

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


Change = LowRank | Dense


def change_of(tensors: Mapping[str, Tensor]) -> Change:
    """Return the change that was stored as these tensors.

    Raises:
        KeyError: they are not those of a change.
    """
    if "delta" in tensors:
        return Dense(tensors["delta"])
    return LowRank(tensors["left"], tensors["right"])


def product(left: Tensor, right: Tensor) -> Change:
    """Return the change ``left @ right`` in the form that takes less room.

    Args:
        left: (d_out, r).
        right: (r, d_in).
    """
    left, right = left.detach().cpu(), right.detach().cpu()
    if left.numel() + right.numel() >= left.shape[0] * right.shape[1]:
        return Dense((left.double() @ right.double()).float())
    return LowRank(left.float().contiguous(), right.float().contiguous())


def fold(base: Tensor, changes: Sequence[Change], *, transposed: bool) -> Tensor:
    """Return a matrix with changes added, in their order, the same bits on every machine.

    Everything is added elementwise in float64 and cast once at the end.

    Args:
        base: the unedited matrix as stored.
        changes: in version order.
        transposed: whether the matrix is stored (in, out).
    """
    total = (base.T if transposed else base).double()
    for change in changes:
        total = change.add_to(total)
    return (total.T if transposed else total).to(base.dtype).contiguous()
