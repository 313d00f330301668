"""Times in words, such as "yesterday", as the period between two moments."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """The time from the first to the last second, both included."""

    since: datetime
    until: datetime


def period_of(when: str, today: date, zone: tzinfo | None = None) -> Period | None:
    """Return the period of a time in words, or None if it is none.

    Args:
        when: "today", "yesterday", "this_week", "last_week", "this_month", "last_month", or an ISO
            date; weeks begin on Monday.
        today: the date of today in the zone.
        zone: where days begin and end; None for the zone of the machine.
    """
    days = _days(when, today)
    if days is None:
        return None
    first, last = days
    # one second before the next day, because the ledger records whole seconds
    return Period(_midnight(first, zone), _midnight(last + _DAY, zone) - timedelta(seconds=1))


def _days(when: str, today: date) -> tuple[date, date] | None:
    """Return the first and the last day."""
    monday, month = today - today.weekday() * _DAY, today.replace(day=1)
    named = {
        "today": (today, today),
        "yesterday": (today - _DAY, today - _DAY),
        "this_week": (monday, monday + _WEEK - _DAY),
        "last_week": (monday - _WEEK, monday - _DAY),
        "this_month": (month, today.replace(day=calendar.monthrange(today.year, today.month)[1])),
        "last_month": ((month - _DAY).replace(day=1), month - _DAY),
    }
    if when in named:
        return named[when]
    try:
        day = date.fromisoformat(when)
    except ValueError:
        return None
    return day, day


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    """Return the beginning of a day with the offset that the zone has on it."""
    begin = datetime.combine(day, time(), zone)
    return begin.astimezone() if zone is None else begin
