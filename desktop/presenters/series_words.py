"""How a rule of repetition is said, and how it is written from what a form holds."""

from datetime import date
from typing import Final

from desktop.models.rows import RepeatForm
from desktop.presenters.words import Words

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OWN_RULE: Final = "By a rule of its own"
"""What is said of a rule that says more than forms can."""
_UNITS: Final = {"DAILY": ("day", "days"), "WEEKLY": ("week", "weeks"), "MONTHLY": ("month", "months")}


def rule_of(form: RepeatForm) -> str:
    """The RRULE that a form asks for (RFC 5545, section 3.3.10)."""
    parts = [f"FREQ={form.unit}"]
    if form.every > 1:
        parts.append(f"INTERVAL={form.every}")
    if form.unit == "WEEKLY" and form.weekdays:
        parts.append(f"BYDAY={','.join(WEEKDAYS[one] for one in form.weekdays)}")
        if form.week_starts and form.every > 1:
            parts.append(f"WKST={WEEKDAYS[form.week_starts]}")
    if form.until is not None:
        parts.append(f"UNTIL={form.until:%Y%m%d}")
    elif form.count is not None:
        parts.append(f"COUNT={form.count}")
    return ";".join(parts)


def form_of(rrule: str) -> RepeatForm | None:
    """What a form holds of a rule; None for one that says more than the form can."""
    parts = dict(part.split("=", 1) for part in "".join(rrule.split()).split(";") if "=" in part)
    unit, every = parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1"))
    named, count, until = parts.pop("BYDAY", ""), parts.pop("COUNT", None), parts.pop("UNTIL", None)
    days, week_starts = named.split(",") if named else [], parts.pop("WKST", WEEKDAYS[0])
    if parts or unit not in ("DAILY", "WEEKLY", "MONTHLY") or not {*days, week_starts} <= set(WEEKDAYS):
        return None
    return RepeatForm(
        every=every,
        unit=unit,
        weekdays=tuple(sorted(WEEKDAYS.index(one) for one in days)),
        count=int(count) if count else None,
        until=date(int(until[:4]), int(until[4:6]), int(until[6:8])) if until else None,
        week_starts=WEEKDAYS.index(week_starts),
    )


def rule_words(rrule: str, words: Words) -> str:
    """`Every 2 weeks on Tue and Thu, until Thu 24 Dec`; `By a rule of its own` for one that says more than forms do."""
    form = form_of(rrule)
    if form is None:
        return OWN_RULE
    one, several = _UNITS[form.unit]
    often = f"Every {one}" if form.every == 1 else f"Every {form.every} {several}"
    days = " and ".join(_DAYS[day] for day in form.weekdays)
    ends = f", until {words.short_day(form.until)} {form.until.year}" if form.until else ""
    count = f", {form.count} times" if form.count else ""
    return f"{often}{f' on {days}' if days else ''}{ends}{count}"
