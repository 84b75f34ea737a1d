"""The figures that are shown, as a table for a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from desktop.presenters.money_words import plain_cell
from shared.money import plain_amount
from shared.rules.numbers.report import Numbers
from shared.rules.numbers.revenue import Revenue
from shared.rules.numbers.stretches import MINUTE

HEAD = ("Figure", "Of", "Unit", "Value")
Line = tuple[str, str, str, str]


def numbers_csv(told: Numbers) -> str:
    """CSV (RFC 4180) with a line for each figure."""
    return _written(told, "\r\n", ",")


def numbers_table(told: Numbers) -> str:
    """The same with tabs, as spreadsheets take it from the clipboard."""
    return _written(told, "\n", "\t")


def _written(told: Numbers, end: str, between: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, delimiter=between)
    writer.writerow((*HEAD, told.first.isoformat(), told.last.isoformat()))
    for figure, of, unit, figure_value in _lines(told):
        writer.writerow((figure, plain_cell(of), unit, figure_value))
    return out.getvalue()


def _lines(told: Numbers) -> Iterator[Line]:
    yield from _use(told)
    turnout, lead = told.turnout, told.lead_time
    for name, count in (
        ("Booked", turnout.booked), ("Came", turnout.came), ("No-shows", turnout.no_shows),
        ("Cancelled by the customer", turnout.cancelled_by_customer), ("Of these late", turnout.late),
        ("Cancelled by the business", turnout.cancelled_by_business), ("To come, or not marked", turnout.unmarked),
    ):  # fmt: skip
        yield name, "", "visits", str(count)
    for name, minutes in (
        ("Booked ahead, lower quartile", lead.lower), ("Booked ahead, median", lead.median),
        ("Booked ahead, upper quartile", lead.upper),
    ):  # fmt: skip
        yield name, "", "minutes", "" if minutes is None else str(minutes)
    yield "New customers", "", "customers", str(told.customers.new)
    yield "Returning customers", "", "customers", str(told.customers.returning)
    for one in told.revenue:
        yield from _money(one)


def _use(told: Numbers) -> Iterator[Line]:
    for one in told.utilisation:
        for name, seconds in (
            ("Open", one.open), ("Booked", one.booked), ("Booked outside hours", one.outside),
            ("Double-booked", one.over),
        ):  # fmt: skip
            yield name, one.name, "minutes", str(seconds // MINUTE)
        for hour in one.hours:
            yield f"Open at {hour.hour}", one.name, "minutes", str(hour.open // MINUTE)
            yield f"Booked at {hour.hour}", one.name, "minutes", str(hour.booked // MINUTE)


def _money(one: Revenue) -> Iterator[Line]:
    for name, amount in (
        ("Revenue", one.earned), ("Balances", one.balances), ("Deposits", one.deposits), ("Late fees", one.fees),
        ("Tips", one.tips), ("Given back", one.refunds),
    ):  # fmt: skip
        yield name, "", one.currency, plain_amount(amount, one.currency)
    for service in one.services:
        yield "Revenue by service", service.name, one.currency, plain_amount(service.amount, one.currency)
    for person in one.people:
        yield "Revenue by person", person.name, one.currency, plain_amount(person.amount, one.currency)
