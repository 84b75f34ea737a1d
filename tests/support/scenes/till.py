"""Pictures of the day as a list, its money, and the numbers."""

from dataclasses import replace
from datetime import date
from typing import Final

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget

from desktop.models.day_rows import CashRow, DayRow, PaidRow, PaymentRow, RequestRow
from desktop.models.rows import Choice, Fact
from desktop.presenters.numbers_days import NAMES
from desktop.presenters.numbers_words import days_words, numbers_page
from desktop.presenters.words import Words
from desktop.views.main_window import MainWindow
from desktop.views.payment_dialog import PaidLine, PaymentDialog
from tests.support import numbers_gallery
from tests.support.scenes.stage import Scene, work

DAY_ROWS = (
    DayRow(id="a0", time="09:00 – 09:45", customer="Mira Holm", service="Cut & finish", people="Ana Lindqvist",
           status="Completed, locked", due="Paid", over=True, spoken="09:00 – 09:45, Mira Holm, completed"),
    DayRow(id="a4", time="09:15 – 10:15", customer="Peter Kraus", service="Cut & beard", people="Ben Okafor",
           status="No-show", over=True, spoken="09:15 – 10:15, Peter Kraus, no-show"),
    DayRow(id="a1", time="10:00 – 11:30", customer="Jonas Berg", service="Colour", people="Ana Lindqvist",
           status="In service", waits="Since 10:04", due="€90.00", spoken="10:00 – 11:30, Jonas Berg, in service"),
    DayRow(id="a5", time="10:45 – 11:30", customer="Sofia Rossi", service="Cut & finish", people="Ben Okafor",
           status="Arrived", waits="Waits 34 min, since 10:41", due="€25.00", urgent=True,
           spoken="10:45 – 11:30, Sofia Rossi, arrived, waits 34 min"),
    DayRow(id="a13", time="11:00 – 12:00", customer="Amal Haddad-Lindström", service="Blow-dry + Treatment",
           people="Chloe Martin, Emi Tanaka", status="Confirmed · not yet accepted", waits="15 min late", due="€48.50",
           urgent=True, spoken="11:00 – 12:00, Amal Haddad-Lindström, confirmed, 15 min late"),
    DayRow(id="a6", time="12:30 – 14:30", customer="Nora Lang", service="Balayage", people="Ben Okafor",
           status="Booked", due="€165.00", spoken="12:30 – 14:30, Nora Lang, booked"),
    DayRow(id="a7", time="13:00 – 14:15", customer="Tom Becker", service="Colour refresh", people="Chloe Martin",
           status="Booked", due="€20.00 too much", spoken="13:00 – 14:15, Tom Becker, booked"),
)  # fmt: skip
REQUESTS = (
    RequestRow(id="q1", title="Ida Nilsen, Wed 25 Nov, 11:00 – 11:45",
               detail="Cut & finish · Chloe Martin · answer until Tue 24 Nov, 18:00"),
    RequestRow(id="q2", title="Rosa Klein, Fri 27 Nov, 09:00 – 10:30",
               detail="Colour · Ana Lindqvist · answer until Wed 25 Nov, 09:00"),
)  # fmt: skip


def _day_list(window: MainWindow) -> QWidget:
    work(window)
    view = window.day_list
    view.stepper.show_day("Tuesday, 24 November 2026")
    view.show_people((Choice(id="r0", text="Ana Lindqvist"),), "")
    view.show_requests(REQUESTS)
    view.show_rows(DAY_ROWS, "3 to come · 1 late · 1 waiting · 1 in service · 1 done · 1 did not come")
    window.navigation.show_requests(2)
    window.show_page("day")
    return window


def _day_list_empty(window: MainWindow) -> QWidget:
    work(window)
    window.day_list.stepper.show_day("Sunday, 29 November 2026")
    window.show_page("day")
    return window


PAID = PaymentRow(
    appointment_id="a1",
    title="Jonas Berg",
    facts=(
        Fact(label="Price", text="€90.00"), Fact(label="Paid", text="€20.00"), Fact(label="Tips", text="€5.00"),
        Fact(label="To pay", text="€70.00"),
    ),
    rows=(
        PaidRow(id="p1", text="Deposit, online", detail="Mon 16 Nov, 18:02 · Olga Stein", amount="€30.00", left="20.00",
                method="online"),
        PaidRow(id="p2", text="Refund, online", detail="Tue 17 Nov, 09:10 · Olga Stein", amount="-€10.00"),
        PaidRow(id="p3", text="Tip, card terminal", detail="Tue 24 Nov, 11:31 · Ana Lindqvist · not yet accepted",
                amount="€5.00", left="5.00", method="terminal"),
    ),
    amount="70.00",
    kinds=(("balance", "Balance"), ("deposit", "Deposit")),
)  # fmt: skip


