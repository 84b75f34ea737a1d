"""Recurrence rules beside another program's: the examples of RFC 5545, section 3.8.5.3, and rules by chance."""

import json
import random
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from shared.clock import instant_text
from shared.errors import Refusal
from shared.rules.recurrence import occurrences
from shared.rules.wall_time import local, resolve
from tests.vectors.day_by_day import any_rule, starts
from tests.vectors.other_program import KEPT, REACH, random_rule, unpacked

RULES = Path(__file__).parents[1] / "vectors" / "other_program.json"
"""Made by `tests.vectors.other_program` with recurring-ical-events 3.8.2: 10,000 rules of the seed 5545."""
Row = tuple[str, str, str, str]
FEW = 300
PART = 1000


def our_starts(start: datetime, zone: str, rrule: str) -> list[datetime]:
    """What this program makes of a rule, as far as the other one was asked."""
    found = occurrences(start, zone, rrule, (), before=resolve(start + REACH, zone), limit=KEPT)
    return [one.start for one in found]


def difference(row: Row, seen: Counter[str]) -> str:
    """What differs between the two; empty where nothing does that was not decided.

    The other program has a time that a clock skips, an hour later, and counts it. RFC 5545, section 3.3.10 has it
    ignored and not counted.
    """
    begins, zone, rrule, text = row
    start = datetime.fromisoformat(begins)
    ours, theirs = our_starts(start, zone, rrule), unpacked(start, zone, text)
    kept = [one for one, on_time in theirs if on_time]
    seen["starts"] += len(theirs)
    seen["rules with a skipped time"] += len(kept) != len(theirs)
    same = ours == kept if len(kept) == len(theirs) else ours[: len(kept)] == kept
    return "" if same else f"{row[:3]}: {sorted(map(instant_text, set(ours) ^ set(kept)))[:3]}"


def test_rules_by_chance_have_the_dates_of_another_program() -> None:
    rows: list[Row] = json.loads(RULES.read_text())
    assert [told for row in rows[:FEW] if (told := difference(row, Counter()))] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_10000_rules_by_chance_have_the_dates_of_another_program(part: int) -> None:
    rows: list[Row] = json.loads(RULES.read_text())[part * PART : (part + 1) * PART]
    assert len(rows) == PART
    seen = Counter[str]()
    told = [said for row in rows if (said := difference(row, seen))]
    print(f"seed 5545, rules {part * PART} on: {dict(seen)}, {len(told)} that differ")
    assert told == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60, 70))
