"""Coordinates of a down-projection's inputs, in which the steps of a fit are even."""

from typing import NamedTuple

import torch
from torch import Tensor

FLOOR = 1e-2
"""Share of the mean eigenvalue of C to which smaller ones are raised."""


class Coordinates(NamedTuple):
    """What stands between a change's own matrix and a key: ``left @ inwards @ k``.

    Attributes:
        inwards: (d_in, d_in) float32, symmetric. A key has ``inwards @ k`` as its coordinates.
        spread: (d_in, d_in) float32, symmetric, the root of their second moment over ordinary
            keys, so that a matrix disturbs these by ``||left @ spread||^2`` in mean square.
    """

    inwards: Tensor
    spread: Tensor


def coordinates(moment: Tensor, whitening: float) -> Coordinates:
    """Return coordinates of unit power in which ordinary keys are more even, or as they are.

    Whitened keys all have the same part in every direction, and even steps reach first those that
    ordinary text hardly uses: the direction C^-1 k that ROME solves for. What is learned there
    holds for the wordings that were taught, and less for others (docs/adr/0015).

    Args:
        moment: C, (d_in, d_in), the keys' second moment.
        whitening: from 0, which leaves the keys their directions, to 1, which makes them even:
            ``inwards`` is C to the power of minus half of it, but for a factor.
    """
    values, vectors = torch.linalg.eigh(moment.double())
    mean = values.mean()
    values = (values / mean).clamp_min(FLOOR)
    inwards = (vectors * values.pow(-whitening / 2)) @ vectors.T / mean.sqrt()
    spread = (vectors * values.pow((1 - whitening) / 2)) @ vectors.T
    return Coordinates(inwards.float(), spread.float())
