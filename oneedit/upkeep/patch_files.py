"""The files of patches, checked and counted without torch."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from oneedit.upkeep.start import patch_files


def fault_of(folder: Path, sha256: str) -> str:
    """Return what is wrong with the files of a patch, or ""."""
    try:
        description = (folder / f"{sha256}.json").read_bytes()
        if hashlib.sha256(description).hexdigest() != sha256:
            return "its description was changed"
        tensors = json.loads(description).get("tensors")
        if tensors is not None and digest(folder / f"{sha256}.safetensors") != tensors:
            return "its tensors were changed"
    except OSError as error:
        return f"its file cannot be read ({error.strerror})"
    return ""


def files_of(home: Path, hashes: Iterable[str]) -> list[Path]:
    """Return the files of some patches that are there, sorted."""
    wanted = set(hashes)
    return [path for path in patch_files(home) if path.stem in wanted]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