def test_10000_rules_by_chance_have_the_dates_that_looking_at_each_day_finds(seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    rules = [random_rule(dice) for _ in range(PART)]
    assert [
        f"{rule}: {sorted(map(instant_text, set(ours) ^ set(wanted)))[:3]}"
        for rule in rules
        if (ours := our_starts(*rule)) != (wanted := starts(*rule, reach=REACH, limit=KEPT))
    ] == []


def day_by_day(rule: tuple[datetime, str, str]) -> str:
    """What differs between a rule of any parts and looking at each day; empty where nothing does.

    One that is refused for having no date has none but its start.
    """
    wanted = starts(*rule, reach=REACH, limit=KEPT)
    try:
        ours = our_starts(*rule)
    except Refusal as refusal:
        never = refusal.details == {"what": "rrule", "problem": "never"} and len(wanted) <= 1
        return "" if never else f"{rule}: {refusal}"
    return "" if ours == wanted else f"{rule}: {sorted(map(instant_text, set(ours) ^ set(wanted)))[:3]}"


def test_rules_of_any_parts_have_the_dates_that_looking_at_each_day_finds() -> None:
    dice = random.Random(80)
    assert [told for _ in range(FEW // 3) if (told := day_by_day(any_rule(dice)))] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(81, 85))
def test_4000_rules_of_any_parts_have_the_dates_that_looking_at_each_day_finds(seed: int) -> None:
    dice = random.Random(seed)
    assert [told for _ in range(PART) if (told := day_by_day(any_rule(dice)))] == []


@pytest.mark.parametrize(
    ("start", "rrule", "days"),
    [
        ("2026-05-11T09:00:00", "FREQ=YEARLY;BYWEEKNO=20", "0511 0517 0515 0514"),
        ("2026-05-13T09:00:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2", "0513 0520 0527"),
        ("2026-05-13T09:00:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", "0513 0518 0525"),
        ("2026-05-04T09:00:00", "FREQ=MONTHLY;BYDAY=MO,2TU", "0504 0511 0512 0518 0525 0601 0608 0609"),
        ("2026-05-18T09:00:00", "FREQ=YEARLY;BYDAY=20MO,SU", "0518 0524 0531"),
    ],
)
def test_what_dateutil_has_otherwise_is_as_the_rfc_has_it(start: str, rrule: str, days: str) -> None:
    wanted = days.split()
    found = occurrences(datetime.fromisoformat(start), "UTC", rrule, (), before=None, limit=len(wanted))
    assert [f"{one.local:%m%d}" for one in found] == wanted


NEW_YORK = "America/New_York"
NINE = "1997-09-02T09:00:00"
# Start, rule, and the local days of its first occurrences, as the RFC prints them.
EXAMPLES = [
    (NINE, "FREQ=DAILY;COUNT=10", "0902 0903 0904 0905 0906 0907 0908 0909 0910 0911"),
    (NINE, "FREQ=DAILY;INTERVAL=2", "0902 0904 0906 0908"),
    (NINE, "FREQ=DAILY;INTERVAL=10;COUNT=5", "0902 0912 0922 1002 1012"),
    (NINE, "FREQ=WEEKLY;COUNT=10", "0902 0909 0916 0923 0930 1007 1014 1021 1028 1104"),
    (NINE, "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "0902 0916 0930 1014 1028 1111 1125 1209 1223"),
    (NINE, "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
    ("1997-09-01T09:00:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
     "0901 0903 0905 0915 0917 0919 0929 1001 1003 1013 1015 1017 1027 1029 1031 1110 1112 1114 1124 1126 1128 1208 "
     "1210 1212 1222"),
    (NINE, "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "0902 0904 0916 0918 0930 1002 1014 1016"),
    ("1997-09-05T09:00:00", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
     "0905 1003 1107 1205 0102 0206 0306 0403 0501 0605"),
    ("1997-09-07T09:00:00", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
     "0907 0928 1102 1130 0104 0125 0301 0329 0503 0531"),
    ("1997-09-22T09:00:00", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "0922 1020 1117 1222 0119 0216"),
    ("1997-09-28T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=-3", "0928 1029 1128 1229 0129 0226"),
    (NINE, "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "0902 0915 1002 1015 1102 1115 1202 1215 0102 0115"),
    ("1997-09-30T09:00:00", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
     "0930 1001 1031 1101 1130 1201 1231 0101 0131 0201"),
    ("1997-09-10T09:00:00", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
     "0910 0911 0912 0913 0914 0915 0310 0311 0312 0313"),
    ("1997-06-10T09:00:00", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "0610 0710 0610 0710 0610 0710 0610 0710 0610 0710"),
    ("1997-01-01T09:00:00", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
     "0101 0410 0719 0101 0409 0718 0101 0410 0719 0101"),
    ("1997-05-19T09:00:00", "FREQ=YEARLY;BYDAY=20MO", "0519 0518 0517"),
    ("1997-05-12T09:00:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "0512 0511 0517"),
    ("1997-03-13T09:00:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "0313 0320 0327 0305 0312 0319 0326"),
    ("1998-02-13T09:00:00", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "0213 0313 1113 0813 1013"),
    ("1997-09-13T09:00:00", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "0913 1011 1108 1213 0110"),
    ("1996-11-05T09:00:00", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1105 1107 1102"),
    ("1997-09-04T09:00:00", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "0904 1007 1106"),
    ("1997-09-29T09:00:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "0929 1030 1127 1230 0129 0226 0330"),
    ("1997-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "0805 0810 0819 0824"),
    ("1997-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "0805 0817 0819 0831"),
    ("2007-01-15T09:00:00", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "0115 0130 0215 0315 0330"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "rrule", "days"), EXAMPLES, ids=lambda told: told if "FREQ" in told else "")
def test_the_examples_of_the_rfc(start: str, rrule: str, days: str) -> None:
    wanted = days.split()
    found = occurrences(datetime.fromisoformat(start), NEW_YORK, rrule, (), before=None, limit=len(wanted))
    assert [f"{one.local:%m%d}" for one in found] == wanted
    assert {local(one.start, NEW_YORK).hour for one in found} == {9}
