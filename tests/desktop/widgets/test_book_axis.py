"""A day is drawn as long as it is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desktop.widgets.book.axis import DayAxis

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 11, 23), BERLIN, 24),
        (date(2026, 3, 29), BERLIN, 23),
        (date(2026, 10, 25), BERLIN, 25),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 9, 5), "America/Santiago", 24),
        (date(2026, 9, 6), "America/Santiago", 23),
    ],
)
def test_the_grid_has_the_hours_that_pass(day: date, zone: str, hours: float) -> None:
    assert DayAxis(day, zone, 1.0).height == hours * 60


def test_a_doubled_hour_is_labelled_twice_with_its_zones() -> None:
    marks = DayAxis(date(2026, 10, 25), BERLIN).hours
    assert [(mark.hour, mark.abbreviation) for mark in marks][1:5] == [(1, ""), (2, "CEST"), (2, "CET"), (3, "")]
    assert len(marks) == 25


def test_a_skipped_hour_is_not_labelled() -> None:
    marks = DayAxis(date(2026, 3, 29), BERLIN).hours
    assert [mark.hour for mark in marks][:4] == [0, 1, 3, 4]
    assert marks[2].instant - marks[1].instant == timedelta(hours=1)


def test_heights_and_instants_are_each_other_turned_round() -> None:
    axis = DayAxis(date(2026, 10, 25), BERLIN)
    for hours in range(25):
        instant = datetime(2026, 10, 24, 22, 0, tzinfo=UTC) + timedelta(hours=hours)
        assert axis.at(axis.y(instant)) == instant


def test_instants_of_other_days_are_drawn_at_the_edge() -> None:
    axis = DayAxis(date(2026, 11, 23), "UTC")
    assert axis.y(datetime(2026, 11, 22, tzinfo=UTC)) == 0
    assert axis.y(datetime(2026, 11, 25, tzinfo=UTC)) == axis.height


def test_snapping_counts_from_the_first_instant_of_the_day() -> None:
    axis = DayAxis(date(2026, 11, 23), "UTC")
    instant = datetime(2026, 11, 23, 10, 8, tzinfo=UTC)
    assert axis.floored(instant, 15) == instant.replace(minute=0)
    assert axis.rounded(instant, 15) == instant.replace(minute=15)
