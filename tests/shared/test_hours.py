"""Opening hours on ordinary days and on days that are longer or shorter."""

from datetime import UTC, date, datetime

from shared.model.base import HoursExceptionId, HoursRuleId, OwnerId, Span
from shared.model.hours import HoursException, HoursRule
from shared.rules.hours import intersect, join, open_spans
from shared.rules.wall_time import day_span
from tests.support.salon import made_id

OWNER = OwnerId(made_id("ana"))
SUNDAY, MONDAY, TUESDAY = 6, 0, 1


def rule(weekday: int, opens: int, closes: int, until: date | None = None, since: date | None = None) -> HoursRule:
    made = HoursRuleId(made_id(f"{weekday}-{opens}"))
    return HoursRule(
        id=made, owner_id=OWNER, weekday=weekday, opens=opens, closes=closes, valid_from=since, valid_to=until
    )


def exception(day: date, opens: int | None, closes: int | None) -> HoursException:
    made = HoursExceptionId(made_id(f"{day}-{opens}"))
    return HoursException(id=made, owner_id=OWNER, day=day, opens=opens, closes=closes)


def utc(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_split_hours_of_a_day() -> None:
    rules = [rule(MONDAY, 540, 720), rule(MONDAY, 780, 1080)]
    spans = open_spans(rules, [], "UTC", date(2026, 5, 4), date(2026, 5, 4))
    assert spans == (Span(utc(4, 9), utc(4, 12)), Span(utc(4, 13), utc(4, 18)))


def test_hours_past_midnight_belong_to_the_day_before_too() -> None:
    rules = [rule(MONDAY, 1200, 1560)]
    spans = open_spans(rules, [], "UTC", date(2026, 5, 5), date(2026, 5, 5))
    assert spans == (Span(utc(4, 20), utc(5, 2)),)


def test_hours_that_touch_at_midnight_are_one() -> None:
    rules = [rule(MONDAY, 1200, 1440), rule(TUESDAY, 0, 120)]
    spans = open_spans(rules, [], "UTC", date(2026, 5, 4), date(2026, 5, 5))
    assert spans == (Span(utc(4, 20), utc(5, 2)),)


def test_a_dated_exception_replaces_the_week_and_closed_wins() -> None:
    rules = [rule(MONDAY, 540, 1080)]
    day = date(2026, 5, 4)
    shorter = open_spans(rules, [exception(day, 600, 660)], "UTC", day, day)
    assert shorter == (Span(utc(4, 10), utc(4, 11)),)
    assert open_spans(rules, [exception(day, 600, 660), exception(day, None, None)], "UTC", day, day) == ()


def test_a_rule_ends_with_its_last_day() -> None:
    rules = [rule(MONDAY, 540, 600, until=date(2026, 5, 4))]
    assert len(open_spans(rules, [], "UTC", date(2026, 5, 4), date(2026, 5, 11))) == 1


def test_a_rule_begins_with_its_first_day() -> None:
    rules = [rule(MONDAY, 540, 600, since=date(2026, 5, 11))]
    spans = open_spans(rules, [], "UTC", date(2026, 5, 4), date(2026, 5, 11))
    assert spans == (Span(utc(11, 9), utc(11, 10)),)


def test_a_shift_until_midnight_ends_there() -> None:
    spans = open_spans([rule(MONDAY, 1200, 1440)], [], "UTC", date(2026, 5, 4), date(2026, 5, 5))
    assert spans == (Span(utc(4, 20), utc(5, 0)),)


def test_shifts_that_touch_or_overlap_are_one() -> None:
    rules = [rule(MONDAY, 540, 720), rule(MONDAY, 720, 900), rule(MONDAY, 840, 1080)]
    assert open_spans(rules, [], "UTC", date(2026, 5, 4), date(2026, 5, 4)) == (Span(utc(4, 9), utc(4, 18)),)


def test_a_night_shift_is_as_long_as_the_night_that_the_clocks_are_changed_in() -> None:
    # New York: 02:00 to 03:00 is skipped on 8 March 2026 and comes twice on 1 November.
    night, zone = [rule(5, 1320, 1440 + 360)], "America/New_York"
    (short,) = open_spans(night, [], zone, date(2026, 3, 7), date(2026, 3, 7))
    (long,) = open_spans(night, [], zone, date(2026, 10, 31), date(2026, 10, 31))
    assert (short.minutes // 60, long.minutes // 60) == (7, 9)


def test_opening_in_a_skipped_hour_is_read_with_the_offset_before() -> None:
    # New York skips 02:00 to 03:00 on 8 March 2026.
    day = date(2026, 3, 8)
    spans = open_spans([rule(SUNDAY, 150, 240)], [], "America/New_York", day, day)
    assert spans == (Span(utc(8, 7, 30, month=3), utc(8, 8, month=3)),)


def test_days_last_as_long_as_the_zone_makes_them() -> None:
    zone = "America/New_York"
    assert [day_span(day, zone).minutes // 60 for day in (date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1))] == [
        23,
        24,
        25,
    ]
    assert day_span(date(2026, 4, 5), "Australia/Lord_Howe").minutes == 24 * 60 + 30


def test_joining_and_intersecting() -> None:
    spans = [Span(utc(4, 11), utc(4, 13)), Span(utc(4, 9), utc(4, 11)), Span(utc(4, 15), utc(4, 16))]
    joined = join(spans)
    assert joined == (Span(utc(4, 9), utc(4, 13)), Span(utc(4, 15), utc(4, 16)))
    assert intersect(joined, [Span(utc(4, 12), utc(4, 15))]) == (Span(utc(4, 12), utc(4, 13)),)
