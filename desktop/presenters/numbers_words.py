"""The figures of some days in words."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from desktop.models.numbers_rows import Bar, Chart, Heat, HeatCell, HeatRow, NumbersPage, Tile
from desktop.presenters.words import Words
from shared.rules import wall_time
from shared.rules.numbers.lead_time import LeadTime
from shared.rules.numbers.report import Numbers
from shared.rules.numbers.revenue import Revenue
from shared.rules.numbers.stretches import HOUR, MINUTE
from shared.rules.numbers.turnout import Turnout
from shared.rules.numbers.utilisation import HourUse, ResourceUse

NONE: Final = "–"
_SPREAD: Final = (
    "Less than an hour", "Within a day", "1 to 3 days", "3 to 7 days", "1 to 2 weeks", "2 weeks to a month",
    "A month and more",
)  # fmt: skip
_MOST: Final = 12
"""Lines of one chart; what is beyond is summed up in the last."""


def share_words(part: int, whole: int) -> str:
    """`63%`, rounded half up; a dash where there is nothing to have a share of."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else NONE


def length_words(seconds: int) -> str:
    """`2 h 30 min`, `45 min`, `12 h`."""
    hours, rest = divmod(seconds, HOUR)
    minutes = rest // MINUTE
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{minutes} min" if minutes or not hours else "")))


def ahead_words(minutes: int | None) -> str:
    """`3 days 4 h`, `5 h 20 min`: the two largest units."""
    if minutes is None:
        return NONE
    days, rest = divmod(minutes, 24 * 60)
    if not days:
        return length_words(minutes * MINUTE)
    hours = rest // 60
    return " ".join(filter(None, (f"{days} day{'s' if days > 1 else ''}", f"{hours} h" if hours else "")))


def days_words(first: date, last: date, words: Words) -> str:
    """`Mon 23 Nov – Sun 29 Nov 2026`."""
    if first == last:
        return words.day(first)
    begins = words.short_day(first) if first.year == last.year else f"{words.short_day(first)} {first.year}"
    return f"{begins} – {words.short_day(last)} {last.year}"


def is_empty(told: Numbers) -> bool:
    """Whether nothing was booked, asked for or paid."""
    return not (told.turnout.booked or told.revenue or any(one.booked or one.outside for one in told.utilisation))


def numbers_page(told: Numbers, words: Words) -> NumbersPage:
    """All that the page shows."""
    return NumbersPage(
        tiles=(_use_tile(told.utilisation), *_people_tiles(told), *_money_tiles(told.revenue, words)),
        heat=_heat(told, words),
        charts=tuple(_charts(told, words)),
    )


def _use_tile(use: Sequence[ResourceUse]) -> Tile:
    opened, booked = sum(one.open for one in use), sum(one.booked for one in use)
    beside = _beside(sum(one.outside for one in use), sum(one.over for one in use))
    detail = " · ".join(filter(None, (f"{length_words(booked)} of {length_words(opened)}", beside)))
    return Tile(label="Utilisation", text=share_words(booked, opened), detail=detail)


def _beside(outside: int, over: int) -> str:
    """What was booked and is no part of the open time."""
    return " · ".join(
        f"{length_words(seconds)} {what}"
        for seconds, what in ((outside, "outside hours"), (over, "double-booked"))
        if seconds
    )


def _people_tiles(told: Numbers) -> Iterable[Tile]:
    turnout, lead, customers = told.turnout, told.lead_time, told.customers
    unmarked = f" · {turnout.unmarked} to come or not marked" if turnout.unmarked else ""
    yield Tile(label="Visits", text=str(turnout.booked), detail=f"{turnout.came} came{unmarked}")
    yield Tile(
        label="No-shows",
        text=share_words(turnout.no_shows, turnout.expected),
        detail=f"{turnout.no_shows} of {turnout.expected} who were expected",
    )
    yield Tile(
        label="Cancelled",
        text=share_words(turnout.cancelled, turnout.booked),
        detail=f"{turnout.cancelled} of {turnout.booked} · {turnout.late} late",
    )
    middle = f"Half between {ahead_words(lead.lower)} and {ahead_words(lead.upper)}" if lead.visits else ""
    yield Tile(label="Booked ahead, median", text=ahead_words(lead.median), detail=middle)
    came = customers.new + customers.returning
    yield Tile(
        label="New customers",
        text=str(customers.new),
        detail=f"of {came} who came, {customers.returning} had been before",
    )


def _money_tiles(revenue: Sequence[Revenue], words: Words) -> Iterable[Tile]:
    sums = [(one, words.in_currency(one.currency)) for one in revenue]
    nothing = words.money(0)
    visits = sum(one.visits for one in revenue)
    yield Tile(
        label="Revenue",
        text=" · ".join(said.money(one.earned) for one, said in sums) or nothing,
        detail=f"{visits} completed visit{'' if visits == 1 else 's'}",
    )
    tips = " · ".join(said.money(one.tips) for one, said in sums if one.tips)
    yield Tile(
        label="Received",
        text=" · ".join(said.money(one.received) for one, said in sums) or nothing,
        detail=f"and {tips} in tips" if tips else "Refunds are taken off, tips are not in it",
    )


# By hour


