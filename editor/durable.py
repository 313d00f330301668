"""Files that outlast a crash."""

import os
import secrets
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, whoever else writes it; it is on the disk."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
