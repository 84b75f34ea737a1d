"""Payments and the cash sheet in words, and as a file."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from desktop.models.day_rows import CASH_COLUMNS, CashRow, PaidRow, PaymentRow
from desktop.models.rows import Fact
from desktop.presenters.words import Words
from desktop.queries.day_cash import DayCash
from desktop.queries.visit_payments import PaidLine, VisitPayments
from desktop.views.payment_dialog import METHODS
from shared.model.payment import Payment
from shared.money import plain_amount
from shared.rules import wall_time
from shared.rules.balance import Balance
from shared.rules.cash_sheet import CashSheet

KINDS: Final = {"balance": "Balance", "deposit": "Deposit", "tip": "Tip", "fee": "Late fee", "refund": "Refund"}
WAITS: Final = "Waits under Needs attention"


def due_words(balance: Balance, words: Words, *, paid: bool) -> str:
    """What is to be paid for a visit, that it is paid, or what was paid too much; empty where it costs nothing."""
    if balance.due > 0:
        return words.money(balance.due)
    if balance.overpaid:
        return f"{words.money(balance.overpaid)} too much"
    return "Paid" if paid else ""


def payment_row(told: VisitPayments, words: Words) -> PaymentRow:
    """What the dialog shows of a visit."""
    balance, visit = told.balance, told.visit
    facts = (
        ("Price", words.money(balance.price)),
        ("Late fee", words.money(balance.fee) if balance.fee else ""),
        ("Paid", words.money(balance.paid)),
        ("Tips", words.money(balance.tips) if balance.tips else ""),
        ("To pay", words.money(max(0, balance.due))),
    )
    over = f"{words.money(balance.overpaid)} more was paid than the visit costs." if balance.overpaid else ""
    return PaymentRow(
        appointment_id=visit.id,
        title=told.customer_name or "Visit",
        facts=tuple(Fact(label=label, text=text) for label, text in facts if text),
        rows=tuple(_paid(one, words) for one in told.lines),
        amount=plain_amount(balance.due, visit.currency) if balance.due > 0 else "",
        kinds=tuple((key, KINDS[key]) for key in _kinds(told)),
        warning=over,
        take_why_not=told.take_why_not,
        refund_why_not=told.refund_why_not,
    )


def _kinds(told: VisitPayments) -> Iterator[str]:
    """What money is taken for, the likeliest first."""
    balance = told.balance
    if balance.fee and not balance.price:
        yield "fee"
    yield "balance"
    if not told.deposit_why_not:
        yield "deposit"
    if balance.fee and balance.price:
        yield "fee"


def _paid(line: PaidLine, words: Words) -> PaidRow:
    one = line.payment
    detail = (words.moment(one.at), line.by, "not yet accepted" if line.pending else "")
    return PaidRow(
        id=one.id,
        text=f"{KINDS[one.kind]}, {METHODS[one.method].lower()}",
        detail=" · ".join(part for part in detail if part),
        amount=words.money(one.signed),
        left=plain_amount(line.left, one.currency) if line.left else "",
        method=one.method.value,
    )


def cash_rows(told: DayCash, words: Words) -> tuple[CashRow, ...]:
    """The lines of a day, those of the second currency after those of the first."""
    return tuple(
        CashRow(
            time=words.time(one.at),
            what=KINDS[one.kind],
            method=METHODS[one.method],
            customer=told.customers.get(one.appointment_id or "", ""),
            by=told.people.get(one.shown_by, ""),
            amount=_money(one.signed, sheet, words),
            note=WAITS if one.id in sheet.waiting else "",
        )
        for sheet in told.sheets
        for one in sheet.lines
    )


def _money(minor: int, sheet: CashSheet, words: Words) -> str:
    return words.in_currency(sheet.currency).money(minor)


def total_words(told: DayCash, words: Words) -> str:
    """What the day has brought, by currency."""
    return " · ".join(_money(sheet.total, sheet, words) for sheet in told.sheets)


def cash_sums(told: DayCash, words: Words) -> Sequence[tuple[str, tuple[Fact, ...]]]:
    """The sums of a day by method, by kind, by person, and what was given back, apart."""
    groups: list[tuple[str, tuple[Fact, ...]]] = []
    for sheet in told.sheets:
        of = f" ({sheet.currency})" if len(told.sheets) > 1 else ""
        parts = (
            ("How", {METHODS[key]: sum_ for key, sum_ in sheet.by_method.items()}),
            ("What for", {KINDS[key]: sum_ for key, sum_ in sheet.by_kind.items()}),
            ("By whom", {told.people.get(key, "Somebody"): sum_ for key, sum_ in sheet.by_person.items()}),
            ("Given back", {METHODS[key]: -sum_ for key, sum_ in sheet.refunds.items()}),
        )
        groups += [
            (f"{title}{of}", tuple(Fact(label=name, text=_money(sum_, sheet, words)) for name, sum_ in sums.items()))
            for title, sums in parts
            if sums
        ]
    return groups


def cash_csv(told: DayCash, words: Words) -> str:
    """The lines of a day as CSV (RFC 4180): the clock of the location, amounts without a symbol."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*CASH_COLUMNS[:6], "Currency", "Note"))
    for sheet in told.sheets:
        for one in sheet.lines:
            writer.writerow(_csv_line(one, told, words, waits=one.id in sheet.waiting))
    return out.getvalue()


def _csv_line(one: Payment, told: DayCash, words: Words, *, waits: bool) -> tuple[str, ...]:
    return (
        wall_time.wall_text(one.at, words.zone), KINDS[one.kind], METHODS[one.method],
        plain_cell(told.customers.get(one.appointment_id or "", "")), plain_cell(told.people.get(one.shown_by, "")),
        plain_amount(one.signed, one.currency), one.currency, WAITS if waits else "",
    )  # fmt: skip


def plain_cell(name: str) -> str:
    """A text that a spreadsheet reads as text."""
    # A spreadsheet takes what begins so for a formula (OWASP, CSV injection).
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def cash_text(told: DayCash, words: Words) -> str:
    """The sheet as plain text, for paper."""
    lines = [f"Cash sheet: {told.location.name}, {words.day(told.day)}", ""]
    for one in cash_rows(told, words):
        lines.append(
            f"{one.time:>8}  {one.what:<9} {one.method:<14} {one.customer[:24]:<24} {one.by[:16]:<16} "
            f"{one.amount:>14}  {one.note}".rstrip()
        )
    for title, facts in cash_sums(told, words):
        lines += ["", title, *(f"  {fact.label:<26} {fact.text:>16}" for fact in facts)]
    return "\n".join([*lines, "", f"{'Total':<28} {total_words(told, words):>16}", ""])