def _heat(told: Numbers, words: Words) -> Heat:
    hours = sorted({hour.hour for one in told.utilisation for hour in one.hours})
    rows = [_heat_row(one.name, one.hours, hours, _beside(one.outside, one.over), words) for one in told.utilisation]
    return Heat(
        columns=("All", *(_hour_words(hour, words) for hour in hours)),
        rows=(*rows, _heat_row("All", _together(told.utilisation, hours), hours, "", words, is_sum=True)),
        note="Booked, buffers included, of what is open. Rooms and equipment with several places count each of them.",
    )


def _hour_words(hour: int, words: Words) -> str:
    """`09` or `9 AM`."""
    some_day = wall_time.minute_of(date(2026, 1, 15), hour * 60, words.zone)
    return words.time(some_day).replace(":00", "")


def _together(use: Iterable[ResourceUse], hours: Sequence[int]) -> tuple[HourUse, ...]:
    every = [hour for one in use for hour in one.hours]
    return tuple(
        HourUse(
            hour=hour,
            open=sum(one.open for one in every if one.hour == hour),
            booked=sum(one.booked for one in every if one.hour == hour),
        )
        for hour in hours
    )


def _heat_row(
    name: str, use: Sequence[HourUse], hours: Sequence[int], detail: str, words: Words, *, is_sum: bool = False
) -> HeatRow:
    by_hour = {one.hour: (one.booked, one.open) for one in use}
    total = (sum(one.booked for one in use), sum(one.open for one in use))
    cells = [
        _cell(
            f"{name}, {_hour_words(hour, words)} to {_hour_words((hour + 1) % 24, words)}", *by_hour.get(hour, (0, 0))
        )
        for hour in hours
    ]
    return HeatRow(name=name, cells=(_cell(f"{name}, all day", *total), *cells), detail=detail, is_sum=is_sum)


def _cell(what: str, booked: int, opened: int) -> HeatCell:
    if not opened:
        return HeatCell(text="", share=None, spoken=f"{what}: not open")
    share = share_words(booked, opened)
    spoken = f"{what}: {share}, {length_words(booked)} of {length_words(opened)}"
    return HeatCell(text=share, share=booked / opened, spoken=spoken)


# Charts


def _charts(told: Numbers, words: Words) -> Iterable[Chart]:
    several = len(told.revenue) > 1
    for one in told.revenue:
        said, of = words.in_currency(one.currency), f" ({one.currency})" if several else ""
        services = [(each.name or "Without a service", each.amount, f"{each.count} × · ") for each in one.services]
        people = [(each.name or "Nobody", each.amount, "") for each in one.people]
        empty = "No visit was completed in these days."
        yield Chart(title=f"Revenue by service{of}", bars=_money_bars(services, said), empty=empty)
        yield Chart(title=f"Revenue by person{of}", bars=_money_bars(people, said), empty=empty)
    yield _turnout_chart(told.turnout)
    yield _lead_chart(told.lead_time)
    customers = told.customers
    parts = [("New", customers.new), ("Returning", customers.returning)]
    nameless = [("Visits without a customer", customers.nameless)] if customers.nameless else []
    yield Chart(
        title="New and returning customers", bars=_count_bars([*parts, *nameless]),
        note="Whoever came in these days, each once. New is who had never come before.",
    )  # fmt: skip
    for one in told.revenue:
        yield _received_chart(one, words.in_currency(one.currency), f" ({one.currency})" if several else "")


def _money_bars(lines: Sequence[tuple[str, int, str]], words: Words) -> tuple[Bar, ...]:
    shown, rest = list(lines[:_MOST]), lines[_MOST:]
    if rest:
        shown.append((f"{len(rest)} others", sum(amount for _, amount, _ in rest), ""))
    longest = max((amount for _, amount, _ in shown), default=0)
    return tuple(
        Bar(name=name, text=f"{count}{words.money(amount)}", share=_length(amount, longest))
        for name, amount, count in shown
    )


def _count_bars(lines: Sequence[tuple[str, int]]) -> tuple[Bar, ...]:
    longest = max((count for _, count in lines), default=0)
    return tuple(Bar(name=name, text=str(count), share=_length(count, longest)) for name, count in lines)


def _length(part: int, longest: int) -> float:
    return max(0, part) / longest if longest > 0 else 0.0


def _turnout_chart(told: Turnout) -> Chart:
    lines = [
        ("Came", told.came),
        ("Did not come", told.no_shows),
        ("Cancelled late (customer)", told.late),
        ("Cancelled in time (customer)", told.cancelled_by_customer - told.late),
        ("Cancelled by the business", told.cancelled_by_business),
        ("To come, or not marked", told.unmarked),
    ]
    return Chart(title="What became of the visits", bars=_count_bars(lines))


def _lead_chart(told: LeadTime) -> Chart:
    return Chart(
        title="How far ahead people book",
        bars=_count_bars(list(zip(_SPREAD, told.spread, strict=True))) if told.visits else (),
        note="From the booking to the start, without walk-ins, imports and visits that repeat.",
        empty="Nobody booked ahead.",
    )


def _received_chart(one: Revenue, words: Words, of: str) -> Chart:
    sums = (
        ("Balances", one.balances), ("Deposits", one.deposits), ("Late fees", one.fees), ("Tips", one.tips),
        ("Given back", -one.refunds),
    )  # fmt: skip
    longest = max(abs(amount) for _, amount in sums)
    bars = tuple(
        Bar(name=name, text=words.money(amount), share=_length(abs(amount), longest)) for name, amount in sums if amount
    )
    note = "What was taken and given back on these days, whenever the visit was or is."
    return Chart(title=f"Received{of}", bars=bars, note=note, empty="Nothing was paid in these days.")
