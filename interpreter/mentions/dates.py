"""Dates as people write them."""

import datetime
import re
from collections.abc import Mapping, Sequence

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?")
_YEAR = re.compile(r"\d{4}")
_FILLERS = frozenset({"the", "of", "de", "del", "den", "le", "el", "year", "in"})
_YEAR_SIGNS = frozenset({"ad", "ce", "年"})
_CHINESE_SIGNS = ["年", "月", "日"]  # as in "1879年3月14日"


def read_date(words: Sequence[str], months: Mapping[str, int]) -> str:
    """Return the ISO date, month or year that some words are, or "" if they are none.

    Of "5/12/1902" nobody knows which is the month, so that it is none.

    >>> read_date(["22nd", "of", "december", "1887"], {"december": 12}), read_date(["1636"], {})
    ('1887-12-22', '1636')
    """
    numbers, signs = words[::2], list(words[1::2])
    if signs == _CHINESE_SIGNS and all(word.isdecimal() for word in numbers):
        return _iso(*map(int, numbers))
    kept = [word for word in words if word not in _FILLERS]
    if kept and kept[-1] in _YEAR_SIGNS:
        kept.pop()
    if not kept or words[-1] in _FILLERS:
        return ""
    return _single(kept[0]) if len(kept) == 1 else _with_month(kept, months)


def _with_month(kept: Sequence[str], months: Mapping[str, int]) -> str:
    year = kept[-1]
    if not _YEAR.fullmatch(year):
        return ""
    if len(kept) == 2 and kept[0] in months:
        return f"{year}-{months[kept[0]]:02d}"
    if len(kept) == 3:
        for day, month in ((kept[0], kept[1]), (kept[1], kept[0])):
            found = _DAY.fullmatch(day)
            if found and month in months:
                return _iso(int(year), months[month], int(found[1]))
    return ""


def _single(word: str) -> str:
    if _YEAR.fullmatch(word):
        return word if int(word) else ""
    found = _ISO.fullmatch(word)
    if found:
        return _iso(*map(int, found.groups()))
    found = _NUMERIC.fullmatch(word)
    if found is None:
        return ""
    first, second, year = map(int, found.groups())
    if first > 12 or first == second:
        return _iso(year, second, first)
    return _iso(year, first, second) if second > 12 else ""


def _iso(year: int, month: int, day: int) -> str:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""
