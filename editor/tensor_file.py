"""Named tensors in a file; one that cannot be read counts as not there."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from editor import durable


def is_whole(path: Path) -> bool:
    """Tell whether a file is there and whole, without reading all of it."""
    try:
        with safe_open(path, framework="pt"):
            return True
    except (FileNotFoundError, SafetensorError):
        return False


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """Return the tensors of a file and what is noted beside them; None if it is not whole."""
    if not is_whole(path):
        return None
    with safe_open(path, framework="pt") as stored:
        tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  no dict
        return tensors, dict(stored.metadata() or {})


def write(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write a file that is there whole or not at all."""
    whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
    durable.write(path, save(whole, metadata=metadata))
