"""A codebook beside a module: GRACE (Hartvigsen et al. 2023, arXiv 2211.11031)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from editor.changes import Codes

Hook: TypeAlias = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]
"""A forward hook: the module, what it was given, what it said."""

SAME = 1e-3
"""Keys this close, relative to their length, are one key."""


class Codebook:
    """What a module says instead wherever its input is close to a key.

    A function of the ordered entries alone: taking entries back means to replay the others. Every
    position of a text is looked at, so that neither padding nor a cache of keys and values
    matters; a position that reads a told prompt has its key wherever it stands.

    Args:
        codes: entries, in version order.
    """

    def __init__(self, codes: Sequence[Codes]) -> None:
        keys = torch.cat([each.keys for each in codes])
        values = torch.cat([each.values for each in codes])
        labels = [tuple(t for t in row.tolist() if t >= 0) for each in codes for row in each.labels]
        radii = [radius for each in codes for radius in each.radii.tolist()]
        apart = torch.cdist(keys, keys, compute_mode="donot_use_mm_for_euclid_dist").tolist()
        lengths = keys.norm(dim=1).tolist()
        self._entries: list[_Entry] = []
        for number, (label, radius) in enumerate(zip(labels, radii, strict=True)):
            new = _Entry(number, number, label, radius, apart[number])
            self._add(new, same=SAME * lengths[number])
        self.keys = keys[[entry.key for entry in self._entries]]
        self.values = values[[entry.value for entry in self._entries]]
        self.radii = torch.tensor([entry.radius for entry in self._entries])

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def sha256(self) -> str:
        """Return a hash of all that decides what it does."""
        digest = hashlib.sha256()
        for part in (self.keys, self.values, self.radii):
            digest.update(part.float().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def hook(self, like: Tensor) -> Hook:
        """Return what a module answers with instead; ``like`` names device and type."""
        turned, values = self.keys.T.to(like.device), self.values.to(like)
        offsets = (self.keys.square().sum(1) - self.radii.square()).to(like.device)

        def answer(_: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
            inputs = arguments[0].float().flatten(0, -2)  # (N, d_in)
            beyond = torch.addmm(offsets, inputs, turned, alpha=-2)  # ||x - k||^2 - r^2 - ||x||^2
            least, which = beyond.min(dim=-1)
            close = least <= -torch.linalg.vecdot(inputs, inputs)
            if close.device.type == "cpu" and not close.any():
                return output  # elsewhere asking would take longer than answering
            said = torch.where(close[:, None], values[which], output.flatten(0, -2))
            return said.view_as(output)

        return answer

    def _add(self, new: "_Entry", *, same: float) -> None:
        """Add an entry; the nearest widens to it if it has the same answer and reaches so far.

        Source: GRACE, algorithm 1, with three repairs: answers are compared as token sequences; a
        key that is told again takes the new answer; and an entry that is widened to has its own
        value all the same, so that what was told is answered as it was learned.
        """
        near = min(self._entries, key=new.far_from, default=None)
        if near is not None and new.far_from(near) <= same:
            near.value, near.label = new.value, new.label
            self._split(near)
            return
        if near is not None and near.label == new.label:
            distance = new.far_from(near)
            if near.radius < distance <= near.radius + new.radius:
                near.radius = distance
                self._split(near)
        self._entries.append(new)
        self._split(new)

    def _split(self, entry: "_Entry") -> None:
        """Shrink an entry, and all of other answers, until two answers share no input."""
        for other in self._entries:
            distance = entry.far_from(other)
            if other.label != entry.label and distance < other.radius + entry.radius:
                other.radius = min(other.radius, distance / 2)
                entry.radius = min(entry.radius, distance / 2)


@dataclass(slots=True, eq=False)
class _Entry:
    """One entry while the book is written.

    Attributes:
        key, value: which of all keys and values are its own.
        label: the answer's tokens.
        radius: how far it reaches.
        distances: of its key from every key.
    """

    key: int
    value: int
    label: tuple[int, ...]
    radius: float
    distances: list[float]

    def far_from(self, other: "_Entry") -> float:
        """Return how far apart two keys are."""
        return self.distances[other.key]
