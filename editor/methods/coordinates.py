"""Coordinates of a down-projection's inputs, in which the steps of a fit are even."""

from typing import NamedTuple

from torch import Tensor

from editor.spectrum import Spectrum

FLOOR = 1e-2
"""Share of the mean eigenvalue of C to which smaller ones are raised."""


class Coordinates(NamedTuple):
    """What stands between a change's own matrix and a key: ``left @ inwards @ k``.

    Attributes:
        inwards: (d_in, d_in) float32. A key has ``inwards @ k`` as its coordinates, along the
            eigenvectors of C.
        spread: (d_in,) float32, the root mean square of each coordinate over ordinary keys, so
            that a matrix disturbs these by ``||left * spread||^2`` in mean square.
    """

    inwards: Tensor
    spread: Tensor


def coordinates(spectrum: Spectrum, whitening: float) -> Coordinates:
    """Return coordinates of unit power in which ordinary keys are more even, or as they are.

    Whitened keys all have the same part in every direction, and even steps reach first those that
    ordinary text hardly uses: the direction C^-1 k that ROME solves for. Less of it suits many
    facts at once (docs/adr/0015).

    Args:
        spectrum: of C, the keys' second moment.
        whitening: from 0, which leaves the keys as they are but for a factor, to 1, which makes
            them even: keys are divided by the root of their eigenvalues to this power.
    """
    mean = spectrum.values.mean()
    values = (spectrum.values / mean).clamp_min(FLOOR)
    inwards = (spectrum.vectors * values.pow(-whitening / 2)).T / mean.sqrt()
    return Coordinates(inwards, values.pow((1 - whitening) / 2))
