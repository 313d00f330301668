"""Dates of other calendars and eras as dates of the proleptic Gregorian calendar."""

_GREGORIAN_EPOCH = 32_044  # day numbers as of Fliegel and Van Flandern (1968), year -4800
_JULIAN_EPOCH = 32_082


def astronomical_year(year: int) -> int:
    """Return a year of the count without a year 0, where -44 is 44 BC, as ISO 8601 counts.

    >>> astronomical_year(-44), astronomical_year(-1), astronomical_year(1879)
    (-43, 0, 1879)
    """
    return year + 1 if year < 0 else year


def iso_date(*parts: int) -> str:
    """Return an astronomical year, and a month and day if they are known, as ISO 8601.

    >>> iso_date(-43, 3), iso_date(1879)
    ('-0043-03', '1879')
    """
    year, *rest = parts
    sign = "-" if year < 0 else ""
    return "-".join([f"{sign}{abs(year):04}", *(f"{part:02}" for part in rest)])


def gregorian_of_julian(year: int, month: int, day: int) -> tuple[int, int, int]:
    """Return a day of the Julian calendar as the same day of the Gregorian one.

    Args:
        year: astronomical year.
        month: from 1.
        day: from 1.

    >>> gregorian_of_julian(1582, 10, 5), gregorian_of_julian(-43, 3, 15)
    ((1582, 10, 15), (-43, 3, 13))
    """
    before = (14 - month) // 12  # years begin in March, so that a leap day is the last one
    years, months = year + 4800 - before, month + 12 * before - 3
    number = day + (153 * months + 2) // 5 + 365 * years + years // 4 - _JULIAN_EPOCH - 1
    return _gregorian(number)


def _gregorian(number: int) -> tuple[int, int, int]:
    """Return the date of a Julian day number."""
    days = number + _GREGORIAN_EPOCH
    centuries = (4 * days + 3) // 146_097
    days -= 146_097 * centuries // 4
    years = (4 * days + 3) // 1461
    days -= 1461 * years // 4
    months = (5 * days + 2) // 153
    day = days - (153 * months + 2) // 5 + 1
    return 100 * centuries + years - 4800 + months // 10, months + 3 - 12 * (months // 10), day
