"""JSON values of a file one after the other, without the rest of it in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from kg_data.errors import BadFile
from kg_data.sources.text_files import open_text

LONGEST = 16 * 1024 * 1024
"""Characters of one value at most."""

_CHUNK = 64 * 1024
_BETWEEN = " \t\r\n,"


def json_values(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the elements of a file's list, or its values if it is none, with their lines.

    Raises:
        BadFile: the file cannot be read, is not JSON, or a value is longer than ``LONGEST``.
    """
    with open_text(path) as stream:
        yield from _Values(path, stream).values()


@dataclass
class _Values:
    """Reads values off a stream."""

    path: Path
    stream: TextIO
    line: int = 1
    buffer: str = ""
    ended: bool = False
    decoder: json.JSONDecoder = field(default_factory=json.JSONDecoder)

    def values(self) -> Iterator[tuple[int, Any]]:
        self._skip()
        if self.buffer.startswith("["):
            self._take(1)
            self._skip()
        while self.buffer and not self.buffer.startswith("]"):
            line, value = self.line, self._value()
            yield line, value
            self._skip()

    def _value(self) -> Any:  # noqa: ANN401  any JSON
        while True:
            try:
                value, end = self.decoder.raw_decode(self.buffer)
            except (ValueError, RecursionError) as error:
                if self.ended or len(self.buffer) > LONGEST:
                    line = self.line + getattr(error, "lineno", 1) - 1
                    reason = f"it is not JSON: {getattr(error, 'msg', error)}"
                    raise BadFile(self.path, line, reason) from error
                self._read(max(_CHUNK, len(self.buffer)))
                continue
            if end == len(self.buffer) and not self.ended:  # a number may go on
                self._read(_CHUNK)
                continue
            self._take(end)
            return value

    def _skip(self) -> None:
        """Drop what stands between values, and read until there is something else."""
        while True:
            bare = self.buffer.lstrip(_BETWEEN)
            self._take(len(self.buffer) - len(bare))
            if self.buffer or self.ended:
                return
            self._read(_CHUNK)

    def _read(self, size: int) -> None:
        text = self.stream.read(size)
        self.ended = not text
        self.buffer += text

    def _take(self, count: int) -> None:
        self.line += self.buffer.count("\n", 0, count)
        self.buffer = self.buffer[count:]
