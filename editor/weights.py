"""A model's weights as a function of its base and an ordered list of patches."""

import hashlib
import operator
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from editor.changes import fold
from editor.errors import BadPatch
from editor.layout import Layout, down_weights
from editor.patch import Patch


class PatchedWeights:
    """A model's editable matrices as base plus an ordered list of patches.

    Nothing is ever subtracted: every change of the list folds the touched matrices anew from
    the base, of which one copy is kept per touched matrix.
    """

    def __init__(self, model: nn.Module, layout: Layout) -> None:
        self._model, self._layout = model, layout
        self._base: dict[str, Tensor] = {}
        self._live: tuple[Patch, ...] = ()
        self.base_hash = _digest(model.named_parameters())

    @property
    def live(self) -> tuple[Patch, ...]:
        """Return the patches in use, in order."""
        return self._live

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list live.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        for patch in patches:
            if patch.base_hash != self.base_hash:
                raise BadPatch(patch.sha256, "it was made for another model")
        if len(patches) == len(self._live) and all(map(operator.is_, patches, self._live)):
            return
        touched = {name for patch in (*self._live, *patches) for name in patch.changes}
        for name in sorted(touched):
            parameter = self._model.get_parameter(name)
            base = self._base.setdefault(name, parameter.detach().clone())
            changes = [patch.changes[name] for patch in patches if name in patch.changes]
            folded = fold(base, changes, transposed=self._layout.transposed) if changes else base
            with torch.no_grad():
                parameter.copy_(folded)
        self._live = tuple(patches)

    @contextmanager
    def trial(self, patches: Sequence[Patch]) -> Iterator[None]:
        """Use a list inside a ``with`` block, bit for bit as :meth:`use` would, then go back."""
        before = self._live
        self.use(patches)
        try:
            yield
        finally:
            self.use(before)

    def live_hash(self) -> str:
        """Return the hash of every editable matrix as it is now."""
        return _digest(down_weights(self._model, self._layout))


def _digest(parameters: Iterable[tuple[str, nn.Parameter]]) -> str:
    digest = hashlib.sha256()
    for name, parameter in parameters:
        digest.update(name.encode())
        digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
