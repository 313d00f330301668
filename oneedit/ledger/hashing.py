"""Canonical JSON, and the hash chain over events."""

import hashlib
import json
from collections.abc import Mapping

NO_PREVIOUS_HASH = "0" * 64
"""The previous hash of version 0."""


def canonical_json(value: object) -> str:
    """Return JSON text that is identical for equal values on every machine.

    Raises:
        TypeError: the value contains a float; floats have no canonical text.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sha256_of(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def chain_hash(previous: str, record: Mapping[str, object]) -> str:
    """Return the hash of a record that follows the one whose hash is ``previous``."""
    return sha256_of(previous + canonical_json(record))


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"canonical JSON holds no floats, found {value!r}")
    if isinstance(value, Mapping):
        for entry in value.values():
            _refuse_floats(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            _refuse_floats(entry)
