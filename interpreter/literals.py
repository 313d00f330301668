"""Parsers for the literal classes of the relation book: date, year and text."""

import calendar
import re

from kg_data.calendars import astronomical_year, iso_date
from kg_data.dates import is_date, is_year
from kg_data.relations import Relation

DATE_HINT = (
    'Write a date as "February 4, 1913", "4 February 1913" or "1913-02-04"; a month as '
    '"February 1913", a year as "1913" or "44 BC".'
)
YEAR_HINT = 'Write a year with four digits, such as "1636", or as "44 BC".'

_MONTHS = {
    name[:length].casefold(): number
    for number, name in enumerate(calendar.month_name)
    if name
    for length in (3, 4, len(name))
}
_YEAR = r"(?P<y>\d{4}|\d{1,5}(?= (?:AD|CE|BCE?|B\.C\.)))(?P<era> (?:AD|CE|BCE?|B\.C\.))?"
_DAYS = [
    re.compile(form + _YEAR, re.IGNORECASE)
    for form in (
        r"(?P<m>[a-z]+)\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? ",
        r"(?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? (?P<m>[a-z]+)\.?,? ",
        r"(?P<m>[a-z]+)\.?,? (?P<d>)",
    )
]
_YEARS = re.compile(r"(?:the year )?" + _YEAR, re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:^|[\s.])(?:[A-Z]|Jr|Sr|Inc|Ltd|Co|Corp|St)\.$")


def parse_date(text: str) -> str | None:
    """Return a day or month in ISO form, or None if the text is no such date that exists."""
    if is_date(text) and not is_year(text):
        return text
    for form in _DAYS:
        found = form.fullmatch(text)
        if found is not None:
            month = _MONTHS.get(found["m"].casefold(), 0)
            return _iso(found, month, *([int(found["d"])] if found["d"] else []))
    return None


def parse_year(text: str) -> str | None:
    """Return a year in ISO form, or None."""
    found = _YEARS.fullmatch(text)
    if found is None:
        return text if is_year(text) else None
    return _iso(found)


def _iso(found: re.Match[str], *rest: int) -> str | None:
    before = (found["era"] or "").strip().upper().startswith("B")
    year = astronomical_year(-int(found["y"]) if before else int(found["y"]))
    text = iso_date(year, *rest)
    return text if int(found["y"]) and is_date(text) else None


def looks_like_date(text: str) -> bool:
    """Tell whether a text is a date or a year, and so not a name."""
    return parse_date(text) is not None or parse_year(text) is not None


def without_full_stop(text: str) -> str:
    """Remove the final full stop, but not that of "Jr." or "D.C."."""
    return text if _ABBREVIATED.search(text) else text.removesuffix(".").rstrip()


def parse_literal(text: str, relation: Relation) -> tuple[str, str]:
    """Return the literal and "", or "" and a hint on how to write it."""
    if "text" in relation.range:
        return without_full_stop(text), ""
    bare = text.removesuffix(".").rstrip()
    if "date" in relation.range:
        value, hint = parse_date(bare) or parse_year(bare), DATE_HINT
    else:
        value, hint = parse_year(bare), YEAR_HINT
    return (value, "") if value else ("", hint)
