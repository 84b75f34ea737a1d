"""Booking panel, card and attention view: what they show, and what they ask for."""

from dataclasses import replace
from datetime import date, time
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.day_rows import DayRow
from desktop.models.people_rows import WishForm
from desktop.models.rows import Choice, DateRow, NewCustomer
from desktop.views.booking_panel import BookingPanel
from desktop.views.date_list import DateList
from desktop.views.keys_dialog import KeysDialog
from desktop.views.main_window import MainWindow
from desktop.views.navigation import WIDTH
from desktop.views.span_fields import SpanFields
from desktop.widgets.search_box import SearchBox
from tests.support.scenes.attention import DETAIL, ITEMS
from tests.support.scenes.book import CARD
from tests.support.scenes.deeds import FORM, MIRA
from tests.support.scenes.stage import SERVICES
from tests.support.window_gallery import SCENES


def button(widget: QWidget, name: str) -> QPushButton:
    """The button that is shown and called so."""
    return next(
        one
        for one in widget.findChildren(QPushButton)
        if name in (one.accessibleName(), one.text()) and one.isVisibleTo(widget)
    )


def booking(window: MainWindow) -> BookingPanel:
    window.show_work()
    panel = window.book_page.booking
    panel.show_choices(services=SERVICES)
    panel.show_resources(staff=(Choice(id="r0", text="Ana"), Choice(id="r1", text="Ben")), rooms=(), equipment=())
    window.book_page.open_booking()
    return panel


def pick(box: SearchBox, text: str, qtbot: QtBot) -> None:
    QTest.keyClicks(box.edit, text)
    QTest.keyClick(box.edit, Qt.Key.Key_Return)


