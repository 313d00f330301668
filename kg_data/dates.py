"""Dates of the Gregorian calendar with day, month or year precision, as ISO 8601 writes them.

Years are astronomical: "0000" is 1 BC, and "-0043" 44 BC.
"""

import calendar
import re
from datetime import date
from typing import TypeAlias

from kg_data.calendars import iso_date

_ISO = re.compile(r"(-?\d{4,})(?:-(\d{2})(?:-(\d{2}))?)?")

_LAST_YEAR = 9999
_FIRST_CLEAR = 1000  # earlier years are written with their era

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


def is_date(text: str) -> bool:
    """Tell whether a text is a date in the one form that objects have, of whatever precision.

    >>> is_date("1879-03"), is_date("-0043"), is_date("18790314"), is_date("-43"), is_date("-0000")
    (True, True, False, False, False)
    """
    parts = parse_date(text)
    return parts is not None and parts[0] <= _LAST_YEAR and iso_date(*parts) == text


def is_year(text: str) -> bool:
    """Tell whether a text is a date that is as precise as a year."""
    return is_date(text) and len(parse_date(text) or ()) == 1


def year_of(text: str) -> str:
    """Return the year of a date as a date.

    >>> year_of("1879-03-14"), year_of("-0043-03")
    ('1879', '-0043')
    """
    return iso_date(*(parse_date(text) or ())[:1])


def refines(finer: str, vaguer: str) -> bool:
    """Tell whether a date is a part of another, less precise one.

    >>> refines("1879-03-14", "1879"), refines("1879", "1879"), refines("1880-01", "1879")
    (True, False, False)
    """
    if finer == vaguer or not (is_date(finer) and is_date(vaguer)):
        return False
    parts, known = parse_date(finer) or (), parse_date(vaguer) or ()
    return parts[: len(known)] == known


def date_words(text: str) -> str:
    """Return a date in words as far as it is known; any other text as it is.

    >>> date_words("1913-02-04"), date_words("1913-02"), date_words("1913"), date_words("-0043-03")
    ('February 4, 1913', 'February 1913', '1913', 'March 44 BC')
    """
    if not is_date(text):
        return text
    year, *rest = parse_date(text) or ()
    counted = f"{1 - year} BC" if year < 1 else f"{year} AD" if year < _FIRST_CLEAR else str(year)
    if not rest:
        return counted
    month = calendar.month_name[rest[0]]
    return f"{month} {counted}" if len(rest) == 1 else f"{month} {rest[1]}, {counted}"
