"""Eigenvalues and eigenvectors of second moments."""

from typing import NamedTuple

import torch
from torch import Tensor


class Spectrum(NamedTuple):
    """The directions of keys, each with its mean energy: C = V diag(values) V^T.

    Attributes:
        values: (d_in,) float32, ascending.
        vectors: V, (d_in, d_in) float32, a column each.
    """

    values: Tensor
    vectors: Tensor


def spectrum_of(moment: Tensor) -> Spectrum:
    """Return the spectrum of C, (d_in, d_in), found in float64 on its device, on the CPU."""
    values, vectors = torch.linalg.eigh(moment.double())
    return Spectrum(values.float().cpu(), vectors.float().cpu())
