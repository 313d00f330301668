"""Patches: reversible changes of weights, and the weights they give."""

import hashlib
import json
import operator
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from editor.errors import BadPatch
from editor.layout import Layout, down_weights
from editor.request import EditRequest
from kg_data.questions import Kind, Question


@dataclass(frozen=True, slots=True)
class LowRank:
    """A change ``left @ right`` of one matrix, in (out, in) orientation, float32.

    Attributes:
        left: (d_out, r).
        right: (r, d_in).
    """

    left: Tensor
    right: Tensor


@dataclass(frozen=True)
class LowRankPatch:
    """What one edit changes.

    Attributes:
        changes: by the name of the changed parameter.
        method: the method that solved it.
        request: what it was solved for.
        base_hash: hash of the base model it belongs to.
        metadata: settings and figures of the solve; part of the identity.
    """

    changes: Mapping[str, LowRank]
    method: str
    request: EditRequest
    base_hash: str
    metadata: Mapping[str, object]

    def tensor_bytes(self) -> bytes:
        """Return the tensors as safetensors."""
        tensors = {}
        for name, change in sorted(self.changes.items()):
            tensors[f"{name}.left"] = change.left.contiguous()
            tensors[f"{name}.right"] = change.right.contiguous()
        return save(tensors)

    def description(self) -> str:
        """Return everything else as canonical JSON, with the digest of the tensors."""
        return json.dumps(
            {
                "base_hash": self.base_hash,
                "metadata": dict(self.metadata),
                "method": self.method,
                "request": _request_to_json(self.request),
                "tensors": hashlib.sha256(self.tensor_bytes()).hexdigest(),
            },
            sort_keys=True,
            ensure_ascii=False,
        )

    @property
    def sha256(self) -> str:
        """Return the hash of the content."""
        return hashlib.sha256(self.description().encode()).hexdigest()


def _request_to_json(request: EditRequest) -> dict[str, object]:
    return {
        "targets": [asdict(question) for question in request.targets],
        "keep": [asdict(question) for question in request.keep],
    }


def _question_from_json(entry: Mapping[str, object]) -> Question:
    return Question(
        subject=str(entry["subject"]),
        path=tuple(entry["path"]),  # type: ignore[arg-type]
        answers=tuple(entry["answers"]),  # type: ignore[arg-type]
        kind=Kind(str(entry["kind"])),
        via=tuple(entry["via"]),  # type: ignore[arg-type]
        called=str(entry["called"]),
    )


class PatchStore:
    """A folder of patches, each two files named by its hash: tensors and description."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __contains__(self, sha256: str) -> bool:
        return (self._folder / f"{sha256}.json").exists()

    def save(self, patch: LowRankPatch) -> str:
        """Write a patch durably and return its hash; the description comes last."""
        sha256 = patch.sha256
        self._write(f"{sha256}.safetensors", patch.tensor_bytes())
        self._write(f"{sha256}.json", patch.description().encode())
        return sha256

    def load(self, sha256: str) -> LowRankPatch:
        """Read a patch and check its hash.

        Raises:
            BadPatch: it is missing or damaged.
        """
        try:
            description = (self._folder / f"{sha256}.json").read_bytes()
            raw = (self._folder / f"{sha256}.safetensors").read_bytes()
        except OSError as error:
            raise BadPatch(sha256, f"its file cannot be read ({error.strerror})") from error
        if hashlib.sha256(description).hexdigest() != sha256:
            raise BadPatch(sha256, "its description was changed")
        entry = json.loads(description)
        if hashlib.sha256(raw).hexdigest() != entry["tensors"]:
            raise BadPatch(sha256, "its tensors were changed")
        return LowRankPatch(
            changes=_changes(sha256, raw),
            method=entry["method"],
            request=EditRequest(
                tuple(map(_question_from_json, entry["request"]["targets"])),
                tuple(map(_question_from_json, entry["request"]["keep"])),
            ),
            base_hash=entry["base_hash"],
            metadata=entry["metadata"],
        )

    def _write(self, name: str, content: bytes) -> None:
        partial = self._folder / f"{name}.{os.getpid()}.{secrets.token_hex(4)}.partial"
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._folder / name)
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _changes(sha256: str, raw: bytes) -> dict[str, LowRank]:
    try:
        tensors = load(raw)
    except SafetensorError as error:
        raise BadPatch(sha256, str(error)) from error
    names = sorted({name.rpartition(".")[0] for name in tensors})
    return {name: LowRank(tensors[f"{name}.left"], tensors[f"{name}.right"]) for name in names}


def fold(base: Tensor, changes: Sequence[LowRank], *, transposed: bool) -> Tensor:
    """Return a matrix with changes added, in their order, the same bits on every machine.

    Each rank component is an elementwise float64 product followed by a separate sum; no
    matrix product, whose order of summation is the library's affair. Cast once at the end.

    Args:
        base: the unedited matrix as stored.
        changes: in version order.
        transposed: whether the matrix is stored (in, out).
    """
    total = base.double()
    for change in changes:
        left, right = change.left.to(total), change.right.to(total)
        for component in range(left.shape[1]):
            column, row = left[:, component], right[component]
            outer = (
                torch.mul(row[:, None], column) if transposed else torch.mul(column[:, None], row)
            )
            total = torch.add(total, outer)
    return total.to(base.dtype)


class PatchedWeights:
    """A model's editable matrices as base plus an ordered list of patches.

    Nothing is ever subtracted: every change of the list folds the touched matrices anew from
    the base, of which one copy is kept per touched matrix.
    """

    def __init__(self, model: nn.Module, layout: Layout) -> None:
        self._model, self._layout = model, layout
        self._base: dict[str, Tensor] = {}
        self._live: tuple[LowRankPatch, ...] = ()
        self.base_hash = _digest(model.named_parameters())

    @property
    def live(self) -> tuple[LowRankPatch, ...]:
        """Return the patches in use, in order."""
        return self._live

    def use(self, patches: Sequence[LowRankPatch]) -> None:
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
    def trial(self, patches: Sequence[LowRankPatch]) -> Iterator[None]:
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
