"""Times in words, at the ends of days, months and years, and where clocks change."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from oneedit.edits.period import period_of

THURSDAY = date(2026, 1, 1)
LEAP_DAY = date(2024, 2, 29)
SUNDAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("when", "today", "first", "last"),
    [
        ("today", THURSDAY, "2026-01-01", "2026-01-01"),
        ("yesterday", THURSDAY, "2025-12-31", "2025-12-31"),
        ("this_week", THURSDAY, "2025-12-29", "2026-01-04"),
        ("last_week", THURSDAY, "2025-12-22", "2025-12-28"),
        ("this_month", THURSDAY, "2026-01-01", "2026-01-31"),
        ("last_month", THURSDAY, "2025-12-01", "2025-12-31"),
        ("yesterday", SUNDAY, "2026-02-28", "2026-02-28"),
        ("this_week", SUNDAY, "2026-02-23", "2026-03-01"),
        ("last_week", SUNDAY, "2026-02-16", "2026-02-22"),
        ("last_month", SUNDAY, "2026-02-01", "2026-02-28"),
        ("today", LEAP_DAY, "2024-02-29", "2024-02-29"),
        ("this_month", LEAP_DAY, "2024-02-01", "2024-02-29"),
        ("last_month", date(2024, 3, 31), "2024-02-01", "2024-02-29"),
        ("2025-12-31", THURSDAY, "2025-12-31", "2025-12-31"),
    ],
)
def test_a_time_in_words_is_whole_days(when: str, today: date, first: str, last: str) -> None:
    period = period_of(when, today, UTC)
    assert period is not None
    assert period.since == datetime.fromisoformat(f"{first}T00:00:00+00:00")
    assert period.until == datetime.fromisoformat(f"{last}T23:59:59+00:00")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_clocks_change_is_as_long_as_it_is(day: str, hours: int) -> None:
    period = period_of(day, THURSDAY, ZoneInfo("Europe/Berlin"))
    assert period is not None
    length = period.until.astimezone(UTC) - period.since.astimezone(UTC)
    assert length.total_seconds() + 1 == hours * 3600


def test_without_a_zone_days_are_those_of_the_machine() -> None:
    period = period_of("today", THURSDAY)
    assert period is not None
    assert period.since == datetime(2026, 1, 1).astimezone()
    assert period.since.tzinfo is not None


@pytest.mark.parametrize("when", ["", "soon", "2026-02-30", "next_week"])
def test_what_is_no_time_has_no_period(when: str) -> None:
    assert period_of(when, THURSDAY, UTC) is None
