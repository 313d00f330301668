"""Text files as numbered lines, whatever is wrong with some of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from kg_data.errors import BadFile

_OTHER_ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file; a byte order mark is skipped.

    A byte that is not UTF-8 becomes a surrogate, which :func:`kg_data.sources.source.checked`
    refuses in the record that holds it. Lines end at a line feed or carriage return only.

    Raises:
        BadFile: the file is missing, cannot be read, or is in another encoding.
    """
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
        for mark, encoding in _OTHER_ENCODINGS.items():
            if start.startswith(mark):
                reason = f"it is in {encoding}; save it as UTF-8"
                raise BadFile(path, 1, reason)
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
            yield stream
    except OSError as error:
        raise BadFile(path, None, error.strerror or str(error)) from error


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
