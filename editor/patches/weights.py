"""A model's weights as a function of its base and an ordered list of patches."""

import hashlib
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from editor.errors import BadPatch, NotOnlyWeights
from editor.model.layout import Layout, down_weights
from editor.patches.codebook import Codebook, Hook
from editor.patches.deltas import CodebookEntries, MatrixDelta, fold
from editor.patches.patch import Patch


@dataclass(frozen=True, slots=True)
class FoldedPatches:
    """A list of patches with what they make of the base, ready to be put on.

    Attributes:
        patches: in version order.
        matrices: changed ones, by parameter.
        codebooks: by module.
        hooks: what answers with each codebook, by module, on the model's device.
    """

    patches: tuple[Patch, ...] = ()
    matrices: Mapping[str, Tensor] = field(default_factory=dict)
    codebooks: Mapping[str, Codebook] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)


class PatchedWeights:
    """A model's editable matrices as base plus an ordered list of patches.

    Nothing is ever subtracted: the matrices that a list touches are folded anew from the base,
    and what the parameters hold is exchanged as a whole. Beside the base there is one matrix for
    each that the live list touches, and no other. All that takes memory is made before anything
    is exchanged, so a list is put on whole or not at all.
    """

    def __init__(self, model: nn.Module, layout: Layout) -> None:
        self._model, self._layout = model, layout
        self._base: dict[str, Tensor] = {}
        self._live = FoldedPatches()
        self._books: dict[str, Codebook] = {}  # last made; the next are mostly longer
        self._handles: list[RemovableHandle] = []
        self.base_hash = _digest(model.named_parameters())

    @property
    def live(self) -> tuple[Patch, ...]:
        """Return the patches in use, in order."""
        return self._live.patches

    def fold(self, patches: Sequence[Patch]) -> FoldedPatches:
        """Return what a list makes of the base; nothing is in use yet.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        for patch in patches:
            if patch.base_hash != self.base_hash:
                raise BadPatch(patch.sha256, "it was made for another model")
        if len(patches) == len(self.live) and all(map(operator.is_, patches, self.live)):
            return self._live
        matrices: dict[str, list[MatrixDelta]] = {}
        codes: dict[str, list[CodebookEntries]] = {}
        for name, change in (item for patch in patches for item in patch.deltas.items()):
            if isinstance(change, CodebookEntries):
                codes.setdefault(name, []).append(change)
            else:
                matrices.setdefault(name, []).append(change)
        flipped = self._layout.transposed
        folded = {
            name: fold(self._base_of(name), deltas, transposed=flipped)
            for name, deltas in sorted(matrices.items())
        }
        known = [*self._live.codebooks.values(), *self._books.values()]
        books = {name: Codebook(entries, known) for name, entries in sorted(codes.items())}
        self._books |= books
        like = next(self._model.parameters())
        hooks = {name: book.hook(like) for name, book in books.items()}
        return FoldedPatches(tuple(patches), folded, books, hooks)

    def use(self, patches: Sequence[Patch]) -> None:
        """Make exactly this list live.

        Raises:
            BadPatch: a patch belongs to another base model.
        """
        self._apply(self.fold(patches))

    @contextmanager
    def trial(self, folded: FoldedPatches) -> Iterator[None]:
        """Wear a list inside a ``with`` block, bit for bit as :meth:`use` would, then go back."""
        before = self._live
        self._apply(folded)
        try:
            yield
        finally:
            self._apply(before)

    def _apply(self, folded: FoldedPatches) -> None:
        """Exchange what is worn; looks everything up first, and then does nothing that can fail."""
        if folded is self._live:
            return
        names = {*self._live.matrices, *folded.matrices}
        worn = [
            (self._model.get_parameter(name), folded.matrices.get(name, self._base_of(name)))
            for name in names
        ]
        hooks = [(self._model.get_submodule(name), each) for name, each in folded.hooks.items()]
        for parameter, matrix in worn:
            parameter.data = matrix
        for handle in self._handles:
            handle.remove()
        self._handles = [module.register_forward_hook(hook) for module, hook in hooks]
        self._live = folded

    def _base_of(self, name: str) -> Tensor:
        return self._base.setdefault(name, self._model.get_parameter(name).data)

    def deltas(self) -> dict[str, Tensor]:
        """Return what the live list changes, (d_out, d_in) float64 on the CPU, by parameter.

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
            name: delta.T if self._layout.transposed else delta
            for name, delta in changed.items()
            if delta.any()
        }

    def live_hash(self) -> str:
        """Return the hash of every editable matrix, and of the codebooks, as they are now."""
        books = (book.sha256 for book in self._live.codebooks.values())
        return _digest(down_weights(self._model, self._layout), books)


def _digest(parameters: Iterable[tuple[str, nn.Parameter]], books: Iterable[str] = ()) -> str:
    digest = hashlib.sha256()
    for name, parameter in parameters:
        digest.update(name.encode())
        digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    for book in books:
        digest.update(book.encode())
    return digest.hexdigest()
