"""Files that survive a crash: written whole or not at all, and synced to disk."""

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from editor.errors import DiskFull

PARTIAL = ".partial"
"""End of the name of a file that is being written; before it stand process id and random text."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Numbers of the system's errors that mean that there is no room left."""


def write_durably(path: Path, content: bytes) -> None:
    """Write a file atomically, also against other writers, and sync it to disk.

    Raises:
        DiskFull: there is no room for it; no part of it is left behind.
        OSError: it cannot be written for another reason; no part of it is left behind.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL}")
    try:
        _write(partial, content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if error.errno in FULL:
            raise DiskFull(path, shutil.disk_usage(path.parent).free) from error
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def is_whole(path: Path) -> bool:
    """Tell whether a safetensors file exists and is complete, without reading all of it."""
    try:
        with safe_open(path, framework="pt"):
            return True
    except (FileNotFoundError, SafetensorError):
        return False


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """Return the tensors and metadata of a safetensors file; None if it is not whole."""
    if not is_whole(path):
        return None
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  not a dict
        return tensors, dict(stored.metadata() or {})


def write_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write a safetensors file atomically and sync it to disk."""
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    write_durably(path, save(contiguous, metadata=metadata))
