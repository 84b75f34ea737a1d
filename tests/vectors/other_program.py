"""Dates of rules by chance as another program has them: `python -m tests.vectors.other_program SEED COUNT FILE`.

It runs where recurring-ical-events is installed, which is in an environment of its own: it wants an older dateutil than
this program stands on.
"""

import json
import random
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

ZONES = ("America/New_York", "Europe/Berlin", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "UTC")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
REACH = timedelta(days=1500)
KEPT = 30
"""Starts that are kept of each rule."""


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


def theirs(start: datetime, zone: str, rrule: str) -> list[str]:
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
    instants = sorted(one["DTSTART"].dt.astimezone(UTC) for one in found)
    return [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in instants[:KEPT]]


def main(seed: int, count: int, file: Path) -> None:
    """Write rules and what the other program makes of them."""
    dice = random.Random(seed)
    rows = []
    for _ in range(count):
        start, zone, rrule = random_rule(dice)
        rows.append([start.isoformat(), zone, rrule, theirs(start, zone, rrule)])
    file.write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
