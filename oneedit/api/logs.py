"""Log lines of the server: one event is one line, as text or as JSON, with the id of its request.

What users write stands in messages of errors. Its line breaks, escape codes and other signs that
control terminals are written as escapes, so that nobody can forge a line.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

from oneedit.api.middleware import request_id

OURS = ("oneedit", "interpreter", "controller", "editor", "kg_data")
"""Loggers whose information is written; of libraries, warnings and errors are."""

_CONTROLLING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class LogForm(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"


@contextmanager
def written_logs(form: LogForm, stream: TextIO | None = None) -> Iterator[None]:
    """Write what is logged inside the block to a stream, by default standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form is LogForm.JSON else TextLines())
    levels = {name: logging.getLogger(name).level for name in OURS}
    logging.getLogger().addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


class TextLines(logging.Formatter):
    """Lines for people: time, level, logger, message, fields; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        entry = _entry(record)
        trace = str(entry.pop("trace", "")).splitlines()
        head = " ".join(str(entry.pop(name)) for name in ("time", "level", "logger", "message"))
        fields = (f"{name}={value}" for name, value in entry.items())
        line = escaped(" ".join((head, *fields)))
        return "\n".join((line, *(f"  | {escaped(each)}" for each in trace)))


class JsonLines(logging.Formatter):
    """Lines for programs: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return json.dumps(_entry(record), default=str)  # ASCII, so that nothing breaks a line


def escaped(text: str) -> str:
    r"""Return a text in which nothing controls a terminal or ends a line.

    >>> escaped("Paris\n2026 ERROR \x1b[31mred")
    'Paris\\n2026 ERROR \\x1b[31mred'
    """
    return _CONTROLLING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _entry(record: logging.LogRecord) -> dict[str, object]:
    """Return what a record says, in the order in which it is written."""
    entry: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": record.getMessage(),
    }
    name = request_id.get()
    if name:
        entry["request"] = name
    entry |= getattr(record, "fields", {})
    if record.exc_info:
        entry["trace"] = logging.Formatter().formatException(record.exc_info)
    return entry
