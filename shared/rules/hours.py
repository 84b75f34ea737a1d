"""When an owner of opening hours is open: weekly rules, dated exceptions, and what remains of both."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from shared.model.base import Span
from shared.model.hours import HoursException, HoursRule
from shared.rules.wall_time import local, minute_of


def open_spans(
    rules: Sequence[HoursRule], exceptions: Sequence[HoursException], zone: str, first: date, last: date
) -> tuple[Span, ...]:
    """The spans in which one owner is open on the local days `first` to `last`, in order, joined where they touch.

    A dated exception replaces the week's rules of its day; a closed one wins over open ones of the same day.
    """
    return _open_spans(tuple(rules), tuple(exceptions), zone, first, last)


# The same few days of the same few owners are asked for again and again: by a batch of bookings for each of them.
@lru_cache(maxsize=4096)
def _open_spans(
    rules: tuple[HoursRule, ...], exceptions: tuple[HoursException, ...], zone: str, first: date, last: date
) -> tuple[Span, ...]:
    spans: list[Span] = []
    day = first - timedelta(days=1)
    while day <= last:
        spans.extend(_of_day(rules, exceptions, zone, day))
        day += timedelta(days=1)
    window = Span(minute_of(first, 0, zone), minute_of(last, 24 * 60, zone))
    return tuple(span for span in join(spans) if span.overlaps(window))


def _of_day(rules: Sequence[HoursRule], exceptions: Sequence[HoursException], zone: str, day: date) -> Iterable[Span]:
    return [
        Span(minute_of(day, opens, zone), minute_of(day, closes, zone))
        for opens, closes in openings_of(rules, exceptions, day)
    ]


def openings_of(
    rules: Sequence[HoursRule], exceptions: Sequence[HoursException], day: date
) -> Sequence[tuple[int, int]]:
    """The openings of one owner that begin on a local day, in minutes of it; those beyond 1440 are on the next.

    One that has no week of its own is open all day but for what a date says otherwise.
    """
    dated = [one for one in exceptions if one.day == day]
    if not rules and not dated:
        return [(0, 24 * 60)]
    if any(one.opens is None for one in dated):
        return []
    if dated:
        hours = [(one.opens, one.closes) for one in dated]
    else:
        hours = [(rule.opens, rule.closes) for rule in rules if rule.weekday == day.weekday() and _valid(rule, day)]
    return [(opens, closes) for opens, closes in hours if opens is not None and closes is not None and opens < closes]


def _valid(rule: HoursRule, day: date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_to is None or day <= rule.valid_to)


def join(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same stretches in order, those that touch or overlap made one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def intersect(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """What both leave open; each side in order and free of overlaps."""
    found: list[Span] = []
    for one in left:
        for other in right:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if start < end:
                found.append(Span(start, end))
    return tuple(found)


def days_of(span: Span, zone: str) -> tuple[date, date]:
    """The first and last local day that a span touches."""
    return local(span.start, zone).date(), local(span.end - timedelta(seconds=1), zone).date()
