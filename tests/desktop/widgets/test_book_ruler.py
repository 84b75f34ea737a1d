"""Days side by side: the same wall time at the same height, a doubled hour twice, a skipped one left empty."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from desktop.widgets.book.ruler import stretches, wall_axes

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "America/Havana",
    "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia",
)  # fmt: skip
DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))
HOUR = 96
"""Pixels at 1.6 a minute."""


def seven(first: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=number) for number in range(7))


def at(day: date, hour: int, minute: int = 0, *, fold: int = 0, zone: str = "Europe/Berlin") -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(DAYS, st.sampled_from(ZONES), st.integers(0, 1439))
def test_a_height_of_a_time_leads_back_to_it(first: date, zone: str, minute: int) -> None:
    for axis in wall_axes(seven(first), zone, 1.6).values():
        instant = axis.start + timedelta(minutes=minute)
        if instant < axis.end:
            assert axis.at_depth(axis.depth(instant)) == instant


@given(DAYS, st.sampled_from(ZONES))
def test_later_is_never_higher(first: date, zone: str) -> None:
    for axis in wall_axes(seven(first), zone, 1.6).values():
        count = (axis.end - axis.start) // timedelta(minutes=30)
        depths = [axis.depth(axis.start + timedelta(minutes=30) * number) for number in range(count)]
        assert all(depths[at + 1] - depths[at] >= 1800 for at in range(count - 1))


@given(DAYS, st.sampled_from(ZONES), st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
def test_a_wall_time_that_no_day_has_twice_is_at_one_height(first: date, zone: str, hour: int, minute: int) -> None:
    heights = set()
    for day, axis in wall_axes(seven(first), zone, 1.6).items():
        early, late = (at(day, hour, minute, fold=fold, zone=zone) for fold in (0, 1))
        there = early.astimezone(ZoneInfo(zone))
        if early != late:
            # It comes twice here, or never.
            return
        if (there.hour, there.date()) == (hour, day):
            heights.add(axis.y(early))
    assert len(heights) <= 1


@given(DAYS, st.sampled_from(ZONES))
def test_all_days_are_as_high_and_what_is_not_empty_is_as_long_as_the_day(first: date, zone: str) -> None:
    axes = wall_axes(seven(first), zone, 1.0).values()
    assert len({axis.height for axis in axes}) == 1
    for axis in axes:
        empty = sum(bottom - top for top, bottom in axis.voids())
        assert axis.height - empty == (axis.end - axis.start) // timedelta(minutes=1)


def test_the_hour_that_comes_twice_is_drawn_twice_and_left_empty_on_other_days() -> None:
    sunday, monday = date(2026, 10, 25), date(2026, 10, 19)
    axes = wall_axes(seven(monday), "Europe/Berlin", 1.6)
    assert axes[sunday].y(at(sunday, 2)) == 2 * HOUR
    assert axes[sunday].y(at(sunday, 2, fold=1)) == 3 * HOUR
    assert axes[sunday].y(at(sunday, 3)) == axes[monday].y(at(monday, 3)) == 4 * HOUR
    assert axes[monday].voids() == [(3 * HOUR, 4 * HOUR)]
    assert axes[sunday].voids() == []


def test_the_hour_that_is_skipped_is_left_empty_on_its_day() -> None:
    sunday, monday = date(2026, 3, 29), date(2026, 3, 23)
    axes = wall_axes(seven(monday), "Europe/Berlin", 1.6)
    assert axes[sunday].voids() == [(2 * HOUR, 3 * HOUR)]
    assert axes[sunday].y(at(sunday, 9)) == axes[monday].y(at(monday, 9)) == 9 * HOUR


def test_what_is_empty_leads_to_what_comes_after_it() -> None:
    sunday, monday = date(2026, 3, 29), date(2026, 3, 23)
    axes = wall_axes(seven(monday), "Europe/Berlin", 1.6)
    assert axes[sunday].at(2 * HOUR + 48) == at(sunday, 3)


def test_half_an_hour_is_doubled_where_that_is_the_change() -> None:
    day = date(2026, 4, 5)
    assert [part.seconds for part in stretches(day, "Australia/Lord_Howe")] == [2 * 3600, 22.5 * 3600]
    axes = wall_axes(seven(date(2026, 3, 30)), "Australia/Lord_Howe", 1.6)
    assert axes[day].height == 24 * HOUR + HOUR // 2
