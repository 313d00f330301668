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
        known: books that were made before; the one that holds most of the first entries is
            gone on from, which changes nothing but the time.
    """

    def __init__(self, codes: Sequence[CodebookEntries], known: Iterable["Codebook"] = ()) -> None:
        self._codes = tuple(codes)
        begun = max((book for book in known if book.begins(codes)), key=len, default=None)
        if begun is None:
            first = codes[0]
            self.keys, self.values = first.keys[:0], first.values[:0]
            self._answers: dict[tuple[int, ...], int] = {}
            self._labels = torch.zeros(0, dtype=torch.long)
            self._reach = torch.zeros(0, dtype=torch.double)
        else:
            self.keys, self.values = begun.keys, begun.values
            self._answers = dict(begun._answers)
            self._labels, self._reach = begun._labels, begun._reach
        for new in self._codes[len(begun._codes) if begun else 0 :]:
            self._add(new)

    def __len__(self) -> int:
        return len(self.keys)

    def begins(self, codes: Sequence[CodebookEntries]) -> bool:
        """Tell whether a list begins with the entries that this book was made of."""
        own = self._codes
        return len(own) <= len(codes) and all(map(operator.is_, own, codes))

    @property
    def radii(self) -> Tensor:
        """Return how far each entry reaches, (n,)."""
        return self._reach.float()

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

    def _add(self, new: CodebookEntries) -> None:
        """Add entries one after the other."""
        keys = torch.cat([self.keys, new.keys])
        page = _Page(
            there=torch.arange(len(keys)) < len(self),
            keys=keys,
            values=torch.cat([self.values, new.values]),
            labels=torch.cat([self._labels, torch.tensor(self._numbers(new.labels))]),
            reach=torch.cat([self._reach, new.radii.double()]),
            apart=_distances(new.keys, keys),
        )
        for place in range(len(self), len(keys)):
            page.add(place)
        self.keys, self.values = page.keys[page.there], page.values[page.there]
        self._labels, self._reach = page.labels[page.there], page.reach[page.there]

    def _numbers(self, labels: Tensor) -> list[int]:
        """Return a number for each answer, which is told by its tokens."""
        answers = (tuple(t for t in row if t >= 0) for row in labels.tolist())
        return [self._answers.setdefault(answer, len(self._answers)) for answer in answers]


@dataclass(frozen=True, slots=True)
class _Page:
    """The entries of a book while some are added; it is written into.

    Attributes:
        there: (n,) which have been added.
        keys: (n, d_in).
        values: (n, d_out).
        labels: (n,) the number of each answer.
        reach: (n,) how far each reaches, float64.
        apart: (m, n) how far the last m, which are to come, are from all, float64.
    """

    there: Tensor
    keys: Tensor
    values: Tensor
    labels: Tensor
    reach: Tensor
    apart: Tensor

    def add(self, new: int) -> None:
        """Add an entry; the nearest widens to it if it has the same answer and reaches so far.

        Source: GRACE, algorithm 1, with three repairs: answers are compared as token sequences; a
        key that is told again takes the new answer; and an entry that is widened to has its own
        value all the same, so that what was told is answered as it was learned.
        """
        far = self._far_from(new)
        near = int(far.where(self.there, torch.inf).argmin())  # of equally near ones the first
        if self.there[near]:
            if far[near] <= SAME * self.keys[new].norm():
                self.values[near], self.labels[near] = self.values[new], self.labels[new]
                self._split(near)
                return
            reached = self.reach[near] < far[near] <= self.reach[near] + self.reach[new]
            if reached and self.labels[near] == self.labels[new]:
                self.reach[near] = far[near]
                self._split(near)
        self.there[new] = True
        self._split(new)

    def _split(self, place: int) -> None:
        """Shrink an entry, and all of other answers, until two answers share no input."""
        far = self._far_from(place)
        shared = self.there & (far < self.reach + self.reach[place])
        for other in (shared & (self.labels != self.labels[place])).nonzero().flatten():
            if far[other] < self.reach[other] + self.reach[place]:  # it has shrunk meanwhile
                half = far[other] / 2
                self.reach[other] = torch.minimum(self.reach[other], half)
                self.reach[place] = torch.minimum(self.reach[place], half)

    def _far_from(self, place: int) -> Tensor:
        """Return how far the keys are from one of them, (n,)."""
        first = len(self.keys) - len(self.apart)
        if place < first:
            return _distances(self.keys[place, None], self.keys)[0]
        return self.apart[place - first]


def _distances(some: Tensor, keys: Tensor) -> Tensor:
    """Return how far m keys are from n, (m, n), float64; equal ones are zero apart."""
    return torch.cdist(some, keys, compute_mode="donot_use_mm_for_euclid_dist").double()
