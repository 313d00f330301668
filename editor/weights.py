"""A model's weights as a function of its base and an ordered list of patches."""

import hashlib
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from editor.changes import fold
from editor.errors import BadPatch
from editor.layout import Layout, down_weights
from editor.patch import Patch


@dataclass(frozen=True, slots=True)
class Folded:
    """A list of patches with the matrices they make of the base."""

    patches: tuple[Patch, ...] = ()
    matrices: Mapping[str, Tensor] = field(default_factory=dict)


class PatchedWeights:
    """A model's editable matrices as base plus an ordered list of patches.

    Nothing is ever subtracted: the matrices that a list touches are folded anew from the base,
    and what the parameters hold is exchanged as a whole. Beside the base there is one matrix for
    each that the live list touches, and no other.
    """

    def __init__(self, model: nn.Module, layout: Layout) -> None:
        self._model, self._layout = model, layout
        self._base: dict[str, Tensor] = {}
        self._live = Folded()
        self.base_hash = _digest(model.named_parameters())

    @property
    def live(self) -> tuple[Patch, ...]:
        """Return the patches in use, in order."""
        return self._live.patches

    def fold(self, patches: Sequence[Patch]) -> Folded:
        """Return what a list makes of the base; nothing is in use yet.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        for patch in patches:
            if patch.base_hash != self.base_hash:
                raise BadPatch(patch.sha256, "it was made for another model")
        if len(patches) == len(self.live) and all(map(operator.is_, patches, self.live)):
            return self._live
        matrices = {
            name: fold(
                self._base_of(name),
                [patch.changes[name] for patch in patches if name in patch.changes],
                transposed=self._layout.transposed,
            )
            for name in sorted({name for patch in patches for name in patch.changes})
        }
        return Folded(tuple(patches), matrices)

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list live.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        self._wear(self.fold(patches))

    @contextmanager
    def trial(self, folded: Folded) -> Iterator[None]:
        """Wear a list inside a ``with`` block, bit for bit as :meth:`use` would, then go back."""
        before = self._live
        self._wear(folded)
        try:
            yield
        finally:
            self._wear(before)

    def _wear(self, folded: Folded) -> None:
        for name in {*self._live.matrices, *folded.matrices}:
            base = self._base_of(name)
            self._model.get_parameter(name).data = folded.matrices.get(name, base)
        self._live = folded

    def _base_of(self, name: str) -> Tensor:
        return self._base.setdefault(name, self._model.get_parameter(name).data)

    def deltas(self) -> dict[str, Tensor]:
        """Return what the live list changes, (d_out, d_in) float64 on the CPU, by parameter."""
        changed = {
            name: matrix.cpu().double() - self._base_of(name).cpu().double()
            for name, matrix in self._live.matrices.items()
        }
        return {
            name: delta.T if self._layout.transposed else delta
            for name, delta in changed.items()
            if delta.any()
        }

    def live_hash(self) -> str:
        """Return the hash of every editable matrix as it is now."""
        return _digest(down_weights(self._model, self._layout))


def _digest(parameters: Iterable[tuple[str, nn.Parameter]]) -> str:
    digest = hashlib.sha256()
    for name, parameter in parameters:
        digest.update(name.encode())
        digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
