"""When a job is due: cron expressions in time zones, as slots in UTC.

Five fields as in cron - minute, hour, day of the month, month, day of the week - or six with the
seconds first. Days of the week are those of cron, 0 and 7 being Sunday. Where a day of the month
and a day of the week are given, both must fit.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger

from oneedit.errors import BadJob

NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_SEARCH = timedelta(days=4 * 366)
"""How far back a missed slot is looked for; there is a 29th of February in it."""

_FIRST_SEARCH, _GROWTH = timedelta(minutes=1), 8
_DAY = re.compile(r"(\*|[0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?(?:/(\d+))?")


@dataclass(frozen=True)
class Schedule:
    """The times at which a job is due.

    In the hour that a change of clocks repeats, a schedule of fixed hours has its slots once; one
    of every hour has them in both. Slots in the hour that is skipped come an hour later.

    Attributes:
        cron: the expression.
        zone: name of the time zone.
    """

    cron: str
    zone: str = "UTC"

    def check(self) -> None:
        """Check the expression and the zone.

        Raises:
            BadJob: one of them cannot be read, or no time fits the expression.
        """
        if self.next(datetime.now(UTC)) is None:
            raise BadJob("cron", f"{self.cron!r} fits no time; see crontab(5)")

    @cached_property
    def trigger(self) -> CronTrigger:
        """Return the trigger for APScheduler.

        Raises:
            BadJob: the expression or the zone cannot be read.
        """
        fields = NAMED.get(self.cron.strip(), self.cron).casefold().split()
        if len(fields) not in {5, 6}:
            text = (
                f"{self.cron!r} has {len(fields)} fields; give five, as in '30 2 * * 1-5' (minute, "
                f"hour, day, month, weekday), six with seconds first, or {', '.join(NAMED)}"
            )
            raise BadJob("cron", text)
        second = fields.pop(0) if len(fields) == 6 else "0"
        minute, hour, day, month, weekday = fields
        try:
            return CronTrigger(
                second=second,
                minute=minute,
                hour=hour,
                day=day,
                month=month,
                day_of_week=_weekdays(weekday),
                timezone=self._zone,
            )
        except (ValueError, TypeError) as error:
            raise BadJob("cron", f"{self.cron!r}: {error}; see crontab(5)") from error

    def next(self, after: datetime) -> datetime | None:
        """Return the first slot after a time, in UTC; None if there is none."""
        return next(self._slots(after), None)

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last slot after ``since``, at ``until`` or before; None if there is none.

        Slots that were missed are one: only the last of them counts.
        """
        span = _FIRST_SEARCH
        while True:
            start = max(since, until - span)
            found = list(self._until(start, until))
            if found:
                return found[-1]
            if start == since or span > LONGEST_SEARCH:
                return None
            span *= _GROWTH

    @property
    def _zone(self) -> ZoneInfo:
        known = available_timezones()
        if self.zone in known:
            return ZoneInfo(self.zone)
        near = get_close_matches(self.zone, sorted(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise BadJob("zone", f"{self.zone!r} is no time zone such as Europe/Berlin or UTC{hint}")

    @cached_property
    def _has_fixed_hours(self) -> bool:
        fields = {field.name: str(field) for field in self.trigger.fields}
        return not fields["hour"].startswith("*")

    def _until(self, since: datetime, until: datetime) -> Iterator[datetime]:
        for slot in self._slots(since):
            if slot > until:
                return
            yield slot

    def _slots(self, after: datetime) -> Iterator[datetime]:
        """Yield the slots after a time, in UTC."""
        moment = after
        while True:
            start = (moment.astimezone(UTC) + timedelta(microseconds=1)).astimezone(self._zone)
            found = cast("datetime | None", self.trigger.get_next_fire_time(None, start))
            if found is None:
                return
            moment = found.astimezone(UTC)
            repeated = moment.astimezone(self._zone).fold == 1
            if not (repeated and self._has_fixed_hours):
                yield moment


def slot_name(moment: datetime) -> str:
    """Return the name of a slot: its time in UTC in whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _weekdays(field: str) -> str:
    """Return the days of the week of a cron field by their names, as APScheduler reads them.

    Its numbers begin with Monday, those of cron with Sunday.

    >>> _weekdays("1-5"), _weekdays("7"), _weekdays("sat-mon"), _weekdays("*")
    ('mon,tue,wed,thu,fri', 'sun', 'sat,sun,mon', '*')
    """
    if field == "*":
        return field
    return ",".join(dict.fromkeys(day for part in field.split(",") for day in _days(part)))


def _days(part: str) -> Iterator[str]:
    match = _DAY.fullmatch(part)
    if match is None:
        raise ValueError(f"{part!r} is no day of the week; days are 0 to 7, or {', '.join(DAYS)}")
    first, last, step = match.groups()
    start = 0 if first == "*" else _number(first)
    end = 6 if first == "*" else _number(last or first)
    if step and not last:
        end = 6
    for number in range(start, end + 1 if end >= start else end + 8, int(step or 1)):
        yield DAYS[number % 7]


def _number(day: str) -> int:
    if day.isdecimal():
        return int(day)
    if day not in DAYS:
        raise ValueError(f"{day!r} is no day of the week; days are 0 to 7, or {', '.join(DAYS)}")
    return DAYS.index(day)
