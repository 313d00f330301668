"""Slots of cron expressions: time zones, daylight saving, weekdays of cron, and clear errors."""

from datetime import UTC, datetime, timedelta

import pytest

from oneedit.errors import BadJob
from oneedit.jobs.schedule import Schedule, slot_name

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(cron: str, zone: str, start: str, count: int) -> list[str]:
    """Return the next slots in UTC."""
    schedule, moment, found = Schedule(cron, zone), at(start), list[str]()
    for _ in range(count):
        slot = schedule.next(moment)
        assert slot is not None
        moment = slot
        found.append(slot_name(slot).removesuffix(":00+00:00"))
    return found


def test_a_slot_is_the_local_time_of_its_zone() -> None:
    assert slots("30 2 * * *", "Asia/Kolkata", "2026-01-01", 2) == [
        "2026-01-01T21:00",
        "2026-01-02T21:00",
    ]


def test_a_daily_slot_in_the_skipped_hour_comes_an_hour_later() -> None:
    found = slots("30 2 * * *", BERLIN, "2026-03-28T12:00", 2)
    assert found == ["2026-03-29T01:30", "2026-03-30T00:30"]  # 03:30 and 02:30 there


def test_a_daily_slot_in_the_repeated_hour_comes_once() -> None:
    found = slots("30 2 * * *", BERLIN, "2026-10-24T12:00", 2)
    assert found == ["2026-10-25T00:30", "2026-10-26T01:30"]


def test_hourly_slots_come_in_both_repeated_hours() -> None:
    found = slots("0 * * * *", BERLIN, "2026-10-24T23:30", 4)
    assert [each[-5:] for each in found] == ["00:00", "01:00", "02:00", "03:00"]


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", ["Sun"]),
        ("7", ["Sun"]),
        ("1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("sat-mon", ["Sat", "Sun", "Mon"]),
        ("5-7", ["Fri", "Sat", "Sun"]),
        ("*/2", ["Sun", "Tue", "Thu", "Sat"]),
        ("mon,3", ["Mon", "Wed"]),
    ],
)
def test_weekdays_are_those_of_cron(field: str, days: list[str]) -> None:
    schedule, moment, found = Schedule(f"0 0 * * {field}"), at("2026-11-01"), set[str]()
    for _ in range(14):
        slot = schedule.next(moment)
        assert slot is not None
        moment = slot
        found.add(slot.strftime("%a"))
    assert found == set(days)


def test_six_fields_begin_with_the_seconds() -> None:
    schedule = Schedule("*/20 * * * * *")
    assert schedule.next(at("2026-01-01")) == at("2026-01-01T00:00:20")


@pytest.mark.parametrize("days", [0.5, 40, 700])
def test_missed_slots_are_one_the_last(days: float) -> None:
    until = at("2026-06-15T12:00:30")
    since = until - timedelta(days=days)
    assert Schedule("*/1 * * * * *").latest(since, until) == until
    assert Schedule("@hourly").latest(since, until) == at("2026-06-15T12:00")


def test_there_is_no_slot_where_none_was_missed() -> None:
    daily = Schedule("0 2 * * *")
    assert daily.latest(at("2026-06-15T02:00"), at("2026-06-16T01:59:59")) is None
    assert daily.latest(at("2026-06-15T02:00"), at("2026-06-16T02:00")) == at("2026-06-16T02:00")
    assert Schedule("0 0 29 2 *").latest(at("2024-01-01"), at("2026-01-01")) == at("2024-02-29")


@pytest.mark.parametrize(
    ("cron", "zone", "part", "words"),
    [
        ("0 2 * *", "UTC", "cron", "has 4 fields"),
        ("61 * * * *", "UTC", "cron", "61"),
        ("0 0 * * 8", "UTC", "cron", "'8' is no day of the week"),
        ("0 0 * * foo", "UTC", "cron", "'foo' is no day of the week"),
        ("0 0 30 2 *", "UTC", "cron", "fits no time"),
        ("*/0 * * * *", "UTC", "cron", ""),
        ("0 0 * * */0", "UTC", "cron", ""),
        ("nightly", "UTC", "cron", "has 1 fields"),
        ("@daily", "Europe/Berln", "zone", "did you mean Europe/Berlin?"),
        ("@daily", "", "zone", "is no time zone"),
    ],
)
def test_what_cannot_be_read_says_so(cron: str, zone: str, part: str, words: str) -> None:
    with pytest.raises(BadJob) as caught:
        Schedule(cron, zone).check()
    assert caught.value.part == part
    assert words in str(caught.value)
