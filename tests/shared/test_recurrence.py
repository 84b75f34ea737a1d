"""Recurrence rules: the shared vectors, what RFC 5545 leaves to us, and rules made to hurt."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clock import instant_text, parse_instant
from shared.errors import Refusal
from shared.rules.recurrence import Occurrence, occurrence_id, occurrences
from tests.support.effort import calls_of

VECTORS = Path(__file__).parents[1] / "vectors" / "recurrence.json"
NINE = datetime.fromisoformat("2026-05-04T09:00:00")
NUMBERS = st.sampled_from([-999, -366, -31, -1, 0, 1, 2, 7, 13, 25, 30, 53, 60, 99, 10**20])
DAYS = st.sampled_from(["MO", "-1FR", "99MO", "0MO", "XX", ""])
SOON = 60_000
"""Calls within which a search ends: some hundredths of a second at most."""
PARTS = st.one_of(
    st.sampled_from(
        ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=SECONDLY", "WKST=SU", "SKIP=OMIT"]
    ),
    st.sampled_from(["UNTIL=20270101", "UNTIL=X", "UNTIL=20270101T000000Z", "UNTIL=20270101T000000", "RSCALE=HEBREW"]),
    DAYS.map("BYDAY={}".format),
    st.tuples(
        st.sampled_from(["INTERVAL", "COUNT", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR"]),
        st.lists(NUMBERS, min_size=1, max_size=3).map(lambda numbers: ",".join(map(str, numbers))),
    ).map("=".join),
)


def starts(rrule: str, *, start: datetime = NINE, zone: str = "Europe/Berlin", limit: int = 10) -> list[str]:
    found = occurrences(start, zone, rrule, (), before=None, limit=limit)
    return [instant_text(one.start) for one in found]


def problem(rrule: str, *, start: datetime = NINE, limit: int = 10) -> object:
    with pytest.raises(Refusal) as caught:
        starts(rrule, start=start, limit=limit)
    return caught.value.details["problem"]


@pytest.mark.parametrize("row", json.loads(VECTORS.read_text()), ids=lambda row: row["name"])
def test_gives_the_starts_of_the_shared_vectors(row: dict[str, Any]) -> None:
    exdates = [datetime.fromisoformat(text) for text in row["exdates"]]
    found = occurrences(
        datetime.fromisoformat(row["start"]), row["zone"], row["rrule"], exdates, before=None, limit=100
    )
    assert [instant_text(one.start) for one in found] == row["starts"]


def test_the_start_is_the_first_occurrence_even_where_the_rule_does_not_meet_it() -> None:
    assert starts("FREQ=WEEKLY;BYDAY=WE;COUNT=3") == [
        "2026-05-04T07:00:00Z",
        "2026-05-06T07:00:00Z",
        "2026-05-13T07:00:00Z",
    ]


def test_a_start_that_does_not_exist_is_left_out_and_not_counted() -> None:
    assert starts(
        "FREQ=DAILY;COUNT=1", start=datetime.fromisoformat("2026-03-08T02:30:00"), zone="America/New_York"
    ) == ["2026-03-09T06:30:00Z"]


def test_until_as_a_day_includes_that_day() -> None:
    assert starts("FREQ=DAILY;UNTIL=20260505") == ["2026-05-04T07:00:00Z", "2026-05-05T07:00:00Z"]


def test_until_as_a_local_time_is_inclusive() -> None:
    assert len(starts("FREQ=DAILY;UNTIL=20260506T090000")) == 3
    assert len(starts("FREQ=DAILY;UNTIL=20260506T085959")) == 2


def test_nothing_begins_at_or_after_the_horizon() -> None:
    found = occurrences(NINE, "UTC", "FREQ=DAILY", (), before=datetime(2026, 5, 6, 9, tzinfo=UTC), limit=100)
    assert [one.local.day for one in found] == [4, 5]


def test_an_endless_rule_gives_no_more_than_its_limit() -> None:
    assert len(starts("FREQ=DAILY", limit=7)) == 7
    assert starts("FREQ=DAILY", limit=0) == []


def test_an_occurrence_is_known_by_its_original_local_start_and_fold() -> None:
    (first, *_) = occurrences(NINE, "Europe/Berlin", "FREQ=DAILY", (), before=None, limit=1)
    assert first.original == "2026-05-04T09:00:00/0"
    second = Occurrence(start=first.start + timedelta(hours=1), local=first.local, fold=1)
    assert occurrence_id("a", first) == occurrence_id("a", first)
    assert len({occurrence_id("a", first), occurrence_id("b", first), occurrence_id("a", second)}) == 3


@pytest.mark.parametrize(
    "rrule", ["", "FREQ=", "FREQ=FORTNIGHTLY", "COUNT=3", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;X=1"]
)
def test_refuses_what_is_not_a_rule(rrule: str) -> None:
    assert problem(rrule) == "unreadable"


@pytest.mark.parametrize(
    "rrule", ["FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=²", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;UNTIL=soon"]
)
def test_refuses_counts_and_ends_that_mean_nothing(rrule: str) -> None:
    assert problem(rrule) == "unreadable"


@pytest.mark.parametrize(
    "number",
    ["+0", "-0", "0_0", "00", "０", "٠", "+1", "-1", "1_0", "１", "²", " 0", "1.0", "0x1", "", "1,2", "9" * 399],
)
@pytest.mark.parametrize("name", ["INTERVAL", "COUNT"])
def test_refuses_whatever_python_alone_takes_for_a_number(name: str, number: str) -> None:
    """With an interval of nothing, however it is written, the same date would come for ever."""
    assert problem(f"FREQ=DAILY;{name}={number}") == "unreadable"


def test_an_interval_has_an_end_and_a_count_has_none() -> None:
    assert problem(f"FREQ=DAILY;INTERVAL={10**9}") == "unreadable"
    assert starts(f"FREQ=DAILY;INTERVAL={10**9 - 1};COUNT={10**20}") == ["2026-05-04T07:00:00Z"]


@pytest.mark.parametrize("name", ["BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"])
@pytest.mark.parametrize(
    "number", ["0", "+0", "-0", "1_0", "１", "--1", "+-1", "1,", ",1", "1,,2", "999", "-999", "1e1"]
)
def test_refuses_days_and_weeks_of_no_calendar(name: str, number: str) -> None:
    assert problem(f"FREQ=YEARLY;BYMONTH=5;{name}={number}") == "unreadable"


@pytest.mark.parametrize(
    "part",
    ["BYMONTH=0", "BYMONTH=13", "BYMONTH=+1", "BYMONTH=-1", "BYHOUR=24", "BYHOUR=-1", "BYMINUTE=60", "BYSECOND=60",
     "BYDAY=0MO", "BYDAY=-0MO", "BYDAY=54MO", "BYDAY=1_0MO", "BYDAY=１MO", "BYDAY=MO(+1)", "BYDAY=", "BYDAY=MO,",
     "WKST=M", "WKST=１MO", "UNTIL=２０２７０１０１", "UNTIL=2027 1 1", "UNTIL=20270101T", "UNTIL=20270101T24",
     "UNTIL=00000101", "BYDAY=MO RRULE:FREQ=SECONDLY", "BYDAY=MO\nEXRULE:FREQ=SECONDLY", "BYDAY=MO\tDTSTART:20260101",
     "BYEASTER=0"],
)  # fmt: skip
def test_refuses_parts_that_say_something_else_to_a_library(part: str) -> None:
    assert problem(f"FREQ=MONTHLY;{part}") == "unreadable"


def test_numbers_may_have_signs_and_noughts_before_them_where_the_rfc_has_them() -> None:
    rrule = " rrule: FREQ = MONTHLY ; INTERVAL=02;BYDAY=+1MO, -1FR;BYMONTH=05,07,9; wkst=su;COUNT=003".replace(
        " rrule: ", ""
    )
    assert starts(rrule) == ["2026-05-04T07:00:00Z", "2026-05-29T07:00:00Z", "2026-07-06T07:00:00Z"]


@pytest.mark.parametrize("year", [1, 1582, 2300, 9999])
def test_refuses_a_start_outside_the_calendar_it_can_reckon_with(year: int) -> None:
    assert problem("FREQ=DAILY", start=datetime.fromisoformat(f"{year:04}-01-01")) == "unreadable"


@pytest.mark.parametrize(
    "rrule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=1440", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5"],
)
def test_refuses_a_rule_that_repeats_too_often(rrule: str) -> None:
    assert problem(rrule) == "too_often"


MANY = ",".join(map(str, range(200, 290)))


@pytest.mark.parametrize("year", [1583, 2026, 2299])
@pytest.mark.parametrize(
    "rrule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYSETPOS=366", f"FREQ=DAILY;BYSETPOS={MANY}",
     "FREQ=WEEKLY;BYSETPOS=2", f"FREQ=WEEKLY;BYSETPOS={MANY}", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
     f"FREQ=MONTHLY;BYSETPOS={MANY}", "FREQ=YEARLY;BYMONTH=2;BYYEARDAY=300", f"FREQ=YEARLY;BYMONTH=2;BYYEARDAY={MANY}",
     f"FREQ=YEARLY;BYDAY=MO;BYSETPOS={MANY}"],
)  # fmt: skip
def test_says_soon_that_a_rule_has_no_date(rrule: str, year: int) -> None:
    """To the end of its calendar, as dateutil looks by itself, it would be some millions of calls."""
    said: list[object] = []
    assert calls_of(lambda: said.append(problem(rrule, start=NINE.replace(year=year)))) < SOON
    assert said == ["never"]


@pytest.mark.parametrize(
    "rrule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;BYYEARDAY=366", "FREQ=WEEKLY;BYWEEKNO=53",
     "FREQ=MONTHLY;BYMONTH=2;BYDAY=5SU", "FREQ=YEARLY;BYMONTHDAY=29;BYMONTH=2;BYDAY=MO", "FREQ=DAILY;BYMONTHDAY=1",
     f"FREQ=YEARLY;BYDAY=MO;BYSETPOS=53,{MANY}"],
)  # fmt: skip
@pytest.mark.parametrize("year", [1904, 2024])
def test_a_rule_that_hardly_ever_has_a_date_ends_at_the_same_one_however_far_one_looks(rrule: str, year: int) -> None:
    """What is stored by a look at the near future is read by looks that go further, at every desk."""
    start = NINE.replace(year=year, month=2, day=29)
    found: list[list[str]] = []
    assert calls_of(lambda: found.append(starts(rrule, start=start, limit=200))) < 20 * SOON
    whole = found[0]
    assert len(whole) > 1
    for limit in (1, 2, 5, len(whole)):
        assert starts(rrule, start=start, limit=limit) == whole[:limit]
    for number in range(0, len(whole), max(1, len(whole) // 5)):
        before = parse_instant(whole[number])
        near = occurrences(start, "Europe/Berlin", rrule, (), before=before, limit=200)
        assert [instant_text(one.start) for one in near] == whole[:number]


@pytest.mark.parametrize(
    ("rrule", "last"),
    [
        ("FREQ=DAILY;BYMONTH=12;BYMONTHDAY=24", "2125-12-24"),
        ("FREQ=WEEKLY;BYMONTH=2;BYDAY=MO", "2051-02-20"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2085-04-13"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2396-02-29"),
        ("FREQ=YEARLY;INTERVAL=3;BYWEEKNO=53;BYDAY=MO", "2398-12-28"),
    ],
)
def test_a_rule_that_seldom_has_a_date_has_all_of_them(rrule: str, last: str) -> None:
    found = occurrences(NINE, "UTC", rrule, (), before=None, limit=101)
    assert f"{found[-1].local:%Y-%m-%d}" == last


def test_says_so_as_well_where_a_few_steps_lead_to_the_end_of_the_calendar() -> None:
    assert problem("FREQ=YEARLY;INTERVAL=99;BYMONTH=2;BYMONTHDAY=30") == "never"


@pytest.mark.parametrize("rrule", ["FREQ=MONTHLY;BYDAY=53MO", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"])
def test_refuses_what_is_beyond_a_month_or_the_calendar(rrule: str) -> None:
    assert problem(rrule, start=datetime.fromisoformat("2299-01-02T09:00:00"), limit=100_000) == "unreadable"


def test_a_birthday_without_a_year_reaches_the_present() -> None:
    found = occurrences(datetime.fromisoformat("1604-02-29"), "UTC", "FREQ=YEARLY", (), before=None, limit=1000)
    assert found[-1].local == datetime.fromisoformat("2396-02-29")


@settings(max_examples=150, deadline=None)
@given(rrule=st.lists(PARTS, max_size=5).map(";".join) | st.text(max_size=40), start=st.datetimes())
def test_any_text_is_a_rule_or_a_refusal(rrule: str, start: datetime) -> None:
    try:
        found = occurrences(start.replace(microsecond=0), "America/New_York", rrule, (), before=None, limit=20)
    except Refusal:
        return
    instants = [one.start for one in found]
    assert instants == sorted(set(instants))