def _payment_of(shown: PaymentRow) -> "Scene":
    def scene(window: MainWindow) -> QWidget:
        work(window)
        dialog = PaymentDialog()
        dialog.show_row(shown)
        dialog.show()
        return dialog

    return scene


def _refund(window: MainWindow) -> QWidget:
    work(window)
    dialog = PaymentDialog()
    dialog.show_row(PAID)
    dialog.show()
    dialog.findChildren(PaidLine)[0].refundWanted.emit(PAID.rows[0])
    return dialog


def _cash(window: MainWindow) -> QWidget:
    work(window)
    view = window.cash_sheet
    view.stepper.show_day("Tuesday, 24 November 2026")
    sums = (
        ("How", (Fact(label="Cash", text="€148.00"), Fact(label="Card terminal", text="€231.50"))),
        ("What for", (Fact(label="Balance", text="€349.50"), Fact(label="Tip", text="€30.00"))),
        ("By whom", (Fact(label="Ana Lindqvist", text="€244.50"), Fact(label="Ben Okafor", text="€135.00"))),
        ("Given back", (Fact(label="Cash", text="-€10.00"),)),
    )
    rows = (
        CashRow(time="09:48", what="Balance", method="Cash", customer="Mira Holm", by="Ana Lindqvist", amount="€45.00"),
        CashRow(time="09:48", what="Tip", method="Cash", customer="Mira Holm", by="Ana Lindqvist", amount="€5.00"),
        CashRow(time="10:20", what="Balance", method="Card terminal", customer="Peter Kraus", by="Ben Okafor",
                amount="€62.00"),
        CashRow(time="11:05", what="Refund", method="Cash", customer="Mira Holm", by="Olga Stein", amount="-€10.00"),
        CashRow(time="11:32", what="Balance", method="Card terminal", customer="Jonas Berg-Wallenstein",
                by="Ana Lindqvist", amount="€169.50", note="Waits under Needs attention"),
    )  # fmt: skip
    view.show_sheet("€369.50", sums, rows)
    window.show_page("cash")
    return window


def _cash_empty(window: MainWindow) -> QWidget:
    work(window)
    window.cash_sheet.stepper.show_day("Sunday, 29 November 2026")
    window.show_page("cash")
    return window


def _numbers(window: MainWindow) -> QWidget:
    work(window)
    window.navigation.allow_numbers(allowed=True)
    view = window.numbers
    view.days.offer([Choice(id=which, text=name) for which, name in NAMES.items()])
    first, last = date(2026, 11, 2), date(2026, 11, 29)
    words = Words(zone="Europe/Berlin")
    view.days.show_days("own", first, last, words=days_words(first, last, words), own=True, locale="en_GB")
    view.show_page(numbers_page(numbers_gallery.FIGURES, words))
    window.show_page("numbers")
    return window


def _numbers_down(window: MainWindow) -> QWidget:
    _numbers(window)
    area = window.numbers.findChild(QScrollArea, "Figures")
    assert isinstance(area, QScrollArea)
    QTest.qWait(60)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    return window


def _numbers_narrow(window: MainWindow) -> QWidget:
    window.resize(900, 700)
    return _numbers(window)


def _numbers_nothing(window: MainWindow) -> QWidget:
    _numbers(window)
    window.numbers.show_nothing("Nothing was booked or paid in these days.")
    return window


SCENES: Final[dict[str, Scene]] = {
    "day-list": _day_list,
    "day-list-empty": _day_list_empty,
    "payment": _payment_of(PAID),
    "payment-over": _payment_of(
        replace(PAID, rows=(), amount="", warning="€20.00 more was paid than the visit costs.")
    ),
    "payment-refund": _refund,
    "cash-sheet": _cash,
    "cash-sheet-empty": _cash_empty,
    "numbers": _numbers,
    "numbers-down": _numbers_down,
    "numbers-narrow": _numbers_narrow,
    "numbers-nothing": _numbers_nothing,
}
