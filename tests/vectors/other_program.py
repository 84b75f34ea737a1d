"""Dates of rules by chance as another program has them: `python -m tests.vectors.other_program SEED COUNT FILE`.

It runs where recurring-ical-events is installed, which is in an environment of its own: it wants an older dateutil than
this program stands on.
"""

import json
import random
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

ZONES = ("America/New_York", "Europe/Berlin", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REACH = timedelta(days=1500)
KEPT = 30
"""Starts that are kept of each rule."""
DAY = timedelta(days=1)


def random_rule(dice: random.Random) -> tuple[datetime, str, str]:
    """A local start that its rule meets, a zone, and a rule of the kinds that calendars write."""
    frequency = dice.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    parts = [f"FREQ={frequency}"]
    if dice.random() < 0.5:
        parts.append(f"INTERVAL={dice.randrange(1, 5)}")
    parts += _by(dice, frequency)
    if dice.random() < 0.3:
        parts.append(f"WKST={dice.choice(('MO', 'SU'))}")
    day = datetime(2026, dice.randrange(1, 13), dice.randrange(1, 29))  # noqa: DTZ001 a time on the wall
    asked = day.replace(hour=dice.choice((0, 1, 2, 9, 23)), minute=dice.choice((0, 30)))
    start = next(iter(rrulestr(";".join(parts), dtstart=asked)))
    if dice.random() < 0.5:
        parts.append(f"COUNT={dice.randrange(1, 40)}")
    elif dice.random() < 0.5:
        parts.append(f"UNTIL={dice.randrange(2028, 2030)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}T120000Z")
    return start, dice.choice(ZONES), ";".join(parts)


def _by(dice: random.Random, frequency: str) -> list[str]:
    days = ",".join(sorted(dice.sample(DAYS, dice.randrange(1, 4)), key=DAYS.index))
    numbers = ",".join(map(str, sorted(dice.sample((-1, 1, 5, 15, 28, 29, 30, 31), dice.randrange(1, 3)))))
    months = ",".join(map(str, sorted(dice.sample(range(1, 13), dice.randrange(1, 4)))))
    ordinal = dice.choice(("1MO", "2TU", "-1FR", "3WE,-2SU"))
    kinds: dict[str, tuple[list[str], ...]] = {
        "DAILY": ([], [], [f"BYDAY={days}"], [f"BYMONTH={months}"], [f"BYMONTHDAY={numbers}"]),
        "WEEKLY": ([], [f"BYDAY={days}"], [f"BYDAY={days}"], [f"BYDAY={days}", f"BYMONTH={months}"]),
        "MONTHLY": ([], [f"BYMONTHDAY={numbers}"], [f"BYDAY={ordinal}"], [f"BYDAY={days}", "BYSETPOS=-1"]),
        "YEARLY": ([], [f"BYMONTH={months}"], [f"BYMONTH={months}", f"BYDAY={ordinal}"], ["BYWEEKNO=20", "BYDAY=MO"]),
    }
    return dice.choice(kinds[frequency])


def packed(start: datetime, zone: str, instants: list[datetime]) -> str:
    """Instants as the days between them on the wall: `7x3 14 1+60`, the last an hour later than the start's time.

    A number alone is the instant of the start's own time on that day, the first where there are two. The days of the
    first are counted from the start.
    """
    gaps, before = list[str](), start
    for one in instants:
        wall = start + (one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - start + DAY / 2) // DAY * DAY
        late = (one - wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)) // timedelta(minutes=1)
        skipped = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        gaps.append(f"{(wall - before).days}" + (f"+{late}" if late or skipped != wall else ""))
        before = wall
    runs = ((gap, len(list(same))) for gap, same in groupby(gaps))
    return " ".join(gap if times == 1 else f"{gap}x{times}" for gap, times in runs)


def unpacked(start: datetime, zone: str, text: str) -> list[tuple[datetime, bool]]:
    """The instants that `packed` was given, and of each whether it is at the start's time."""
    found, wall = list[tuple[datetime, bool]](), start
    for run in text.split():
        gap, _, times = run.partition("x")
        days, plus, late = gap.partition("+")
        for _ in range(int(times or 1)):
            wall += int(days) * DAY
            instant = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=int(late or 0))
            found.append((instant, not plus))
    return found


def theirs(start: datetime, zone: str, rrule: str) -> list[datetime]:
    """The instants of a rule by recurring-ical-events, within REACH of its start, the first KEPT of them."""
    import recurring_ical_events  # type: ignore[import-not-found,unused-ignore]
    from icalendar import Calendar, Event, vRecur

    event, calendar = Event(), Calendar()
    begins = start.replace(tzinfo=ZoneInfo(zone))
    event.add("uid", "one")
    event.add("dtstart", begins)
    event.add("dtend", begins + timedelta(minutes=5))
    event.add("rrule", vRecur.from_ical(rrule))
    calendar.add_component(event)
    found = recurring_ical_events.of(calendar).between(date(start.year, start.month, start.day), begins + REACH)
    return sorted(one["DTSTART"].dt.astimezone(UTC) for one in found)[:KEPT]


def main(seed: int, count: int, file: Path) -> None:
    """Write rules and what the other program makes of them."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        start, zone, rrule = random_rule(dice)
        found = theirs(start, zone, rrule)
        text = packed(start, zone, found)
        assert [one for one, _ in unpacked(start, zone, text)] == found
        rows.append([start.isoformat(timespec="minutes"), zone, rrule, text])
    file.write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
