"""Parsers for the literal classes of the relation book: date, year and text."""

import calendar
import datetime
import re

from kg_data.relations import Relation

DATE_HINT = 'Write a date as "February 4, 1913", "4 February 1913" or "1913-02-04".'
YEAR_HINT = 'Write a year with four digits, such as "1636".'

_MONTHS = {
    name[:length].casefold(): number
    for number, name in enumerate(calendar.month_name)
    if name
    for length in (3, 4, len(name))
}
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})")
_MONTH_FIRST = re.compile(r"(?P<m>[A-Za-z]+)\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})")
_DAY_FIRST = re.compile(
    r"(?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? (?P<m>[A-Za-z]+)\.?,? (?P<y>\d{4})"
)
_YEAR = re.compile(r"(?:the year )?(\d{4})(?: (?:AD|CE))?", re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:^|[\s.])(?:[A-Z]|Jr|Sr|Inc|Ltd|Co|Corp|St)\.$")


def parse_date(text: str) -> str | None:
    """Return the date in ISO form, or None if the text is not an existing date."""
    for form in (_ISO, _MONTH_FIRST, _DAY_FIRST):
        found = form.fullmatch(text)
        if found is None:
            continue
        month = found["m"]
        number = int(month) if month.isdecimal() else _MONTHS.get(month.casefold(), 0)
        try:
            return datetime.date(int(found["y"]), number, int(found["d"])).isoformat()
        except ValueError:
            return None
    return None


def parse_year(text: str) -> str | None:
    """Return a year of four digits, or None."""
    found = _YEAR.fullmatch(text)
    return found[1] if found else None


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
        value, hint = parse_date(bare), DATE_HINT
    else:
        value, hint = parse_year(bare), YEAR_HINT
    return (value, "") if value else ("", hint)
