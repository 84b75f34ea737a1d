"""Taking payments, giving them back, what closes with them, and the cash sheet: by keyboard, and without a server."""

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.operations import appointments, payments
from desktop.presenters.money_words import cash_csv, cash_text
from desktop.queries.day_cash import DayCash, day_cash
from desktop.store.replica import Replica
from desktop.views.ask_reason import AskReason
from desktop.views.payment_dialog import PaidLine, PaymentDialog
from desktop.widgets.buttons import was_struck_just_now
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, CustomerId, MutationId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.payment import Payment
from shared.model.plan import boundless
from tests.desktop.presenters.conftest import Place, is_gone, tomorrow
from tests.desktop.presenters.test_fast_hands import settle
from tests.support.replicas import patch
from tests.support.salon import ANA, BUSINESS, CUT, LOCATION, STAFF_USER, made_id


@pytest.fixture
def role() -> Role:
    return Role.TENANT_MANAGER


def chosen(place: Place) -> str:
    """A visit of tomorrow that is chosen in the book."""
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.id == made)
    return made


def dialog(place: Place) -> PaymentDialog:
    found = [one for one in place.window.findChildren(PaymentDialog) if one.isVisible()]
    assert len(found) == 1
    return found[0]


def opened(place: Place) -> PaymentDialog:
    place.act("take_payment")
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(PaymentDialog)))
    return dialog(place)


def paid(place: Place) -> list[tuple[str, str, int]]:
    def question(replica: Replica) -> list[tuple[str, str, int]]:
        rows = replica.database.rows("SELECT kind, method, amount FROM payment")
        return sorted((kind, how, amount) for kind, how, amount in rows)

    return place.desk.do(question)


def visit(place: Place) -> Appointment:
    return place.appointments()[0]


def test_what_is_due_stands_there_and_enter_takes_it(place: Place) -> None:
    chosen(place)
    shown = opened(place)
    assert shown.amount.text() == "45.00"
    assert shown.amount.hasFocus()
    QTest.keyClick(shown.amount, Qt.Key.Key_Return)
    place.until(lambda: paid(place) == [("balance", "cash", 4500)])
    place.until(lambda: not any(one.isVisible() for one in place.window.findChildren(PaymentDialog)))
    assert place.said.startswith("Took €45.00.")


def test_whoever_presses_enter_twice_pays_once(place: Place) -> None:
    chosen(place)
    shown = opened(place)
    QTest.keyClick(shown.amount, Qt.Key.Key_Return)
    QTest.keyClick(shown.amount, Qt.Key.Key_Return)
    place.until(lambda: is_gone(shown) and bool(place.said))
    assert paid(place) == [("balance", "cash", 4500)]


def test_a_tip_is_a_payment_of_its_own_and_the_method_is_of_both(place: Place) -> None:
    chosen(place)
    shown = opened(place)
    shown.method.setCurrentIndex(shown.method.findData("terminal"))
    QTest.keyClicks(shown.tip, "5")
    QTest.keyClick(shown.tip, Qt.Key.Key_Return)
    place.until(lambda: paid(place) == [("balance", "terminal", 4500), ("tip", "terminal", 500)])


def test_a_deposit_is_taken_in_part_and_the_rest_is_due(place: Place) -> None:
    chosen(place)
    shown = opened(place)
    shown.kind.setCurrentIndex(shown.kind.findData("deposit"))
    shown.amount.setText("20,5")
    shown.go.click()
    place.until(lambda: paid(place) == [("deposit", "cash", 2050)])
    place.until(lambda: not any(one.isVisible() for one in place.window.findChildren(PaymentDialog)))
    assert opened(place).amount.text() == "24.50"


@pytest.mark.parametrize("typed", ["", "0", "-5", "abc", "1.234.5", "99999999999999"])
def test_what_is_no_amount_is_said_and_nothing_is_taken(place: Place, typed: str) -> None:
    chosen(place)
    shown = opened(place)
    shown.amount.setText(typed)
    shown.go.click()
    assert shown._message.text() == "Enter an amount, such as 45.00."
    assert paid(place) == []
    shown.reject()


