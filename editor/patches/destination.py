"""The place that an export is written to: what it may hold, and how it gets there whole."""

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from safetensors import SafetensorError, safe_open

from editor.errors import DestinationRefused
from editor.patches.exported import ExportFormat
from editor.patches.files import PARTIAL

MANIFEST = "oneedit.json"
"""File of an exported folder that says what it is; a folder with it may be written over."""

_OF_FOLDERS = {
    ExportFormat.HF: ("config.json", "model*.safetensors*", "pytorch_model*.bin*"),
    ExportFormat.LORA: ("adapter_config.json", "adapter_model.*"),
}
"""Patterns of the files that tell what a folder holds."""

_NAMES = {ExportFormat.HF: "a model", ExportFormat.LORA: "an adapter"}

GGUF_BASE_HASH = "oneedit.base_hash"
"""Key of a GGUF file that OneEdit has written."""


def base_location(name: str) -> Path | None:
    """Return where the base model lies: its folder or file; None if it was never in a file.

    Args:
        name: its path, or its name on the hub.
    """
    if not name:
        return None
    if Path(name).exists():
        return Path(name).resolve()
    cached = try_to_load_from_cache(name, "config.json") if name.count("/") <= 1 else None
    return Path(cached).parent.resolve() if isinstance(cached, str) else None


def check_destination(form: ExportFormat, path: Path, base: Path | None) -> None:
    """Check before anything is written that an export destroys nothing at its place.

    Raises:
        DestinationRefused: the place is, holds or lies in the base model, or holds something else.
        OSError: there is a file where a folder is to be, or the other way round.
    """
    target = path.resolve()
    if base is not None:
        _check_base(form, path, target, base)
    if form.is_folder and target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if not form.is_folder and target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if form.is_folder and target.exists():
        _check_folder(form, path, target)
    elif target.exists() and not _is_own_file(form, target):
        raise DestinationRefused(path, f"it is a file that is no export in the form {form}")


def _check_base(form: ExportFormat, path: Path, target: Path, base: Path) -> None:
    if base == target:
        raise DestinationRefused(path, "it is the base model, which would be lost")
    if base.is_relative_to(target):
        raise DestinationRefused(path, "it holds the base model, which could be lost")
    if not form.is_folder and target.parent.is_relative_to(base):
        raise DestinationRefused(path, "it lies in the folder of the base model")


def _check_folder(form: ExportFormat, path: Path, target: Path) -> None:
    written = _form_of(target)
    if written is not None and written != form:
        raise DestinationRefused(path, f"it holds an export in the form {written}")
    for other, patterns in _OF_FOLDERS.items():
        there = any(next(target.glob(pattern), None) for pattern in patterns)
        if there and (other is not form or written is None):
            raise DestinationRefused(path, f"it holds {_NAMES[other]} that is no such export")


def _form_of(folder: Path) -> str | None:
    """Return the form of the export that a folder holds; None if it holds none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    return None if found is None else str(found)


def _is_own_file(form: ExportFormat, path: Path) -> bool:
    """Tell whether a file is an earlier export in the same form."""
    if form is ExportFormat.GGUF_LORA:
        return _is_own_gguf(path)
    try:
        with safe_open(path, framework="pt") as stored:
            return "base_hash" in (stored.metadata() or {})
    except (SafetensorError, OSError):
        return False


def _is_own_gguf(path: Path) -> bool:
    from gguf import GGUFReader

    try:
        return GGUF_BASE_HASH in GGUFReader(path).fields
    except (ValueError, OSError, IndexError):
        return False


@contextmanager
def staged(path: Path, *, folder: bool) -> Iterator[Path]:
    """Yield a folder to write to; what it holds takes its place when the block ends well.

    The folder lies in the file system of its place. Files get the mode that the process gives to
    new files; some libraries write them so that only their owner may read them.

    Args:
        path: the place, a folder or a file.
        folder: whether it is a folder; for a file, the block writes one file of its name.

    Raises:
        DestinationRefused: a file is there already that OneEdit did not write.
        OSError: it cannot be written; nothing of it is left behind.
    """
    target = path.resolve()
    beside = target if target.is_dir() else target.parent
    beside.mkdir(parents=True, exist_ok=True)
    partial = beside / f"{target.name}.{os.getpid()}.{secrets.token_hex(4)}{PARTIAL}"
    partial.mkdir()
    try:
        yield partial
        _give_modes(partial)
        if not folder:
            (partial / target.name).replace(target)
        elif target.is_dir():
            _move_into(target, partial)
        else:
            partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _give_modes(folder: Path) -> None:
    """Give all files the mode that a new file gets, as the process's umask says."""
    probe = folder / secrets.token_hex(8)
    probe.touch()
    mode = probe.stat().st_mode & 0o777
    probe.unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(mode)


def _move_into(target: Path, partial: Path) -> None:
    """Put files into a folder, over those of an earlier export, and remove the rest of that."""
    manifest = target / MANIFEST
    earlier = _files_of(manifest)
    new = {each.name: each for each in partial.iterdir()}
    clash = sorted(name for name in new if name not in earlier and (target / name).exists())
    if clash:
        raise DestinationRefused(target, f"{clash[0]} is there already, and is of no such export")
    for name in sorted(earlier - set(new)):
        _remove(target / name)
    for name, each in sorted(new.items(), key=lambda item: item[0] == MANIFEST):
        if each.is_dir():
            _remove(target / name)
        each.replace(target / name)


def _files_of(manifest: Path) -> set[str]:
    """Return the names of what an earlier export wrote, with its manifest."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    names = content.get("files", []) if isinstance(content, dict) else []
    return {MANIFEST, *(Path(str(name)).name for name in names)}


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
