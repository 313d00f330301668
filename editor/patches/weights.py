"""A model's weights as its base weights plus an ordered list of patches."""

import hashlib
import operator
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from editor.errors import BadPatch, NotOnlyWeights
from editor.model.layout import Layout, down_weights
from editor.patches.codebook import Codebook, Hook
from editor.patches.deltas import CodebookEntries, MatrixDelta, fold
from editor.patches.patch import Patch

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class FoldedPatches:
    """A list of patches and the weights they give, ready to be applied.

    Attributes:
        patches: in version order.
        matrices: the changed matrices, by parameter name.
        codebooks: by module name.
        hooks: the forward hook of each codebook, by module name, on the model's device.
    """

    patches: tuple[Patch, ...] = ()
    matrices: Mapping[str, Tensor] = field(default_factory=dict)
    codebooks: Mapping[str, Codebook] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)


class PatchedWeights:
    """A model's editable matrices: base weights plus an ordered list of patches.

    Nothing is ever subtracted: changed matrices are computed anew from the base, and parameters
    are switched to them as a whole. Beside the base, only the matrices that the live list changes
    are kept. All memory is allocated before the switch, so that a list is applied completely or
    not at all.
    """

    def __init__(self, model: nn.Module, layout: Layout) -> None:
        self._model, self.layout = model, layout
        self._base: dict[str, Tensor] = {}
        self._live = FoldedPatches()
        self._codebooks: dict[str, Codebook] = {}  # the last ones; the next mostly extend them
        self._handles: list[RemovableHandle] = []
        self.base_hash = _digest(model.named_parameters())

    @property
    def live(self) -> tuple[Patch, ...]:
        """Return the live patches, in order."""
        return self._live.patches

    def fold(self, patches: Sequence[Patch]) -> FoldedPatches:
        """Return the weights that a list gives, without applying it.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        for patch in patches:
            if patch.base_hash != self.base_hash:
                raise BadPatch(patch.sha256, "it was made for another model")
        if len(patches) == len(self.live) and all(map(operator.is_, patches, self.live)):
            return self._live
        matrices: dict[str, list[MatrixDelta]] = {}
        entries: dict[str, list[CodebookEntries]] = {}
        for name, delta in (item for patch in patches for item in patch.deltas.items()):
            if isinstance(delta, CodebookEntries):
                entries.setdefault(name, []).append(delta)
            else:
                matrices.setdefault(name, []).append(delta)
        transposed = self.layout.transposed
        folded = {
            name: fold(self._base_of(name), deltas, transposed=transposed)
            for name, deltas in sorted(matrices.items())
        }
        known = [*self._live.codebooks.values(), *self._codebooks.values()]
        codebooks = {name: Codebook(each, known) for name, each in sorted(entries.items())}
        self._codebooks |= codebooks
        like = next(self._model.parameters())
        hooks = {name: codebook.hook(like) for name, codebook in codebooks.items()}
        return FoldedPatches(tuple(patches), folded, codebooks, hooks)

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list live.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        self._apply(self.fold(patches))

    @contextmanager
    def trial(self, folded: FoldedPatches) -> Iterator[None]:
        """Apply a list inside a ``with`` block, bit for bit like :meth:`use`, then restore."""
        before = self._live
        self._apply(folded)
        try:
            yield
        finally:
            self._apply(before)

    def trial_of(self, patches: Sequence[Patch]) -> Callable[[], AbstractContextManager[None]]:
        """Return what applies a list inside a ``with`` block, folded when it is first needed."""
        folded = cache(partial(self.fold, patches))
        return lambda: self.trial(folded())

    def trial_hash(self, patches: Sequence[Patch]) -> str:
        """Return the hash that :meth:`live_hash` would return under a list."""
        with self.trial(self.fold(patches)):
            return self.live_hash()

    def applied(
        self, patches: Sequence[Patch] | None, job: Generator[float, None, Result]
    ) -> Generator[float, None, Result]:
        """Run a job with a list of patches applied during each of its steps, and only then.

        Args:
            patches: the list; None for the one that is live at the first step.
            job: yields the share of it that is done.
        """
        folded = self._live if patches is None else self.fold(patches)
        while True:
            with self.trial(folded):
                try:
                    share = next(job)
                except StopIteration as stop:
                    return cast("Result", stop.value)
            yield share

    def _apply(self, folded: FoldedPatches) -> None:
        """Make a list live; whatever can fail, such as finding the modules, comes first."""
        if folded is self._live:
            return
        names = {*self._live.matrices, *folded.matrices}
        parameters = [
            (self._model.get_parameter(name), folded.matrices.get(name, self._base_of(name)))
            for name in names
        ]
        hooks = [(self._model.get_submodule(name), hook) for name, hook in folded.hooks.items()]
        for parameter, matrix in parameters:
            parameter.data = matrix
        for handle in self._handles:
            handle.remove()
        self._handles = [module.register_forward_hook(hook) for module, hook in hooks]
        self._live = folded

    def _base_of(self, name: str) -> Tensor:
        return self._base.setdefault(name, self._model.get_parameter(name).data)

    def deltas(self) -> dict[str, Tensor]:
        """Return the differences from the base, (d_out, d_in) float64 on the CPU, by parameter.

        Raises:
            NotOnlyWeights: a live patch is a codebook.
        """
        if self._live.codebooks:
            raise NotOnlyWeights
        changed = {
            name: matrix.cpu().double() - self._base_of(name).cpu().double()
            for name, matrix in self._live.matrices.items()
        }
        return {
            name: delta.T if self.layout.transposed else delta
            for name, delta in changed.items()
            if delta.any()
        }

    def changed_by(self, deltas: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return what matrices are after a change of the base, by parameter name.

        Args:
            deltas: (d_out, d_in) float64, by parameter name.
        """
        found = {}
        for name, delta in deltas.items():
            base = self._base_of(name)
            change = delta.T if self.layout.transposed else delta
            found[name] = (base.double() + change.to(base.device)).to(base.dtype)
        return found

    def live_hash(self) -> str:
        """Return the hash of all editable matrices and codebooks as they are now."""
        codebooks = (codebook.sha256 for codebook in self._live.codebooks.values())
        return _digest(down_weights(self._model, self.layout), codebooks)


def _digest(parameters: Iterable[tuple[str, nn.Parameter]], codebooks: Iterable[str] = ()) -> str:
    digest = hashlib.sha256()
    for name, parameter in parameters:
        digest.update(name.encode())
        digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    for codebook in codebooks:
        digest.update(codebook.encode())
    return digest.hexdigest()
