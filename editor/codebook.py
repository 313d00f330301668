"""A codebook beside a module: GRACE (Hartvigsen et al. 2023, arXiv 2211.11031)."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from editor.changes import Codes

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
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []
        self._labels: list[tuple[int, ...]] = []
        self._radii: list[float] = []
        for each in codes:
            for key, value, label in zip(each.keys, each.values, each.labels, strict=True):
                tokens = tuple(token for token in label.tolist() if token >= 0)
                self._add(key, value, tokens, float(each.radius))
        self.keys, self.values = torch.stack(self._keys), torch.stack(self._values)
        self.radii = torch.tensor(self._radii)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def sha256(self) -> str:
        """Return a hash of all that decides what it does."""
        digest = hashlib.sha256()
        for part in (self.keys, self.values, self.radii):
            digest.update(part.float().contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def attach(self, module: nn.Module, like: Tensor) -> "torch.utils.hooks.RemovableHandle":
        """Let a module answer with it, until the handle is removed; ``like`` names the device."""
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

        return module.register_forward_hook(answer)

    def _add(self, key: Tensor, value: Tensor, label: tuple[int, ...], radius: float) -> None:
        """Add an entry, or widen one of the same answer; entries of two answers share no input.

        Source: GRACE, algorithm 1; answers are compared as token sequences, and a key that is
        told again takes the new answer.
        """
        if self._keys:
            distances = (torch.stack(self._keys) - key).norm(dim=1)
            near = int(distances.argmin())
            distance = float(distances[near])
            if distance <= SAME * float(key.norm()):
                self._values[near], self._labels[near] = value, label
                return
            if distance <= self._radii[near] + radius:
                if self._labels[near] == label:
                    self._radii[near] = max(self._radii[near], distance)
                    return
                self._radii[near] = min(self._radii[near], distance / 2)
                radius = min(radius, distance / 2)
        self._keys.append(key)
        self._values.append(value)
        self._labels.append(label)
        self._radii.append(radius)
