"""Dates as people write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_data.calendars import astronomical_year, iso_date
from kg_data.dates import is_date

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?")
_YEAR = re.compile(r"\d{4}")
_FILLERS = frozenset(
    {"the", "of", "de", "del", "den", "le", "el", "year", "in", "ano", "annee", "jahr"}
)
_YEAR_SIGNS = frozenset({"ad", "ce", "年"})
_CHINESE_SIGNS = ["年", "月", "日"]  # as in "1879年3月14日"
_BARE_YEAR = re.compile(r"\d{1,5}")  # before an era


def read_date(
    words: Sequence[str], months: Mapping[str, int], before_era: Iterable[Sequence[str]] = ()
) -> str:
    """Return the ISO date, month or year that some words are, or "" if they are none.

    Of "5/12/1902" nobody knows which is the month, so that it is none.

    Args:
        words: the words, casefolded.
        months: the names of months.
        before_era: the words, at either end, by which a year lies before the year 1.

    >>> read_date(["22nd", "of", "december", "1887"], {"december": 12}), read_date(["1636"], {})
    ('1887-12-22', '1636')
    >>> read_date(["44", "bc"], {}, [["bc"]])
    '-0043'
    """
    for era in before_era:
        size = len(era)
        if size < len(words) and tuple(words[-size:]) == tuple(era):
            return _DateWords(words[:-size], months, before_era=True).read()
        if size < len(words) and tuple(words[:size]) == tuple(era):
            return _DateWords(words[size:], months, before_era=True).read()
    return _DateWords(words, months).read()


@dataclass(frozen=True)
class _DateWords:
    """The words of a date, without those that say that it lies before the year 1."""

    words: Sequence[str]
    months: Mapping[str, int]
    before_era: bool = False

    def read(self) -> str:
        numbers, signs = self.words[::2], list(self.words[1::2])
        counted = signs == _CHINESE_SIGNS[: len(signs)] and len(signs) == len(numbers)
        if counted and signs and all(word.isdecimal() for word in numbers):
            return self._iso(numbers[0], *map(int, numbers[1:]))
        kept = [word for word in self.words if word not in _FILLERS]
        if kept and kept[-1] in _YEAR_SIGNS:
            kept.pop()
        if not kept or self.words[-1] in _FILLERS:
            return ""
        return self._single(kept[0]) if len(kept) == 1 else self._with_month(kept)

    def _with_month(self, kept: Sequence[str]) -> str:
        *before, year = kept
        if len(before) == 1 and before[0] in self.months:
            return self._iso(year, self.months[before[0]])
        if len(before) == 2:
            for day, month in (before, before[::-1]):
                found = _DAY.fullmatch(day)
                if found and month in self.months:
                    return self._iso(year, self.months[month], int(found[1]))
        return ""

    def _single(self, word: str) -> str:
        if self.before_era or _YEAR.fullmatch(word):
            return self._iso(word)
        if is_date(word):
            return word
        found = _ISO.fullmatch(word)
        return self._iso(found[1], int(found[2]), int(found[3])) if found else self._numeric(word)

    def _numeric(self, word: str) -> str:
        found = _NUMERIC.fullmatch(word)
        if found is None:
            return ""
        first, second, year = int(found[1]), int(found[2]), found[3]
        if first > 12 or first == second:
            return self._iso(year, second, first)
        return self._iso(year, first, second) if second > 12 else ""

    def _iso(self, year: str, *rest: int) -> str:
        """Return a date of a year that is counted from 1, "" if there is none such."""
        if not (_BARE_YEAR if self.before_era else _YEAR).fullmatch(year) or not int(year):
            return ""
        found = iso_date(astronomical_year(-int(year) if self.before_era else int(year)), *rest)
        return found if is_date(found) else ""
