"""Dates, years and text, as the relation book's literal classes want them."""

import datetime
import re

from kg_data.relations import Relation

DATE_HINT = 'Write a date as "February 4, 1913", "4 February 1913" or "1913-02-04".'
YEAR_HINT = 'Write a year with four digits, such as "1636".'

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
_NUMBERS = {name[:length]: n for n, name in enumerate(_MONTHS, 1) for length in (3, 4, len(name))}
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})")
_MONTH_FIRST = re.compile(r"(?P<m>[A-Za-z]+)\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})")
_DAY_FIRST = re.compile(
    r"(?:the )?(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? (?P<m>[A-Za-z]+)\.?,? (?P<y>\d{4})"
)
_YEAR = re.compile(r"(?:the year )?(\d{4})(?: (?:AD|CE))?", re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:^|[\s.])(?:[A-Z]|Jr|Sr|Inc|Ltd|Co|Corp|St)\.$")


def date(text: str) -> str | None:
    """Return an ISO date, or None if the text is no date of the calendar."""
    for form in (_ISO, _MONTH_FIRST, _DAY_FIRST):
        found = form.fullmatch(text)
        if found is None:
            continue
        month = found["m"]
        number = int(month) if month.isdecimal() else _NUMBERS.get(month.casefold(), 0)
        try:
            return datetime.date(int(found["y"]), number, int(found["d"])).isoformat()
        except ValueError:
            return None
    return None


def year(text: str) -> str | None:
    """Return a year of four digits, or None."""
    found = _YEAR.fullmatch(text)
    return found[1] if found else None


def looks_like_date(text: str) -> bool:
    """Tell whether a text can only be a date or a year, and so names nothing."""
    return date(text) is not None or year(text) is not None


def sentence_end_off(text: str) -> str:
    """Remove the stop of the sentence, but not that of "Jr." or "D.C."."""
    return text if _ABBREVIATED.search(text) else text.removesuffix(".").rstrip()


def literal(text: str, relation: Relation) -> tuple[str, str]:
    """Return the literal and "", or "" and the hint on how to write it."""
    if "text" in relation.range:
        return sentence_end_off(text), ""
    bare = text.removesuffix(".").rstrip()
    if "date" in relation.range:
        value, hint = date(bare), DATE_HINT
    else:
        value, hint = year(bare), YEAR_HINT
    return (value, "") if value else ("", hint)
