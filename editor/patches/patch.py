"""Patches, reversible changes of weights, and the folder that stores them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from editor.errors import BadPatch
from editor.patches.deltas import Delta, delta_from_tensors
from editor.patches.files import write_durably
from editor.request import EditRequest
from kg_data.questions import Kind, Question

FORMAT = 2
"""Version of the description. Version 1 has no number and other names of settings in ``metadata``;
such patches are read as they are and keep their hash."""


@dataclass(frozen=True)
class Patch:
    """The change that one edit makes to a base model.

    Attributes:
        deltas: by the name of the changed parameter, or module for a codebook.
        method: name of the method that solved it.
        request: the request it was solved for.
        base_hash: hash of its base model.
        metadata: settings and figures of the solve; part of the patch's identity.
        format: version of the description.
    """

    deltas: Mapping[str, Delta]
    method: str
    request: EditRequest
    base_hash: str
    metadata: Mapping[str, object]
    format: int = FORMAT

    def tensor_bytes(self) -> bytes:
        """Return the tensors as safetensors."""
        return save(
            {
                f"{name}.{part}": tensor
                for name, delta in sorted(self.deltas.items())
                for part, tensor in delta.tensors().items()
            }
        )

    def description(self) -> str:
        """Return the rest of the patch as canonical JSON, with the digest of the tensors."""
        description: dict[str, object] = {
            "base_hash": self.base_hash,
            "metadata": dict(self.metadata),
            "method": self.method,
            "request": _request_to_json(self.request),
            "tensors": hashlib.sha256(self.tensor_bytes()).hexdigest(),
        }
        if self.format > 1:
            description["format"] = self.format
        return json.dumps(description, sort_keys=True, ensure_ascii=False)

    @property
    def subjects(self) -> frozenset[str]:
        """Return the subjects of its targets."""
        return frozenset(question.subject for question in self.request.targets)

    @property
    def sha256(self) -> str:
        """Return the hash of the description, and so of all content."""
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
    """A folder with two files for each patch, named by its hash: tensors and description."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __contains__(self, sha256: str) -> bool:
        return (self._folder / f"{sha256}.json").exists()

    def save(self, patch: Patch) -> str:
        """Write a patch durably, its description last, and return its hash."""
        sha256 = patch.sha256
        write_durably(self._folder / f"{sha256}.safetensors", patch.tensor_bytes())
        write_durably(self._folder / f"{sha256}.json", patch.description().encode())
        return sha256

    def load(self, sha256: str) -> Patch:
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
        return Patch(
            deltas=_deltas(sha256, raw),
            method=entry["method"],
            request=EditRequest(
                tuple(map(_question_from_json, entry["request"]["targets"])),
                tuple(map(_question_from_json, entry["request"]["keep"])),
            ),
            base_hash=entry["base_hash"],
            metadata=entry["metadata"],
            format=entry.get("format", 1),
        )


def _deltas(sha256: str, raw: bytes) -> dict[str, Delta]:
    try:
        tensors = load(raw)
    except SafetensorError as error:
        raise BadPatch(sha256, str(error)) from error
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        owner, _, part = name.rpartition(".")
        parts.setdefault(owner, {})[part] = tensor
    try:
        return {owner: delta_from_tensors(found) for owner, found in sorted(parts.items())}
    except KeyError as error:
        raise BadPatch(sha256, f"it lacks the tensor {error}") from error
