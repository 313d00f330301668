"""Text files as numbered lines, whatever is wrong with some of them."""

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from kg_data.errors import BadFile

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def open_text(path: Path, encoding: str = "") -> Iterator[TextIO]:
    """Open a text file; a byte order mark is skipped. Lines end at a line feed or carriage return.

    A byte that is not of the encoding becomes a surrogate, which
    :func:`kg_data.sources.source.checked` refuses in the record that holds it.

    Args:
        path: the file.
        encoding: its encoding; by default UTF-16 if its byte order mark says so, or else UTF-8.

    Raises:
        BadFile: the file is missing, cannot be read, or is not in its encoding.
    """
    encoding = _text_encoding(path, encoding) if encoding else _marked_encoding(path)
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as stream:
            yield stream
    except OSError as error:
        raise BadFile(path, None, error.strerror or str(error)) from error
    except UnicodeError as error:  # of an encoding whose units are more than a byte
        raise BadFile(path, None, f"it is not in {encoding}: {error}") from error


def fingerprint(path: Path) -> str:
    """Return size and time of change of a file.

    Raises:
        BadFile: there is no such file.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise BadFile(path, None, os.strerror(error.errno or 0)) from error
    return f"{found.st_size}:{found.st_mtime_ns}"


def _marked_encoding(path: Path) -> str:
    """Return the encoding that the first bytes of a file tell."""
    try:
        with path.open("rb") as raw:
            start = raw.read(2)
    except OSError as error:
        raise BadFile(path, None, error.strerror or str(error)) from error
    return "utf-16" if start in _UTF_16_MARKS else "utf-8-sig"


def _text_encoding(path: Path, name: str) -> str:
    """Return the name of an encoding of texts as Python knows it."""
    try:
        "".encode(name)
    except LookupError as error:
        reason = f"there is no encoding {name!r}; try latin-1, cp1252, utf-8 or utf-16"
        raise BadFile(path, None, reason) from error
    found = codecs.lookup(name).name
    return "utf-8-sig" if found == "utf-8" else found