def test_a_payment_is_given_back_up_to_what_is_left_of_it(place: Place) -> None:
    made = chosen(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="terminal", amount=4500, currency="EUR"))
    shown = opened(place)
    shown.findChildren(PaidLine)[0].refundWanted.emit(shown.shown.rows[0])  # type: ignore[union-attr]
    assert (shown.amount.text(), shown.method.currentData()) == ("45.00", "terminal")
    shown.amount.setText("50")
    shown.go.click()
    place.until(lambda: shown._message.text() == "At most 45.00 EUR can be given back.")
    shown.amount.setText("10")
    shown.go.click()
    place.until(lambda: paid(place) == [("balance", "terminal", 4500), ("refund", "terminal", 1000)])
    shown.reject()


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_are_told_why_they_give_nothing_back(place: Place) -> None:
    made = chosen(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    shown = opened(place)
    assert shown.shown is not None
    assert shown.shown.refund_why_not == "As staff one may not pay back. Ask a manager or the owner."
    shown.reject()


def test_what_was_paid_twice_is_shown(place: Place) -> None:
    made = chosen(place)
    for _ in range(2):
        place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    shown = opened(place)
    assert shown.shown is not None
    assert shown.shown.warning == "€45.00 more was paid than the visit costs."
    assert shown.amount.text() == ""
    shown.reject()


def test_what_another_desk_takes_meanwhile_is_not_due_any_more(place: Place) -> None:
    made = chosen(place)
    shown = opened(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4000, currency="EUR"))
    place.until(lambda: shown.amount.text() == "5.00")
    shown.reject()


def closed(place: Place) -> str:
    made = chosen(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    place.desk.edit(appointments.step(visit(place), "complete"))
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.locked)
    return made


def test_a_visit_that_is_paid_and_done_is_closed_until_a_manager_says_why_not(place: Place) -> None:
    closed(place)
    card = place.window.book_page.card
    assert not card._locked.isHidden()
    assert not place.window.actions_by_name["undo_step"].isEnabled()
    place.act("unlock_visit")
    asking = place.window.findChild(AskReason)
    assert asking is not None
    assert not asking.yes.isEnabled()
    QTest.keyClicks(asking.reason, "Wrong service")
    asking.yes.click()
    place.until(lambda: not visit(place).locked)
    place.until(lambda: place.window.actions_by_name["undo_step"].isEnabled())
    assert card._locked.isHidden()
    place.act("undo")
    place.until(lambda: visit(place).locked)


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_see_that_it_is_closed_and_add_notes(place: Place) -> None:
    closed(place)
    card = place.window.book_page.card
    assert not card._locked.isHidden()
    assert not place.window.actions_by_name["unlock_visit"].isEnabled()
    assert place.window.actions_by_name["note"].isEnabled()


# The cash sheet


def sheet(place: Place) -> DayCash:
    place.act("go_cash")
    place.until(lambda: place.work.cash_sheet._told is not None and bool(place.work.cash_sheet._told.sheets))
    told = place.work.cash_sheet._told
    assert told is not None
    return told


