"""Events from other programs' calendars: fixtures of ours in their shape, broken files, and bytes of every kind."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.files.calendar_ics import CalendarFile, CalendarRow, read_calendar
from desktop.files.verdict import UnreadableFile, Verdict, Why
from shared.clock import instant_text, parse_instant
from shared.ids import derived_id
from shared.rules.recurrence import Occurrence, occurrence_id
from tests.support.effort import calls_of

FIXTURES = Path(__file__).parent / "fixtures"
NOW = parse_instant("2026-06-01T00:00:00Z")


def fixture(name: str) -> CalendarFile:
    return read_calendar((FIXTURES / name).read_bytes(), zone="Europe/Berlin", now=NOW)


def read(text: str, *, zone: str = "Europe/Berlin", now: datetime = NOW) -> CalendarFile:
    return read_calendar(text.encode(), zone=zone, now=now)


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def row(*lines: str, zone: str = "Europe/Berlin") -> CalendarRow:
    (only,) = read("BEGIN:VCALENDAR\r\n" + event("UID:one", *lines) + "END:VCALENDAR\r\n", zone=zone).rows
    return only


def spans(found: CalendarRow) -> list[str]:
    return [f"{instant_text(one.starts_at)}/{instant_text(one.ends_at)}" for one in found.events]


def whys(found: CalendarRow) -> list[Why]:
    return [one.why for one in found.notes]


def refusal(data: bytes) -> Why:
    with pytest.raises(UnreadableFile) as caught:
        read_calendar(data, zone="UTC", now=NOW)
    return caught.value.note.why


def test_reads_google_with_moved_and_cancelled_dates_of_a_series() -> None:
    meeting, moved, cancelled, closed, cut = fixture("google.ics").rows
    assert spans(meeting) == ["2026-03-02T08:00:00Z/2026-03-02T08:30:00Z", "2026-03-30T07:00:00Z/2026-03-30T07:30:00Z"]
    assert meeting.notes[-1].sentence == "The recurring event becomes single ones, those before 1 Jun 2028: 2."
    assert "before Jun 1, 2028:" in meeting.notes[-1].in_words("en-US")
    assert spans(moved) == ["2026-03-16T10:00:00Z/2026-03-16T10:30:00Z"]
    assert moved.title == "Team meeting, later"
    assert (cancelled.verdict, whys(cancelled), spans(cancelled)) == (Verdict.CHANGED, [Why.CANCELLED], [])
    assert spans(closed) == ["2026-04-05T22:00:00Z/2026-04-07T22:00:00Z"]
    assert closed.events[0].not_a_block is not None
    assert cut.verdict is Verdict.TAKEN
    assert cut.events[0].people == ("Ada Lovelace", "bo@example.org")
    assert cut.events[0].organizer == "Salon Rosa"
    assert cut.events[0].description == "Wants the usual.\nSecond line."
    assert cut.events[0].tentative


def test_reads_exchange_by_the_zones_it_defines_and_names() -> None:
    board, fitting, elsewhere = fixture("exchange.ics").rows
    assert spans(board) == ["2026-06-01T07:00:00Z/2026-06-01T08:00:00Z"]
    assert board.events[0].zone == "Customized Time Zone"
    assert spans(fitting) == ["2026-06-01T08:00:00Z/2026-06-01T09:00:00Z"]
    assert fitting.events[0].zone == "Europe/Berlin"
    assert spans(elsewhere) == ["2026-06-01T08:00:00Z/2026-06-01T09:00:00Z"]
    assert [one.sentence for one in elsewhere.notes] == [
        "The time zone “Mars Standard Time” is unknown; its times were read as those of Europe/Berlin."
    ]


def test_reads_thunderbird_by_the_newest_version() -> None:
    todo, older, newer, skipped, cut_off = fixture("thunderbird.ics").rows
    assert [one.sentence for one in todo.notes] == ["VTODO is not an event."]
    assert (whys(older), older.notes[0].values["number"]) == ([Why.REPLACED], newer.number)
    assert spans(newer) == ["2026-07-01T15:00:00Z/2026-07-01T16:00:00Z"]
    assert (whys(skipped), spans(skipped)) == ([Why.TIME_SKIPPED], ["2026-03-08T07:30:00Z/2026-03-08T08:00:00Z"])
    assert whys(cut_off) == [Why.NEVER_ENDS]


def test_reads_khal_with_added_dates_and_floating_times() -> None:
    yoga, floating, backwards = fixture("khal.ics").rows
    assert len(yoga.events) == 3
    assert spans(floating) == ["2026-01-05T11:00:00Z/2026-01-05T11:45:00Z"]
    assert floating.events[0].floating
    assert whys(backwards) == [Why.END_BEFORE_START]


@pytest.mark.parametrize("name", ["google.ics", "exchange.ics", "thunderbird.ics", "khal.ics"])
def test_gives_the_same_ids_when_read_again(name: str) -> None:
    again = fixture(name)
    assert again == fixture(name)
    ids = [one.id for found in again.rows for one in found.events]
    assert len(ids) == len(set(ids))


def test_an_event_is_known_by_its_uid_and_a_date_by_its_place_in_the_series() -> None:
    single = row("DTSTART:20260105T120000Z", "DURATION:PT1H").events[0]
    assert single.id == derived_id("import.event", "one")
    later = row("DTSTART;TZID=America/New_York:20260105T120000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2").events[1]
    place = Occurrence(start=later.starts_at, local=datetime.fromisoformat("2026-01-12T12:00:00"), fold=0)
    assert later.id == occurrence_id(derived_id("import.series", "one"), place)
    assert later.original == "2026-01-12T12:00:00/0"


def test_a_moved_date_keeps_the_id_of_the_date_it_stands_for() -> None:
    text = event("UID:s", "DTSTART:20260105T120000Z", "DTEND:20260105T130000Z", "RRULE:FREQ=DAILY;COUNT=3")
    moved = event("UID:s", "RECURRENCE-ID:20260106T120000Z", "DTSTART:20260106T150000Z", "DTEND:20260106T160000Z")
    alone = {one.id for found in read(text).rows for one in found.events}
    both = {one.id for found in read(text + moved).rows for one in found.events}
    orphan = {one.id for found in read(moved.replace("UID:s", "UID:s")).rows for one in found.events}
    assert alone == both
    assert orphan < alone


def test_the_same_date_twice_in_the_hour_that_is_repeated_is_two() -> None:
    zone = ";TZID=America/New_York"
    found = row(f"DTSTART{zone}:20261101T003000", "DURATION:PT1H", "RDATE:20261101T053000Z,20261101T063000Z")
    assert [one.original for one in found.events[1:]] == ["2026-11-01T01:30:00/0", "2026-11-01T01:30:00/1"]
    assert len({one.id for one in found.events}) == 3


def test_a_recurring_event_ends_24_months_ahead() -> None:
    found = row("DTSTART:20260601T000000Z", "DTEND:20260601T010000Z", "RRULE:FREQ=MONTHLY")
    assert len(found.events) == 24
    assert spans(found)[-1] == "2028-05-01T00:00:00Z/2028-05-01T01:00:00Z"


def test_whole_days_last_from_midnight_to_midnight_whatever_the_clocks_do() -> None:
    found = row("DTSTART;VALUE=DATE:20260328", "RRULE:FREQ=DAILY;COUNT=3")
    assert spans(found) == [
        "2026-03-27T23:00:00Z/2026-03-28T23:00:00Z",
        "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z",
        "2026-03-29T22:00:00Z/2026-03-30T22:00:00Z",
    ]


def test_a_day_whose_midnight_is_skipped_is_a_day_all_the_same() -> None:
    found = row("DTSTART;VALUE=DATE:20260905", "RRULE:FREQ=DAILY;COUNT=3", zone="America/Santiago")
    assert spans(found)[1] == "2026-09-06T04:00:00Z/2026-09-07T03:00:00Z"


def test_says_what_cannot_be_an_appointment_or_a_block() -> None:
    day = row("DTSTART;VALUE=DATE:20260328").events[0]
    long = row("DTSTART:20260328T120000Z", "DTEND:20260329T120001Z").events[0]
    just = row("DTSTART:20260328T120000Z", "DTEND:20260329T120000Z").events[0]
    free = row("DTSTART:20260328T120000Z", "DTEND:20260328T130000Z", "TRANSP:TRANSPARENT").events[0]
    assert [one.why if one else None for one in (day.not_an_appointment, long.not_an_appointment)] == [
        Why.WHOLE_DAY,
        Why.LONGER_THAN_A_DAY,
    ]
    assert (just.not_an_appointment, just.not_a_block, free.not_an_appointment) == (None, None, None)
    assert free.not_a_block is not None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["SUMMARY:When?"], Why.NO_START),
        (["DTSTART:tomorrow"], Why.START_UNREADABLE),
        (["DTSTART:120000"], Why.START_UNREADABLE),
        (["DTSTART;TZID=America/:20260105T120000"], Why.NOT_READABLE),
        (["DTSTART:20260105T120000Z", "DTEND;TZID=Europe/Berlin:00010101T000000"], Why.END_UNREADABLE),
        (["DTSTART:20260230T120000Z"], Why.START_UNREADABLE),
        (["DTSTART:20260105T120000Z", "DTEND:later"], Why.END_UNREADABLE),
        (["DTSTART:20260105T120000Z", "DURATION:long"], Why.END_UNREADABLE),
        (["DTSTART:20260105T120000Z", "DTEND:20260105T110000Z"], Why.END_BEFORE_START),
        (["DTSTART:20260105T120000Z", "DURATION:-PT1H"], Why.END_BEFORE_START),
        (["DTSTART:20260105T120000Z"], Why.NO_LENGTH),
        (["DTSTART:20260105T120000Z", "DTEND;VALUE=DATE:20260106"], Why.DAY_AND_TIME_MIXED),
        (["DTSTART:00010101T000000Z", "DURATION:PT1H"], Why.START_UNREADABLE),
        (["DTSTART:18991231T235900Z", "DURATION:PT1H"], Why.OUT_OF_RANGE),
        (["DTSTART:22000101T000000Z", "DURATION:PT1H"], Why.OUT_OF_RANGE),
        (["DTSTART:20260105T120000Z", "DURATION:P90000D"], Why.OUT_OF_RANGE),
        (["DTSTART:20260105T120000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"], Why.RULE_TOO_OFTEN),
        (["DTSTART:20260105T120000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY;COUNT=1000000"], Why.RULE_TOO_OFTEN),
        (["DTSTART:20260105T120000Z", "DURATION:PT1H", "RECURRENCE-ID:then"], Why.PLACE_UNREADABLE),
    ],
)
def test_refuses_an_event_and_says_why(lines: list[str], why: Why) -> None:
    found = row(*lines)
    assert (found.verdict, whys(found), found.events) == (Verdict.REFUSED, [why], ())


@pytest.mark.parametrize(
    ("lines", "why", "count"),
    [
        (["RRULE:FREQ=FORTNIGHTLY"], Why.RULE_UNREADABLE, 1),
        (["RRULE:FREQ=DAILY;UNTIL=225959"], Why.RULE_UNREADABLE, 1),
        (["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"], Why.RULE_NEVER, 1),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:never"], Why.DATES_LEFT_OUT, 3),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260106"], Why.BECOMES_SINGLE, 2),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=DAILY;INTERVAL=2"], Why.BECOMES_SINGLE, 1),
        (["RRULE:FREQ=DAILY;COUNT=1000000", "RDATE:20260101T080000Z"], Why.BECOMES_SINGLE, 879),
        (["STATUS:CANCELLED", "RRULE:FREQ=DAILY"], Why.CANCELLED, 0),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260105T120000Z"], Why.THIS_AND_FUTURE, 1),
        (["this is no line"], Why.LINES_LEFT_OUT, 1),
    ],
)
def test_takes_an_event_otherwise_and_says_how(lines: list[str], why: Why, count: int) -> None:
    found = row("DTSTART:20260105T120000Z", "DTEND:20260105T130000Z", *lines)
    assert found.verdict is Verdict.CHANGED
    assert why in whys(found)
    assert len(found.events) == count


def test_an_instant_is_not_moved_by_a_zone_written_beside_it() -> None:
    found = row("DTSTART;TZID=America/New_York:20260105T120000Z", 'DTEND;TZID="X:Y":20260105T130000Z')
    assert (found.verdict, spans(found)) == (Verdict.TAKEN, ["2026-01-05T12:00:00Z/2026-01-05T13:00:00Z"])


def test_an_event_without_a_uid_is_known_again_by_what_it_says() -> None:
    text = event("DTSTART:20260105T120000Z", "DTEND:20260105T130000Z", "SUMMARY:Ann")
    (first,), (again,), (other,) = read(text).rows, read(text).rows, read(text.replace("Ann", "Bo")).rows
    assert whys(first) == [Why.NO_UID]
    assert first.events == again.events
    assert first.events[0].id != other.events[0].id


def test_a_cancellation_sent_by_mail_leaves_nothing() -> None:
    text = "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\n" + event("UID:c", "DTSTART:20260105T120000Z", "DURATION:PT1H")
    (found,) = read(text + "END:VCALENDAR\r\n").rows
    assert (whys(found), found.events) == ([Why.CANCELLED], ())


def test_one_file_does_not_explain_the_zones_of_another() -> None:
    file = (FIXTURES / "exchange.ics").read_text()
    without_zone = re.sub(r"BEGIN:VTIMEZONE.*END:VTIMEZONE\n", "", file, flags=re.DOTALL)
    assert spans(read(file).rows[0]) == ["2026-06-01T07:00:00Z/2026-06-01T08:00:00Z"]
    assert whys(read(without_zone).rows[0]) == [Why.ZONE_UNKNOWN]


def test_says_that_a_calendar_is_empty() -> None:
    file = read("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    assert ([one.why for one in file.notes], file.rows) == ([Why.EMPTY_CALENDAR], ())


def test_refuses_what_is_no_calendar() -> None:
    assert refusal(b"") is Why.EMPTY_FILE
    assert refusal(b"name,phone\nAnn,030\n") is Why.NOT_A_CALENDAR
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20) is Why.NOT_TEXT
    assert refusal(b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 100) is Why.TOO_DEEP
    assert refusal(b"BEGIN:VEVENT\nEND:VEVENT\n" * 20_001) is Why.TOO_MANY
    assert refusal(b"BEGIN:VCALENDAR\n" + b"X" * 20_000_000) is Why.TOO_LARGE


def many(count: int, *lines: str) -> bytes:
    return "".join(
        event(f"UID:{number}", "DTSTART:20060105T120000Z", "DURATION:PT1H", *lines) for number in range(count)
    ).encode()


SLOW_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Slow\nBEGIN:STANDARD\nDTSTART:19000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\n"
)
HOSTILE = {
    "one line": b"BEGIN:VEVENT\nSUMMARY:" + b"x" * 10_000_000,
    "folded line": b"BEGIN:VEVENT\nSUMMARY:" + b"\n x" * 3_000_000,
    "line breaks": b"BEGIN:VEVENT\n" + b"\n" * 10_000_000,
    "blanks": b"BEGIN:VEVENT\nDTSTART;" + b" " * 10_000_000 + b"X=1:20260105",
    "begins": b"BEGIN:VEVENT\n" * 700_000,
    "ends": b"BEGIN:VEVENT\n" + b"END:X\n" * 500_000,
    "parameters": b"BEGIN:VEVENT\nDTSTART" + b";A=B" * 70_000 + b":20260105\nEND:VEVENT\n",
    "added dates": b"BEGIN:VEVENT\nDTSTART:20260105T120000Z\nDURATION:PT1H\n" + b"RDATE:20270105T120000Z\n" * 400_000,
    "daily for ever": many(5_000, "RRULE:FREQ=DAILY"),
    "24 times a day": many(2_000, "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))),
    "never": many(5_000, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "seldom": many(5_000, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"),
    "secondly": many(5_000, "RRULE:FREQ=SECONDLY;COUNT=1000000"),
    "slow zone": (SLOW_ZONE + "RRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n").encode()
    + event("DTSTART;TZID=Slow:20260105T120000", "DURATION:PT1H").encode(),
    "many zones": (SLOW_ZONE + "RRULE:FREQ=YEARLY\nEND:STANDARD\nEND:VTIMEZONE\n").encode() * 50_000,
    "same event": many(1, "SEQUENCE:1") * 15_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bounds_the_work_of_a_hostile_file(name: str) -> None:
    def read_it() -> None:
        with suppress(UnreadableFile):
            read_calendar(HOSTILE[name], zone="Europe/Berlin", now=NOW)

    assert calls_of(read_it) < 50_000_000


BLOCKS = ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VTIMEZONE", "END:VTIMEZONE"]
ZONE_LINES = ["TZID:Mine", "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETFROM:+0100", "TZOFFSETTO:+9900", "UID:1"]
OTHERS = ["STATUS:CANCELLED", "SEQUENCE:x", "ORGANIZER;CN=:x", "ATTENDEE;CN=A,B:m", " folded", "X", "DTSTAMP:1"]
DATED = ["DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE", "DURATION"]
PARAMETERS = ["", ";TZID=Mine", ";TZID=Europe/Berlin", ";VALUE=DATE", ";VALUE=PERIOD", ";TZID=", ";VALUE=X"]
DATES = ["20260105T120000", "20260105T120000Z", "20260105", "PT1H", "-P1D", "20260105T120000/PT1H", "00010101", "T", ""]
ODD_DATES = ["99991231T235959Z", "20260105/20260106", "20260105T130000,20260108T990000", "PT9999999999H"]
RULES = ["FREQ=DAILY", "FREQ=WEEKLY;COUNT=3", "FREQ=X", "", "FREQ=YEARLY;UNTIL=2027", "FREQ=DAILY;BYDAY=9XX", "UNTIL=,"]
TEXTS = ["SUMMARY", "DESCRIPTION", "LOCATION", "TRANSP", "UID", "TZID"]
LINES = st.one_of(
    st.sampled_from(BLOCKS + ZONE_LINES + OTHERS),
    st.builds(
        "{}{}:{}".format,
        st.sampled_from(DATED),
        st.sampled_from(PARAMETERS),
        st.sampled_from(DATES + ODD_DATES) | st.text(max_size=5),
    ),
    st.builds("{}:{}".format, st.sampled_from(["RRULE", "EXRULE"]), st.sampled_from(RULES)),
    st.builds("{}:{}".format, st.sampled_from(TEXTS), st.text(max_size=8)),
)


MAIMED = st.builds(
    lambda file, at, length, instead: file[:at] + instead + file[at + length :],
    st.sampled_from([path.read_bytes() for path in sorted(FIXTURES.glob("*.ics"))]),
    st.integers(0, 2500),
    st.integers(0, 40),
    st.binary(max_size=3) | st.sampled_from(DATES).map(str.encode),
)


@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=200)
    | MAIMED
    | st.lists(LINES, max_size=14).map(lambda lines: "\r\n".join(["BEGIN:VEVENT", *lines]).encode())
    | st.lists(LINES, max_size=10).map(
        lambda lines: event("DTSTART:20260105T120000Z", "DURATION:PT1H", *lines).encode()
    )
)
def test_no_bytes_raise_anything_but_the_readers_own_refusal(data: bytes) -> None:
    try:
        file = read_calendar(data, zone="America/New_York", now=NOW)
    except UnreadableFile:
        return
    for found in file.rows:
        assert bool(found.notes) is (found.verdict is not Verdict.TAKEN)
        assert not (found.events and found.verdict is Verdict.REFUSED)
        assert all(one.sentence for one in found.notes)
        assert all(one.starts_at < one.ends_at and one.starts_at.tzinfo is UTC for one in found.events)
