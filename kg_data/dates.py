"""Dates of the Gregorian calendar with day, month or year precision, as ISO 8601 writes them."""

import re
from datetime import date
from typing import TypeAlias

_ISO = re.compile(r"(-?\d{4,})(?:-(\d{2})(?:-(\d{2}))?)?")

DateParts: TypeAlias = tuple[int, ...]
"""Year, month and day, as far as they are known."""


def parse_date(text: str | None) -> DateParts | None:
    """Return the known parts of a date, or None for any other text.

    >>> parse_date("1879-03-14"), parse_date("1879"), parse_date("soon")
    ((1879, 3, 14), (1879,), None)
    """
    found = _ISO.fullmatch(text or "")
    if found is None:
        return None
    parts = tuple(int(part) for part in found.groups() if part is not None)
    try:  # the calendar repeats every 400 years; ``date`` knows the years 1 to 9999 only
        date(parts[0] % 400 + 400, *(*parts[1:], 1, 1)[:2])
    except ValueError:
        return None
    return parts


def is_before(earlier: DateParts, later: DateParts) -> bool:
    """Tell whether a date is certainly before another, in spite of what is not known of either.

    >>> is_before((1879,), (1879, 3)), is_before((1878,), (1879, 3))
    (False, True)
    """
    known = min(len(earlier), len(later))
    return earlier[:known] < later[:known]