def taken(place: Place) -> None:
    """A day's payments: cash, card and a refund."""
    made = chosen(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    place.desk.edit(payments.take(made, LOCATION.id, kind="tip", method="terminal", amount=500, currency="EUR"))

    def first(replica: Replica) -> Payment:
        return next(one for one in replica.tx().payments_of(visit(place).id) if one.amount == 4500)

    place.desk.edit(payments.refund(place.desk.do(first), LOCATION.id, method="cash", amount=1000))


def test_the_sheet_sums_the_day_and_has_refunds_apart(place: Place) -> None:
    taken(place)
    told = sheet(place)
    (only,) = told.sheets
    assert (only.taken, only.refunded, only.total) == (5000, 1000, 4000)
    view = place.window.cash_sheet
    assert view._total.text() == "Total €40.00"
    assert view._rows.rowCount() == 3


def test_a_payment_that_would_be_refused_stands_on_it_with_a_mark(place: Place) -> None:
    made = chosen(place)
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    without = replace(boundless(BUSINESS.id), features=("series",))
    place.desk.do(lambda replica: replica.apply_lines(patch(9, without)))
    assert paid(place) == []
    told = sheet(place)
    assert (told.sheets[0].total, len(told.sheets[0].waiting)) == (4500, 1)
    assert place.window.cash_sheet._rows.item(0, 6).text() == "Waits under Needs attention"


def test_it_is_saved_as_csv_that_no_spreadsheet_takes_for_a_formula(place: Place, tmp_path: Path) -> None:
    evil = Customer(id=CustomerId(new_id()), name='=HYPERLINK("http://x")')
    place.desk.do(lambda replica: replica.apply_lines(patch(9, evil)))
    wish = appointments.book(
        location_id=LOCATION.id, start=tomorrow(10), segments=[appointments.wish(CUT.id, [ANA.id])],
        customer_id=evil.id,
    )  # fmt: skip
    made = place.desk.edit(wish).subject
    place.desk.edit(payments.take(made, LOCATION.id, kind="balance", method="cash", amount=4500, currency="EUR"))
    told = sheet(place)
    place.window.cash_sheet.saveRequested.emit(str(tmp_path / "sheet.csv"))
    written = (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")
    assert written.splitlines() == cash_csv(told, place.work.book.words).splitlines()
    (line,) = csv.DictReader(io.StringIO(written))
    assert line["Customer"].startswith("'=HYPERLINK")
    assert (line["What"], line["How"], line["Amount"], line["Currency"]) == ("Balance", "Cash", "45.00", "EUR")
    assert place.said == "Saved as sheet.csv."
    place.window.cash_sheet.saveRequested.emit(str(tmp_path / "nowhere" / "sheet.csv"))
    assert place.said.startswith("The file cannot be written: ")


def test_on_paper_it_says_what_day_it_is_of_and_its_total(place: Place) -> None:
    taken(place)
    told = sheet(place)
    text = cash_text(told, place.work.book.words)
    assert text.startswith("Cash sheet: Mitte, ")
    assert text.rstrip().endswith("€40.00")
    assert "-€10.00" in text


def test_another_day_has_a_sheet_of_its_own(place: Place) -> None:
    taken(place)
    sheet(place)
    view = place.window.cash_sheet
    view.stepper.back.click()
    place.until(lambda: not view._empty.isHidden())
    assert not view.save.isEnabled()
    view.stepper.today.click()
    place.until(lambda: view._empty.isHidden())


def test_the_question_is_answered_for_a_location_without_payments(place: Place) -> None:
    here = place.work.book.location
    assert here is not None
    assert place.desk.do(lambda replica: day_cash(replica, date(2020, 1, 1), here)).sheets == ()


# Without its visit


def test_money_for_a_visit_that_is_not_there_is_attached_to_one_by_a_key(place: Place) -> None:
    made = chosen(place)
    lost = AttentionItem(
        id=AttentionItemId(made_id("item")),
        mutation_id=MutationId(made_id("taken elsewhere")),
        name="payment.take",
        args={
            "payment_id": made_id("paid"), "appointment_id": made_id("lost"), "location_id": LOCATION.id,
            "kind": "balance", "method": "cash", "amount": 4500, "currency": "EUR",
        },
        code="not_found",
        details={"what": "appointment", "subject": made_id("lost")},
        subject_id=made_id("paid"),
        author_id=STAFF_USER,
        as_whom=None,
        made_at=tomorrow(9),
        state=AttentionState.OPEN,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(9, lost)))
    view = place.window.attention
    place.work.attention.refresh()
    place.act("go_attention")
    place.until(lambda: view._title.text() == "Payment")
    assert not view._drop.isEnabled()
    view.customerQueried.emit("Mira")
    place.until(lambda: view.customer.rows() != ())
    view.attachRequested.emit(lost.id, f"appointment:{made}")
    place.until(lambda: paid(place) == [("balance", "cash", 4500)])


def test_a_second_stroke_on_what_opened_the_dialog_takes_no_money(place: Place) -> None:
    chosen(place)
    pay = place.window.book_page.card.pay
    pay.setFocus()
    QTest.keyClick(pay, Qt.Key.Key_Return)
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(PaymentDialog)))
    shown = dialog(place)
    QTest.keyClick(shown.amount, Qt.Key.Key_Return)
    settle(place)
    assert (shown.isVisible(), paid(place)) == (True, [])
    place.until(lambda: not was_struck_just_now())
    QTest.keyClick(shown.amount, Qt.Key.Key_Return)
    place.until(lambda: paid(place) == [("balance", "cash", 4500)])
