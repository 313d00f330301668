"""A codebook beside a module: GRACE (Hartvigsen et al. 2023, arXiv 2211.11031)."""

import hashlib
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from editor.patches.deltas import CodebookEntries

Hook: TypeAlias = Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]
"""A forward hook that replaces outputs: of the module, its arguments and its output."""

SAME_KEY = 1e-3
"""Distance between two keys, relative to their norm, at which they count as one."""


class Codebook:
    """The outputs that replace a module's own wherever its input is close to a key.

    It depends on the ordered entries alone: entries are removed by replaying the others. Every
    position of a text is compared, so that neither padding nor a cache of keys and values matters;
    the input at an edited prompt's end is the same wherever the prompt occurs.

    Args:
        entries: of all patches, in version order.
        known: codebooks built before; the one that covers most of the first entries is extended,
            which saves time and gives the same result.
    """

    def __init__(
        self, entries: Sequence[CodebookEntries], known: Iterable["Codebook"] = ()
    ) -> None:
        self._entries = tuple(entries)
        prefixes = (codebook for codebook in known if codebook.is_prefix_of(entries))
        start = max(prefixes, key=len, default=None)
        if start is None:
            first = entries[0]
            self.keys, self.values = first.keys[:0], first.values[:0]
            self._answer_numbers: dict[tuple[int, ...], int] = {}
            self._labels = torch.zeros(0, dtype=torch.long)
            self._radii = torch.zeros(0, dtype=torch.double)
        else:
            self.keys, self.values = start.keys, start.values
            self._answer_numbers = dict(start._answer_numbers)
            self._labels, self._radii = start._labels, start._radii
        for new in self._entries[len(start._entries) if start else 0 :]:
            self._add(new)

    def __len__(self) -> int:
        return len(self.keys)

    def is_prefix_of(self, entries: Sequence[CodebookEntries]) -> bool:
        """Tell whether a list begins with the very entries of this codebook."""
        own = self._entries
        return len(own) <= len(entries) and all(map(operator.is_, own, entries))

    @property
    def radii(self) -> Tensor:
        """Return the distance from its key within which each entry applies, (n,)."""
        return self._radii.float()

    @property
    def sha256(self) -> str:
        """Return a hash of the keys, values and radii."""
        digest = hashlib.sha256()
        for part in (self.keys, self.values, self.radii):
            digest.update(part.float().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def hook(self, like: Tensor) -> Hook:
        """Return the forward hook for the module; ``like`` has its device and dtype."""
        keys, values = self.keys.T.to(like.device), self.values.to(like)  # (d_in, n), (n, d_out)
        offsets = (self.keys.square().sum(1) - self.radii.square()).to(like.device)

        def replace_output(_: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> Tensor:
            inputs = arguments[0].float().flatten(0, -2)  # (N, d_in)
            excess = torch.addmm(offsets, inputs, keys, alpha=-2)  # ||x - k||^2 - r^2 - ||x||^2
            least, nearest = excess.min(dim=-1)
            close = least <= -torch.linalg.vecdot(inputs, inputs)
            if close.device.type == "cpu" and not close.any():
                return output  # on a GPU this check would wait for the device
            replaced = torch.where(close[:, None], values[nearest], output.flatten(0, -2))
            return replaced.view_as(output)

        return replace_output

    def _add(self, new: CodebookEntries) -> None:
        """Add entries one after the other."""
        keys = torch.cat([self.keys, new.keys])
        table = _EntryTable(
            added=torch.arange(len(keys)) < len(self),
            keys=keys,
            values=torch.cat([self.values, new.values]),
            labels=torch.cat([self._labels, torch.tensor(self._numbered(new.labels))]),
            radii=torch.cat([self._radii, new.radii.double()]),
            new_distances=_distances(new.keys, keys),
        )
        for entry in range(len(self), len(keys)):
            table.add(entry)
        self.keys, self.values = table.keys[table.added], table.values[table.added]
        self._labels, self._radii = table.labels[table.added], table.radii[table.added]

    def _numbered(self, labels: Tensor) -> list[int]:
        """Return a number for each answer; answers are equal if all their tokens are."""
        answers = (tuple(token for token in row if token >= 0) for row in labels.tolist())
        numbers = self._answer_numbers
        return [numbers.setdefault(answer, len(numbers)) for answer in answers]


@dataclass(frozen=True, slots=True)
class _EntryTable:
    """The entries of a codebook while new ones are added; its tensors are changed in place.

    Attributes:
        added: (n,) True at entries that are added already.
        keys: (n, d_in).
        values: (n, d_out).
        labels: (n,) number of each entry's answer.
        radii: (n,) float64.
        new_distances: (m, n) distances of the last m keys, the new ones, from all; float64.
    """

    added: Tensor
    keys: Tensor
    values: Tensor
    labels: Tensor
    radii: Tensor
    new_distances: Tensor

    def add(self, new: int) -> None:
        """Add an entry, and widen the nearest one to its key if it has the same answer.

        Source: GRACE, algorithm 1, with three repairs: answers are compared as token sequences;
        an entry whose key is there already takes the new answer; and an entry stays beside the
        one that was widened to it, so that its own prompt gets the value learned for it.
        """
        distances = self._distances_from(new)
        nearest = int(distances.where(self.added, torch.inf).argmin())  # the first of equal ones
        if self.added[nearest]:
            if distances[nearest] <= SAME_KEY * self.keys[new].norm():
                self.values[nearest], self.labels[nearest] = self.values[new], self.labels[new]
                self._split(nearest)
                return
            radius = self.radii[nearest]
            overlaps = radius < distances[nearest] <= radius + self.radii[new]
            if overlaps and self.labels[nearest] == self.labels[new]:
                self.radii[nearest] = distances[nearest]
                self._split(nearest)
        self.added[new] = True
        self._split(new)

    def _split(self, entry: int) -> None:
        """Shrink an entry and those of other answers until no two of them overlap."""
        distances = self._distances_from(entry)
        overlapping = self.added & (distances < self.radii + self.radii[entry])
        for other in (overlapping & (self.labels != self.labels[entry])).nonzero().flatten():
            if distances[other] < self.radii[other] + self.radii[entry]:  # it may have shrunk
                half = distances[other] / 2
                self.radii[other] = torch.minimum(self.radii[other], half)
                self.radii[entry] = torch.minimum(self.radii[entry], half)

    def _distances_from(self, entry: int) -> Tensor:
        """Return the distances of all keys from one of them, (n,)."""
        first_new = len(self.keys) - len(self.new_distances)
        if entry < first_new:
            return _distances(self.keys[entry, None], self.keys)[0]
        return self.new_distances[entry - first_new]


def _distances(some: Tensor, keys: Tensor) -> Tensor:
    """Return the distances of m keys from n, (m, n), float64; exactly zero for equal keys."""
    return torch.cdist(some, keys, compute_mode="donot_use_mm_for_euclid_dist").double()
