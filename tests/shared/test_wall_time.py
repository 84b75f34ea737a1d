"""Local days that are not 24 hours long, hours that do not exist, and hours that come twice."""

from datetime import date, datetime, timedelta

import pytest

from shared.clock import instant_text
from shared.errors import Refusal
from shared.rules import wall_time
from shared.rules.recurrence import occurrences


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone: str, day: date, length: float) -> None:
    assert wall_time.day_span(day, zone).minutes == length * 60
    before, after = (wall_time.day_span(day + timedelta(days=days), zone) for days in (-1, 1))
    assert (before.end, after.start) == (wall_time.day_span(day, zone).start, wall_time.day_span(day, zone).end)


@pytest.mark.parametrize(("zone", "day"), [("Africa/Cairo", "2026-04-24"), ("America/Santiago", "2026-09-06")])
def test_a_midnight_that_does_not_exist_begins_the_day_an_hour_later(zone: str, day: str) -> None:
    midnight = datetime.fromisoformat(f"{day}T00:00:00")
    assert not wall_time.exists(midnight, zone)
    start = wall_time.day_span(midnight.date(), zone).start
    assert wall_time.wall_text(start, zone) == f"{day}T01:00:00"


@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("Europe/Berlin", "2026-03-29T02:30:00"),
        ("Africa/Cairo", "2026-04-24T00:30:00"),
        ("America/Santiago", "2026-09-06T00:00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00"),
    ],
)
def test_what_is_typed_into_a_missing_hour_is_refused(zone: str, wall: str) -> None:
    with pytest.raises(Refusal) as refused:
        wall_time.typed(datetime.fromisoformat(wall), zone)
    assert refused.value.details == {"what": "wall_time", "value": wall, "zone": zone}


def test_an_hour_that_comes_twice_is_the_first_unless_one_says_so() -> None:
    wall = datetime.fromisoformat("2026-10-25T02:30:00")
    assert wall_time.is_repeated(wall, "Europe/Berlin")
    assert instant_text(wall_time.typed(wall, "Europe/Berlin")) == "2026-10-25T00:30:00Z"
    assert instant_text(wall_time.resolve(wall, "Europe/Berlin", fold=1)) == "2026-10-25T01:30:00Z"


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        ("Africa/Cairo", "2026-04-22T00:00:00", [22, 23, 25, 26]),
        ("America/Santiago", "2026-09-04T00:30:00", [4, 5, 7, 8]),
        ("Europe/Berlin", "2026-10-24T02:30:00", [24, 25, 26, 27]),
    ],
)
def test_a_series_leaves_out_the_day_without_its_hour_and_has_a_doubled_one_once(
    zone: str, start: str, days: list[int]
) -> None:
    found = occurrences(datetime.fromisoformat(start), zone, "FREQ=DAILY;COUNT=4", (), before=None, limit=10)
    assert [one.local.day for one in found] == days
    assert {one.fold for one in found} == {0}
