"""Canonical JSON and the hash chain over it."""

import hashlib
import json
from collections.abc import Mapping

FIRST = "0" * 64
"""What stands in for the hash of the event before version 0."""


def canonical(value: object) -> str:
    """Return JSON that is the same text for equal values on every machine.

    Raises:
        TypeError: a float is inside; floats have no canonical text.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def chain(previous: str, record: Mapping[str, object]) -> str:
    """Return the hash of a record that follows the one whose hash is ``previous``."""
    return digest(previous + canonical(record))


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"canonical JSON holds no floats, found {value!r}")
    if isinstance(value, Mapping):
        for entry in value.values():
            _refuse_floats(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            _refuse_floats(entry)