def test_the_form_that_is_shown_is_the_form_that_is_saved(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    panel.show_form(FORM)
    panel.set_saveable(ok=True)
    with qtbot.waitSignal(panel.saveRequested) as saved:
        QTest.mouseClick(button(panel, "Save booking"), Qt.MouseButton.LeftButton)
    assert saved.args == [FORM]


@pytest.mark.parametrize(
    ("locale", "at", "start", "day"),
    [
        ("en_US", time(16, 0), "4:00 PM", "Tue Nov 24"),
        ("en_US", time(0, 30), "12:30 AM", "Tue Nov 24"),
        ("en_GB", time(16, 0), "16:00", "Tue 24 Nov"),
        ("de_DE", time(9, 30), "09:30", "Di. 24 Nov."),
        ("fi_FI", time(9, 30), "9.30", "ti 24 marras"),
    ],
)
def test_the_form_writes_times_as_the_business_does(
    window: MainWindow, locale: str, at: time, start: str, day: str
) -> None:
    panel = booking(window)
    panel.set_locale(locale)
    panel.show_form(replace(FORM, start=at))
    assert panel.when.start.text() == start
    assert panel.when.day.text() == day


def test_a_visit_is_booked_with_the_keyboard_alone(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    panel.customerQueried.connect(lambda text: panel.show_found((MIRA,)))
    chosen: list[str] = []
    panel.serviceChosen.connect(chosen.append)
    pick(panel.customer.search, "7777", qtbot)
    assert panel.service.search.edit.hasFocus()
    pick(panel.service.search, "col", qtbot)
    assert chosen == ["colour"]
    assert (panel.form().customer, panel.form().service_id) == (MIRA, "colour")


def test_a_service_that_begins_with_what_is_typed_comes_first(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    names = ("Scalp treatment", "Women's cut", "Men's cut")
    panel.show_choices(services=tuple(Choice(id=name, text=name) for name in names))
    panel.service.search.edit.setFocus()
    pick(panel.service.search, "men", qtbot)
    assert panel.form().service_id == "Men's cut"


def test_free_slots_do_not_push_the_form_out_of_the_panel(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    (area,) = panel.findChildren(QScrollArea)
    page = area.widget()
    assert page is not None
    slots = tuple(Choice(id=str(hour), text=f"Wed 12:{hour} PM") for hour in range(10, 15))
    panel.show_slots(slots)
    last = button(panel, slots[-1].text)
    # A scroll bar may come and take some room.
    qtbot.waitUntil(lambda: last.y() > 0 and page.width() == area.viewport().width())


def test_the_alert_of_a_customer_is_shown_before_saving(window: MainWindow) -> None:
    panel = booking(window)
    panel.show_form(replace(FORM, customer=MIRA))
    assert panel.customer._alert.isVisible()
    assert panel.customer._alert.text() == MIRA.alert


def test_who_is_not_found_can_be_entered_as_new(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    panel.customerQueried.connect(lambda text: panel.show_found(()))
    pick(panel.customer.search, "Paula Stern", qtbot)
    assert panel.customer.new_phone.hasFocus()
    QTest.keyClicks(panel.customer.new_phone, "0171 99")
    assert panel.form().new_customer == NewCustomer(name="Paula Stern", phone="0171 99")


def test_digits_that_are_not_found_become_the_new_phone(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    panel.customerQueried.connect(lambda text: panel.show_found(()))
    pick(panel.customer.search, "0171 998", qtbot)
    assert panel.customer.new_name.hasFocus()
    assert panel.form().new_customer == NewCustomer(name="", phone="0171 998")


def test_what_was_typed_survives_closing_the_panel(window: MainWindow, qtbot: QtBot) -> None:
    panel = booking(window)
    panel.show_form(FORM)
    QTest.keyClicks(panel.notes, "shorter")
    window.actions_by_name["close"].trigger()
    assert window.book_page.open_panel == ""
    window.book_page.open_booking()
    assert panel.form() == replace(FORM, notes="shorter")


def test_a_booking_that_does_not_fit_cannot_be_saved_and_says_why(window: MainWindow) -> None:
    panel = booking(window)
    panel.show_form(FORM)
    panel.set_saveable(ok=False, why_not="Ana is taken.")
    assert not button(panel, "Save booking").isEnabled()
    assert button(panel, "Save booking").toolTip() == "Ana is taken."


def test_booking_anyway_needs_somebody_who_may(window: MainWindow) -> None:
    panel = booking(window)
    panel.show_form(FORM)
    panel.show_verdict("Ana is taken.", ok=False, override_why_not="Only a manager may.")
    assert not button(panel, "Book anyway…").isEnabled()
    assert button(panel, "Book anyway…").toolTip() == "Only a manager may."
    panel.show_verdict("Ana is taken.", ok=False, override_why_not="")
    assert button(panel, "Book anyway…").isEnabled()


FULL, SHORT = "Tuesday, 24 November 2026", "Tue 24 Nov"


@pytest.mark.parametrize("locations_last", [False, True])
@pytest.mark.parametrize(("width", "words"), [(1360, FULL), (960, SHORT), (900, SHORT)])
def test_the_bar_is_never_too_narrow_for_the_day(
    window: MainWindow, width: int, words: str, qtbot: QtBot, *, locations_last: bool
) -> None:
    window.show_work()
    window.resize(width, 700)
    bar = window.book_page.bar
    locations = (Choice(id="a", text="Downtown"), Choice(id="b", text="Riverside"))
    if not locations_last:
        bar.show_locations(locations, "a")
    bar.show_day(FORM.day or date.min, FULL, SHORT, is_today=False)
    bar.show_locations(locations, "a")
    title = button(bar, f"Day shown: {FULL}")
    qtbot.waitUntil(lambda: title.text() == words and title.width() >= title.sizeHint().width())


def test_a_location_is_read_whole_before_the_day_is_written_in_full(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    window.resize(1024, 700)
    bar = window.book_page.bar
    bar.show_day(FORM.day or date.min, "Monday, November 30, 2026", "Mon Nov 30", is_today=False)
    bar.show_locations((Choice(id="a", text="Downtown"), Choice(id="b", text="Riverside")), "a")
    qtbot.waitUntil(lambda: button(bar, "Day shown: Monday, November 30, 2026").text() == "Mon Nov 30")
    assert bar.location.shown_text() == "Downtown"


def test_the_day_list_of_a_small_screen_is_not_scrolled_sideways(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    window.resize(1024, 700)
    first = DayRow(
        id="a", time="10:00 AM – 10:30 AM", customer="Marta Moreno", service="Root touch-up", people="Marcus",
        status="Completed, locked", waits="Waits 4 min, since 9:04 AM", due="$79.00", spoken="10:00 AM, Marta Moreno",
    )  # fmt: skip
    window.day_list.show_rows((first, *(replace(first, id=str(number)) for number in range(30))), "31 to come")
    window.show_page("day")
    qtbot.waitUntil(lambda: window.day_list.table.verticalScrollBar().maximum() > 0)
    assert window.day_list.table.horizontalScrollBar().maximum() == 0


def test_the_day_stays_whole_where_letters_are_half_as_large_again(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    bar = window.book_page.bar
    for part in bar.findChildren(QWidget):
        part.setStyleSheet("font-size: 20px")
    bar.show_locations((Choice(id="a", text="Downtown"), Choice(id="b", text="Riverside")), "a")
    bar.show_day(FORM.day or date.min, FULL, SHORT, is_today=False)
    window.resize(960, 700)
    title = button(bar, f"Day shown: {FULL}")
    qtbot.waitUntil(lambda: title.text() == SHORT and title.width() >= title.sizeHint().width())
    assert button(bar, "New booking").isVisible()


def test_a_card_without_a_next_step_has_no_main_button(window: MainWindow) -> None:
    window.show_work()
    card = window.book_page.card
    card.show_row(replace(CARD, main=""))
    window.book_page.open_card()
    assert button(card, "Arrive").property("kind") == ""


def test_a_card_offers_the_next_step_first(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    card = window.book_page.card
    card.show_row(CARD)
    window.book_page.open_card()
    assert button(card, "Arrive").property("kind") == "primary"
    assert button(card, "No-show").toolTip() == "Only after the start."
    with qtbot.waitSignal(card.stepRequested) as asked:
        QTest.mouseClick(button(card, "Start"), Qt.MouseButton.LeftButton)
    assert asked.args == ["start"]


def test_cancelling_asks_first_and_enter_keeps(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    card = window.book_page.card
    card.show_row(CARD)
    window.book_page.open_card()
    cancelled: list[tuple[str, bool]] = []
    card.cancelRequested.connect(lambda *said: cancelled.append(said))
    QTest.mouseClick(button(card, "Cancel booking…"), Qt.MouseButton.LeftButton)
    QTest.keyClicks(card.reason, "ill")
    QTest.keyClick(card.reason, Qt.Key.Key_Return)
    assert button(card, "Keep").hasFocus()
    assert cancelled == []
    QTest.mouseClick(button(card, "Cancel booking"), Qt.MouseButton.LeftButton)
    card.by_business.click()
    QTest.mouseClick(button(card, "Cancel booking"), Qt.MouseButton.LeftButton)
    assert cancelled == [("ill", False), ("ill", True)]
    card.stop_asking()
    card.ask_reason()
    assert not card.by_business.isChecked()


def test_escape_closes_the_innermost_thing(window: MainWindow) -> None:
    window.show_work()
    card = window.book_page.card
    card.show_row(CARD)
    window.book_page.open_card()
    card.ask_reason()
    window.actions_by_name["close"].trigger()
    assert (card.is_asking, window.book_page.open_panel) == (False, "card")
    window.actions_by_name["close"].trigger()
    assert window.book_page.open_panel == ""


def test_a_free_slot_is_taken_with_its_number(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    view = window.attention
    view.show_items(ITEMS)
    view.show_detail(DETAIL)
    window.show_page("attention")
    with qtbot.waitSignal(view.slotChosen) as chosen:
        QTest.keyClicks(view._list, "2")
    assert chosen.args == ["i1", DETAIL.slots[1].id]


def test_keeping_asks_for_a_reason_and_dropping_does_not(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    view = window.attention
    view.show_items(ITEMS)
    view.show_detail(DETAIL)
    window.show_page("attention")
    kept: list[tuple[str, str]] = []
    view.keepRequested.connect(lambda item, reason: kept.append((item, reason)))
    QTest.keyClicks(view._list, "k")
    QTest.keyClick(view.reason, Qt.Key.Key_Return)
    assert kept == []
    QTest.keyClicks(view.reason, "promised")
    QTest.keyClick(view.reason, Qt.Key.Key_Return)
    assert kept == [("i1", "promised")]
    with qtbot.waitSignal(view.dropRequested) as dropped:
        QTest.mouseClick(button(view, "Drop"), Qt.MouseButton.LeftButton)
    assert dropped.args == ["i1"]


def test_an_empty_inbox_says_so_and_leads_back_to_the_book(window: MainWindow, qtbot: QtBot) -> None:
    window.show_work()
    window.attention.show_items(())
    window.show_page("attention")
    assert "Nothing needs attention" in window.attention._empty.accessibleName()
    QTest.mouseClick(button(window.attention, "Open the book"), Qt.MouseButton.LeftButton)
    assert window.page == "book"


def test_the_end_of_a_rule_that_is_longer_than_a_line_shows_in_the_list(window: MainWindow) -> None:
    view = window.attention
    window.show_page("attention")

    def shown(end: str) -> QImage:
        rule = f"Cancelled meanwhile (it was Tue 24 Nov, 10:30, moved from {end})."
        view.show_items((replace(ITEMS[1], rule=rule),))
        return view._list.viewport().grab().toImage()

    assert shown("Mon 23 Nov, 09:00") != shown("Wed 25 Nov, 16:00")
    assert shown("Mon 23 Nov, 09:00") == shown("Mon 23 Nov, 09:00")


def test_the_count_of_what_needs_attention_is_in_its_name(window: MainWindow) -> None:
    window.show_work()
    window.navigation.show_count(3)
    assert button(window.navigation, "Needs attention, 3").isVisible()
    window.navigation.show_count(0)
    assert button(window.navigation, "Needs attention").isVisible()


def test_the_times_of_free_slots_stand_below_one_another(window: MainWindow) -> None:
    window.show_work()
    window.attention.show_items(ITEMS)
    window.attention.show_detail(DETAIL)
    window.show_page("attention")
    metrics = button(window.attention, f"Take {DETAIL.slots[0].text}").fontMetrics()
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1


def test_the_list_of_keys_shows_every_key_whole(window: MainWindow, qtbot: QtBot) -> None:
    dialog = KeysDialog(window)
    dialog.show_lines(window.actions_by_name.lines())
    dialog.show()
    area = dialog.findChild(QScrollArea)
    assert area is not None
    assert area.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("page", ["book", "day"])
def test_a_message_covers_no_button_of_the_page(window: MainWindow, page: str, qtbot: QtBot) -> None:
    window.show_work()
    window.show_page(page)
    shown = window.day_list if page == "day" else window.book_page
    qtbot.waitUntil(shown.isVisible)
    window.toast.show_message("Mira Holm: completed.", "Undo")
    message, host = window.toast.geometry(), window.toast.parentWidget()
    assert host is not None
    for button in shown.findChildren(QAbstractButton):
        if button.isVisible():
            at = button.mapTo(window, QPoint(0, 0)) - host.mapTo(window, QPoint(0, 0))
            assert not message.intersects(QRect(at, button.size())), button.accessibleName()


def test_why_a_date_cannot_be_had_is_read_whole(qtbot: QtBot) -> None:
    shown = DateList("Dates")
    qtbot.addWidget(shown)
    shown.resize(360, 180)
    shown.show()
    note = "The location is closed for some of Fri 25 Dec, 10:30 to 11:00."
    shown.show_rows([DateRow(text="Fri 4 Dec, 10:30"), DateRow(text="Fri 25 Dec, 10:30", note=note, is_clash=True)] * 9)
    qtbot.waitUntil(lambda: shown.verticalScrollBar().isVisible())
    one, two = (shown.visualItemRect(shown.item(number)) for number in (0, 1))
    assert two.height() > one.height()
    assert two.height() >= 2 * shown.fontMetrics().height()
    assert not shown.horizontalScrollBar().isVisible()


@pytest.mark.parametrize(("locale", "written"), [("en-US", "Tue Nov 24, 2026"), ("en-GB", "Tue 24 Nov 2026")])
def test_the_days_of_a_wish_and_of_a_span_are_written_as_the_business_writes_them(
    window: MainWindow, qtbot: QtBot, locale: str, written: str
) -> None:
    day, form = date(2026, 11, 24), window.waitlist.form
    form.show_setup((), (), ("",) * 49, locale=locale)
    form.show_form("Add to waitlist", WishForm(from_day=day), day, is_new=True)
    span = SpanFields(day, day, locale=locale)
    qtbot.addWidget(span)
    assert [one.text() for one in (form.first.day, form.last.day, span.first, span.last)] == [written] * 4


def test_every_page_fits_into_the_smallest_window(window: MainWindow) -> None:
    """Of half a screen, or of a small one whose letters are twice as large."""
    window.show_work()
    left = window.minimumWidth() - WIDTH
    window.book_page.open_booking()
    wide = {name: page.minimumSizeHint().width() for name, page in window._pages_by_name.items()}
    assert {name: width for name, width in wide.items() if width > left} == {}
    beside = left - 240
    forms = {"wish": window.waitlist.form, "customer": window.customers.form, "page": window.customers.page}
    wide = {name: form.minimumSizeHint().width() for name, form in forms.items()}
    assert {name: width for name, width in wide.items() if width > beside} == {}


@pytest.mark.parametrize("height", [700, 900])
def test_the_free_slots_come_into_view_where_the_start_is_refused(window: MainWindow, height: int) -> None:
    window.resize(1024, height)
    panel = booking(window)
    panel.show_form(replace(FORM, customer=MIRA))
    panel.focus_first()
    (area,) = panel.findChildren(QScrollArea)
    slots = tuple(Choice(id=str(hour), text=f"12:{hour} PM") for hour in range(10, 15))
    panel.show_verdict("No person is free at that time.", ok=False, override_why_not="")
    panel.show_against(("Ana is taken.", "Ben is taken."))
    panel.show_slots(slots)
    first = button(panel, slots[0].text)
    place = QRect(first.mapTo(area.viewport(), QPoint(0, 0)), first.size())
    assert area.viewport().rect().contains(place)


def test_free_slots_that_change_take_nobody_away_from_the_note(window: MainWindow) -> None:
    window.resize(1024, 700)
    panel = booking(window)
    panel.show_form(replace(FORM, customer=MIRA))
    (area,) = panel.findChildren(QScrollArea)
    panel.show_verdict("No person is free at that time.", ok=False)
    panel.show_slots((Choice(id="10", text="12:10 PM"),))
    panel.notes.setFocus()
    seen = area.verticalScrollBar().value()
    panel.show_slots((Choice(id="11", text="12:11 PM"),))
    assert area.verticalScrollBar().value() == seen


@pytest.mark.parametrize("scene", ["card", "cancel"])
def test_in_the_smallest_window_no_button_of_a_card_lies_over_another(
    scene: str, window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(window.minimumSize())
    SCENES[scene](window)
    card = window.book_page.card

    def overlapping() -> list[tuple[str, str]]:
        shown = [one for one in card.findChildren(QPushButton) if one.isVisible()]
        beside = [(one, other) for one, other in combinations(shown, 2) if one.parent() is other.parent()]
        return [(one.text(), other.text()) for one, other in beside if one.geometry().intersects(other.geometry())]

    qtbot.waitUntil(lambda: overlapping() == [])
    if card.is_asking:
        assert not card.reason.visibleRegion().isEmpty()
