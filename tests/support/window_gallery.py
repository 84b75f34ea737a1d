"""Pictures of every screen with made-up rows: `python -m tests.support.window_gallery FOLDER`, light and dark."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget

from desktop.masquerading import End
from desktop.models.book_deeds import BlockForm, ChangeForm, ChangeLine, SwapRow
from desktop.models.day_rows import CashRow, DayRow, PaidRow, PaymentRow, RequestRow
from desktop.models.people_rows import (
    ConsentRow,
    CustomerDetail,
    CustomerForm,
    MergeSide,
    Reach,
    WaitDetail,
    WishForm,
)
from desktop.models.rows import (
    AttentionDetail,
    AttentionRow,
    AuditRow,
    BookingForm,
    CardRow,
    Choice,
    DateRow,
    Deed,
    Fact,
    ImportColumn,
    ImportLine,
    NewCustomer,
    NoteRow,
    PersonRow,
    RepeatForm,
    StepChoice,
    TeamRow,
)
from desktop.models.setup_rows import ConcernedRow
from desktop.presenters.card import LOCKED as CLOSED
from desktop.presenters.closing import MEANING
from desktop.presenters.data import ERASING, EXPORT_ONE, NOT_KNOWN, SAVED
from desktop.presenters.data import OFFLINE as EXPORT_OFFLINE
from desktop.presenters.lease import lease_words
from desktop.presenters.lease_choice import AWAY
from desktop.presenters.leaving import leaving_words, left_words
from desktop.presenters.lock_settings import HAS_PIN, NO_PIN, lock_choices
from desktop.presenters.masquerade import ACTING_OFFLINE, OVER
from desktop.presenters.masquerading import EARLIER, LOCKED
from desktop.presenters.numbers_days import NAMES
from desktop.presenters.numbers_words import days_words, numbers_page
from desktop.presenters.team import NEVER_SHOWN, OFFLINE
from desktop.presenters.turns import NEEDS_NETWORK
from desktop.presenters.waitlist_words import hours_words
from desktop.presenters.words import NOT_ACCEPTED, Words
from desktop.presenters.words_of_errors import NEEDS_CODE, WRONG_CODE
from desktop.store.lease import Lease
from desktop.sync.pins import WrongPin
from desktop.views.actions import Actions
from desktop.views.ask_reason import AskReason
from desktop.views.block_dialog import BlockDialog
from desktop.views.book_menu import BookMenu
from desktop.views.book_page import BookPage
from desktop.views.calendar_feeds import CalendarFeedsDialog
from desktop.views.change_dialog import ChangeDialog
from desktop.views.closing_dialog import ClosingDialog
from desktop.views.export_dialog import ExportDialog
from desktop.views.factor_dialog import FactorDialog
from desktop.views.import_dialog import ImportDialog
from desktop.views.keys_dialog import KeysDialog
from desktop.views.main_window import MainWindow
from desktop.views.masquerade_dialogs import CodeDialog, ReasonDialog
from desktop.views.masquerade_window import MasqueradeWindow
from desktop.views.password_dialog import PasswordDialog
from desktop.views.payment_dialog import PaidLine, PaymentDialog
from desktop.views.question import Question
from desktop.views.repeat_dialog import RepeatDialog
from desktop.views.series_dialogs import DatesDialog, ScopeDialog
from desktop.views.sign_in import EARLIER_PASSWORD, SWITCH, SWITCH_BY_PIN
from desktop.views.swap_dialog import SwapDialog
from desktop.widgets import theme
from desktop.widgets.book_rows import BookBlock, BookBox, BookColumn, BookDay
from desktop.widgets.search_rows import SearchRow
from desktop.widgets.status_pill import Connection, SyncFacts
from tests.support import numbers_gallery, setup_gallery, views_gallery

DAY = date(2026, 11, 24)
SEVEN = datetime(2026, 11, 24, 6, tzinfo=UTC)
STAFF = (
    ("Ana Lindqvist", "#6c5ce7"), ("Ben Okafor", "#00897b"), ("Chloe Martin", "#d81b60"), ("Daniel Weiss", "#ef6c00"),
    ("Emi Tanaka", "#1e88e5"),
)  # fmt: skip
VISITS = (
    (0, 120, 45, "Mira Holm", "Cut & finish", "completed"), (0, 180, 90, "Jonas Berg", "Colour", "in_service"),
    (0, 300, 30, "Lea Vogt", "Fringe trim", "arrived"), (0, 420, 60, "Amal Haddad", "Blow-dry", "confirmed"),
    (1, 135, 60, "Peter Kraus", "Cut & beard", "no_show"), (1, 225, 45, "Sofia Rossi", "Cut & finish", "arrived"),
    (1, 330, 120, "Nora Lang", "Balayage", "booked"), (2, 120, 75, "Tom Becker", "Colour refresh", "booked"),
    (2, 240, 45, "Ida Nilsen", "Cut & finish", "requested"), (2, 360, 60, "Yusuf Demir", "Cut & beard", "booked"),
    (3, 150, 30, "Clara Fuchs", "Consultation", "cancelled"), (3, 210, 60, "Max Sommer", "Cut & finish", "confirmed"),
    (3, 300, 90, "Helga Brandt", "Perm", "booked"), (4, 180, 45, "Rosa Klein", "Cut & finish", "booked"),
    (4, 270, 60, "Finn Arnold", "Colour", "booked"),
)  # fmt: skip


def book_day() -> BookDay:
    """A believable Tuesday."""
    columns = tuple(
        BookColumn(resource_id=f"r{place}", title=name, colour=colour, kind="STAFF")
        for place, (name, colour) in enumerate(STAFF)
    )
    boxes = tuple(
        BookBox(
            appointment_id=f"a{number}",
            resource_id=f"r{place}",
            starts=SEVEN + timedelta(minutes=start),
            ends=SEVEN + timedelta(minutes=start + length),
            title=name,
            subtitle=service,
            spoken=f"{name}, {service}",
            status=status,
            colour=STAFF[place][1],
            pending=number in (6, 9),
            refused=number == 12,
        )
        for number, (place, start, length, name, service, status) in enumerate(VISITS)
    )
    hours = (SEVEN + timedelta(minutes=120), SEVEN + timedelta(minutes=660))
    return BookDay(
        day=DAY,
        zone="Europe/Berlin",
        columns=columns,
        boxes=boxes,
        blocks=(
            BookBlock(resource_id="r4", starts=hours[0], ends=hours[0] + timedelta(minutes=45), reason="Training"),
        ),
        open_spans={column.resource_id: (hours,) for column in columns},
        now=SEVEN + timedelta(minutes=255),
    )


SERVICES = (
    Choice(id="cut", text="Cut & finish", detail="45 min · €48.00"),
    Choice(id="colour", text="Colour", detail="90 min · €95.00"),
    Choice(id="perm", text="Perm", detail="90 min · €110.00"),
)
MIRA = Choice(
    id="mira",
    text="Mira Holm",
    detail="+49 30 1234567 · last visit 3 Nov",
    alert="Allergic to ammonia: patch test first.",
)
FORM = BookingForm(
    customer=MIRA, service_id="cut", staff_id="r0", room_id="", day=DAY, start=time(11, 30), minutes=45, location_id="l"
)
SLOTS = tuple(
    Choice(id=at, text=f"{at}   {with_whom}", detail=f"Tue 24 Nov, {at}, {with_whom}")
    for at, with_whom in (
        ("12:15", "Ana Lindqvist, Room 1"), ("12:30", "Ben Okafor, Treatment room with the window"),
        ("15:00", "Ana Lindqvist, Room 1"), ("15:15", "Ana Lindqvist, Room 1"), ("15:30", "Ben Okafor, Room 1"),
    )
)  # fmt: skip
AGAINST = (
    "Ben Okafor is taken by Nora Lang, Tue 24 Nov, 10:45 to 11:30.",
    "Room 1: maintenance until Tue 24 Nov, 12:00.",
    "The location is closed for some of Tue 24 Nov, 10:45 to 12:50.",
)
CARD = CardRow(
    appointment_id="a6",
    title="Nora Lang",
    status="booked",
    status_text="Booked",
    when="Tuesday 24 November, 12:30 – 14:30",
    has_data=True,
    facts=(
        Fact(label="Service", text="Balayage · 120 min · €165.00"),
        Fact(label="With", text="Ben Okafor"),
        Fact(label="Phone", text="+49 151 2345678"),
        Fact(label="Booked", text="by Ana Lindqvist, Mon 23 Nov, 17:40"),
    ),
    alert="Prefers no small talk.",
    notes=(
        NoteRow(
            text="Wants to try a fringe next time.", made="Customer · Ben Okafor · Mon 23 Nov, 18:02 · not yet accepted"
        ),
        NoteRow(text="Bring photos of last time.", made="Visit · Ana Lindqvist · Mon 23 Nov, 17:40"),
    ),
    has_customer=True,
    may_repeat=True,
    mark="Saved on this computer, not yet accepted by the server.",
    main="arrive",
    steps=(
        StepChoice(action="arrive"),
        StepChoice(action="start"),
        StepChoice(action="complete"),
        StepChoice(action="confirm"),
        StepChoice(action="no_show", why_not="Only after the start."),
        StepChoice(action="undo_step", why_not="There is no step to take back."),
        StepChoice(action="cancel"),
    ),
)
ITEMS = (
    AttentionRow(
        item_id="i1",
        title="Booking for Mira Holm",
        rule="Ana Lindqvist is taken from 10:00 until 10:45.",
        made="Ana Lindqvist, Mon 23 Nov, 17:40",
    ),
    AttentionRow(
        item_id="i2",
        title="Moving Jonas Berg",
        rule="The appointment was changed meanwhile: it is cancelled now.",
        made="Ben Okafor, Mon 23 Nov, 17:52",
    ),
)
DETAIL = AttentionDetail(
    item_id="i1",
    title="Booking for Mira Holm",
    made="Entered by Ana Lindqvist on Mon 23 Nov, 17:40",
    rule="Ana Lindqvist is taken from Tue 24 Nov, 10:00 until Tue 24 Nov, 10:45.",
    yours=(
        Fact(label="Customer", text="Mira Holm · +49 30 1234567"),
        Fact(label="When", text="Tue 24 Nov, 10:00 – 10:45"),
        Fact(label="Service", text="Cut & finish · 45 min"),
        Fact(label="With", text="Ana Lindqvist"),
        Fact(label="Notes", text="Wants it a little shorter than last time."),
    ),
    now=(
        Fact(label="Ana Lindqvist, 10:00 – 10:45", text="Sofia Rossi · Cut & finish"),
        Fact(label="Booked", text="by Ben Okafor, Mon 23 Nov, 17:38"),
    ),
    slots=tuple(
        Choice(id=str(n), text=f"Tue 24 Nov, {at}", detail="with Ana Lindqvist")
        for n, at in enumerate(("10:45", "11:00", "11:15", "15:00", "15:15"))
    ),
    slots_known=True,
    also=("Arrived, Mon 23 Nov, 17:45",),
)
LINES = (
    ImportLine(line=2, verdict="taken", what="Mira Holm, +49 30 1234567"),
    ImportLine(line=3, verdict="changed", what="Jonas Berg, 030-998877", why="The phone was written +49 30 998877."),
    ImportLine(line=4, verdict="refused", what="(no name), 0171 22", why="A name is needed."),
    ImportLine(line=5, verdict="skipped", what="Lea Vogt, lea@example.com", why="She is in the book already."),
)

Scene = Callable[[MainWindow], QWidget]


def _sign_in(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    window.sign_in.password.setText("secret word")
    return window


def _sign_in_wrong(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.set_busy(busy=False)
    window.sign_in.show_message("The e-mail or the password is not right.", about="password")
    window.sign_in.show_storage(
        "This computer has no keyring: the password is asked at every start, and the book is kept under it."
    )
    return window


def _sign_in_code(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.ask_code(NEEDS_CODE)
    return window


def _sign_in_code_wrong(window: MainWindow) -> QWidget:
    _sign_in_code(window)
    window.sign_in.code.setText("123 456")
    window.sign_in.show_message(WRONG_CODE, about="code")
    return window


def _unlock(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Ana Lindqvist · Acme Corp")
    window.unlock.show_message(
        "The password does not open the book on this computer. If it was changed lately, try the one before."
    )
    return window


def _unlock_earlier(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Ana Lindqvist", EARLIER_PASSWORD)
    return window


def _sign_in_caps(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    QTest.keyClicks(window.sign_in.password, "SECRET")
    window.sign_in.set_busy(busy=True)
    return window


PEOPLE = tuple(
    PersonRow(
        id=f"p{number}", name=name, detail=f"{name.split()[0].lower()}@acme.example", is_here=name == "Ben Okafor"
    )
    for number, (name, _) in enumerate(STAFF[:3])
)
MANY = (
    *PEOPLE,
    *(PersonRow(id=f"m{n}", name=f"Maximiliane von Hohenfels-Waldeck {n}", detail="m@acme.example") for n in range(6)),
)


def _people(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(PEOPLE, may_go_back=True)
    return window


def _people_left(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(MANY, may_go_back=False, message=left_words(3))
    return window


def _switch(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Chloe Martin · chloe@acme.example", SWITCH)
    window.unlock.show_message(NEEDS_NETWORK)
    return window


def _switch_other(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.show_values("https://book.example.com", "acme", "")
    window.sign_in.show_way_back(shown=True)
    return window


def _account_menu(window: MainWindow) -> QWidget:
    _work(window)
    QTest.mouseClick(window.navigation.account, Qt.MouseButton.LeftButton)
    return window


def _lock(window: MainWindow) -> QWidget:
    _work(window)
    window.lock_pages()
    window.lock_page.show_person("Ana Lindqvist", has_pin=True)
    return window


def _lock_missed(window: MainWindow) -> QWidget:
    _lock(window)
    window.lock_page.ask_for_pin(has_pin=False)
    window.lock_page.show_message(str(WrongPin(0)))
    return window


def _lock_link(window: MainWindow) -> QWidget:
    _lock(window)
    window.lock_page.tell(LOCKED)
    return window


def _people_locked(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(PEOPLE, may_go_back=True, is_locked=True)
    return window


BUSINESSES = tuple(
    PersonRow(id=f"b{number}", name=name, detail=f"ana@acme.example · {business}", is_here=business == "acme")
    for number, (name, business) in enumerate(
        (("Ana Lindqvist", "acme"), ("Ana Lindqvist", "barbershop-am-nordbahnhof"))
    )
)


def _people_of_businesses(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(BUSINESSES, may_go_back=True)
    return window


def _switch_by_pin(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Chloe Martin · chloe@acme.example", SWITCH_BY_PIN)
    return window


def _lock_settings(window: MainWindow) -> QWidget:
    _work(window)
    view = window.lock_settings
    view.show_minutes(lock_choices(), "5")
    view.show_pin(NO_PIN, is_set=False)
    view.ask()
    return view


def _change_password(window: MainWindow) -> QWidget:
    _work(window)
    view = PasswordDialog(window)
    view.ask()
    view.old.setText("secret word")
    view.show_message("A password has 12 characters or more.", about="new")
    return view


def _second_factor(window: MainWindow) -> QWidget:
    _work(window)
    view = FactorDialog(window)
    view.ask()
    view.show_drawn("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "otpauth://totp/SmoothSchedule:ana?secret=JBSWY3DPEHPK3PXP")
    return view


def _recovery_codes(window: MainWindow) -> QWidget:
    _work(window)
    view = FactorDialog(window)
    view.ask()
    view.show_codes([f"ABCD-EFGH-IJKL-MNO{number}" for number in range(2, 8)])
    return view


def _lock_settings_weak(window: MainWindow) -> QWidget:
    _lock_settings(window)
    view = window.lock_settings
    view.show_pin(HAS_PIN, is_set=True)
    view.password.setText("secret word")
    view.pin.setText("1234")
    view.again.setText("1234")
    view.show_message("Digits that follow one another are guessed first. Take another PIN.", about="pin")
    return view


def _lease_of(passed: timedelta, forward: timedelta = timedelta(0)) -> Scene:
    lease = Lease(now=SEVEN + passed, confirmed=SEVEN, length=timedelta(days=7), set_forward=forward)

    def scene(window: MainWindow) -> QWidget:
        _work(window)
        window.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:02", waiting=3, last_contact="11:02"))
        kind = "danger" if lease.is_over else "warning"
        window.book_page.banner.show_message(lease_words(lease, Words()), kind=kind, action="Sync now")
        if lease.is_over:
            window.book_page.bar.allow_more(allowed=False)
            window.navigation.allow_attention(allowed=False)
            window.book_page.open_booking()
            window.book_page.booking.setEnabled(False)
        return window

    return scene


def _leave(window: MainWindow) -> QWidget:
    _work(window)
    window.leave.ask(*leaving_words(3))
    return window.leave


def _first_sync(window: MainWindow) -> QWidget:
    window.show_first_sync()
    window.first_sync.show_business("Acme Corp")
    window.first_sync.show_progress(6240, 11873)
    return window


def _hidden_book(window: MainWindow) -> QWidget:
    window.show_first_sync()
    window.first_sync.show_refusal(
        "Ana Lindqvist",
        "This device or account may not be used any more. What was entered here and not sent yet is saved on this "
        "computer.",
    )
    return window


def _work(window: MainWindow) -> QWidget:
    window.show_work()
    window.show_page("book")
    window.navigation.show_business("Acme Corp")
    window.navigation.show_person("Ana Lindqvist", "Manager")
    window.navigation.show_count(2)
    window.show_place("Berlin time")
    window.pill.show_facts(SyncFacts(connection=Connection.ONLINE, last_contact="11:14"))
    page = window.book_page
    page.close_panel()
    page.bar.show_day(DAY, "Tuesday, 24 November 2026", "Tue 24 Nov", is_today=False)
    page.bar.show_locations((Choice(id="l", text="Mitte"), Choice(id="m", text="Nord")), "l")
    page.book.show_day(book_day())
    page.booking.show_choices(services=SERVICES)
    page.booking.show_resources(
        staff=tuple(Choice(id=f"r{n}", text=name) for n, (name, _) in enumerate(STAFF)),
        rooms=(Choice(id="room", text="Room 1"),),
        equipment=(),
    )
    return window


def _work_narrow(window: MainWindow) -> QWidget:
    window.resize(960, 700)
    return _work(window)


def _view_of(show: Callable[[BookPage], object], *, narrow: bool = False, panel: bool = False) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _work(window)
        if narrow:
            window.resize(960, 700)
        shown = show(window.book_page)
        if panel:
            window.book_page.open_card()
        window.book_page.focus_view()
        return shown if isinstance(shown, QWidget) else window

    return scene


def _booking(window: MainWindow) -> QWidget:
    _work(window)
    panel = window.book_page.booking
    panel.show_form(FORM)
    panel.show_verdict("Free: Ana Lindqvist, Room 1, Tue 24 Nov, 11:30 – 12:15.", ok=True)
    panel.show_slots(SLOTS)
    panel.set_saveable(ok=True)
    window.book_page.open_booking()
    return window


def _booking_taken(window: MainWindow) -> QWidget:
    _booking(window)
    panel = window.book_page.booking
    panel.show_largest_party(4)
    begun = BookingForm(
        new_customer=NewCustomer(name="Paula Stern", phone="0171 998877"), service_id="cut", more=("colour",), party=2,
        staff_id="r1", day=DAY, start=time(10, 45), minutes=125,
    )  # fmt: skip
    panel.show_form(begun)
    panel.show_length_note("2 services in a row, 125 min as a rule.")
    panel.show_verdict("Ben Okafor is taken by Nora Lang, Tue 24 Nov, 10:45 to 11:30.", ok=False, override_why_not="")
    panel.show_against(AGAINST)
    QTest.mouseClick(panel._why, Qt.MouseButton.LeftButton)
    panel.show_slots(SLOTS)
    panel.set_saveable(ok=False, why_not="The slot is taken.")
    window.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:02", waiting=3, last_contact="11:02"))
    return window


def _card(window: MainWindow) -> QWidget:
    _work(window)
    window.book_page.card.show_row(CARD)
    window.book_page.open_card()
    window.book_page.book.select("a6")
    window.toast.show_message("Moved Nora Lang to 12:30. Saved on this computer.", "Undo")
    return window


def _cancel(window: MainWindow) -> QWidget:
    _card(window)
    window.toast.dismiss()
    window.book_page.card.ask_reason()
    return window


def _edit_menu(window: MainWindow) -> QWidget:
    _work(window)
    actions = window.actions_by_name
    actions["undo"].setText("Undo arrival of Sofia Rossi")
    actions["redo"].setText("Redo import of 500 entries")
    actions["redo"].setEnabled(False)
    window.toast.show_message(
        "Not undone. The appointment was changed meanwhile: it is in service now, Tue 24 Nov, 10:45."
    )
    bar = window.menuBar()
    menu = next(one for one in bar.findChildren(QMenu) if actions["undo"] in one.actions())
    menu.popup(bar.mapToGlobal(bar.actionGeometry(menu.menuAction()).bottomLeft()))
    return window


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
    _work(window)
    view = window.day_list
    view.stepper.show_day("Tuesday, 24 November 2026")
    view.show_people((Choice(id="r0", text="Ana Lindqvist"),), "")
    view.show_requests(REQUESTS)
    view.show_rows(DAY_ROWS, "3 to come · 1 late · 1 waiting · 1 in service · 1 done · 1 did not come")
    window.navigation.show_requests(2)
    window.show_page("day")
    return window


def _day_list_empty(window: MainWindow) -> QWidget:
    _work(window)
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
        _work(window)
        dialog = PaymentDialog()
        dialog.show_row(shown)
        dialog.show()
        return dialog

    return scene


def _refund(window: MainWindow) -> QWidget:
    _work(window)
    dialog = PaymentDialog()
    dialog.show_row(PAID)
    dialog.show()
    dialog.findChildren(PaidLine)[0].refundWanted.emit(PAID.rows[0])
    return dialog


def _unlock_visit(window: MainWindow) -> QWidget:
    _work(window)
    dialog = AskReason()
    dialog.ask(
        "Unlock the visit?", "It is paid and closed. The reason is kept as a note of the visit, with your name.",
        yes="Unlock", no="Leave it closed", needed=True, then=lambda reason: None,
    )  # fmt: skip
    return dialog


def _card_locked(window: MainWindow) -> QWidget:
    _card(window)
    window.toast.dismiss()
    facts = (*CARD.facts, Fact(label="To pay", text="Paid"))
    shown = replace(CARD, status="completed", status_text="Completed", locked=CLOSED, may_unlock=True, facts=facts)
    window.book_page.card.show_row(replace(shown, mark="", steps=(), main=""))
    return window


def _card_requested(window: MainWindow) -> QWidget:
    _card(window)
    window.toast.dismiss()
    steps = (StepChoice(action="confirm", text="Accept"), StepChoice(action="decline"), StepChoice(action="cancel"))
    shown = replace(CARD, status="requested", status_text="Requested", mark="", steps=steps, main="confirm")
    window.book_page.card.show_row(shown)
    return window


def _cash(window: MainWindow) -> QWidget:
    _work(window)
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
    _work(window)
    window.cash_sheet.stepper.show_day("Sunday, 29 November 2026")
    window.show_page("cash")
    return window


def _numbers(window: MainWindow) -> QWidget:
    _work(window)
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


def _attention(window: MainWindow) -> QWidget:
    _work(window)
    window.attention.show_items(ITEMS)
    window.attention.show_detail(DETAIL)
    window.show_page("attention")
    return window


NOTED = AttentionDetail(
    item_id="i1",
    title="Note: Mira Holm",
    made="Entered by Ana Lindqvist, Mon 23 Nov, 17:40",
    rule="The appointment does not exist, or not any more.",
    yours=(
        Fact(label="What", text="Note"),
        Fact(
            label="Note", text="Comes with her daughter, who wants her fringe cut too: plan a quarter of an hour more."
        ),
    ),
    now=(Fact(label="In the book", text="What it belongs to is not there."),),
    slots=(
        Choice(id="customer:m", text="Mira Holm", detail="Customer"),
        Choice(id="appointment:a", text="Mira Holm, Tue 24 Nov, 10:45", detail="Visit"),
    ),
    attach=True,
    keep_why_not="What it belongs to is not there. Attach it to something else.",
    keep_needs_reason=False,
    drop_why_not="What was written down is never dropped: attach it.",
)
ENDED = replace(
    DETAIL,
    title="Moving: Jonas Berg",
    rule="The appointment was changed meanwhile: it is cancelled now, Tue 24 Nov, 10:00.",
    slots=(),
    slots_wanted=False,
    keep_needs_reason=False,
    restore="Bring back the visit and apply",
    also=("Note: Comes with a pram",),
)
ASIDE = replace(
    DETAIL,
    rule="It was set aside: whoever made it is not signed in on that computer any more. Incident 4f21ab09c3d7.",
    slots=(),
    slots_wanted=False,
    keep_needs_reason=False,
    keep_why_not="Only a manager or the owner decides what was set aside.",
    drop_why_not="Only a manager or the owner decides what was set aside.",
    also=(),
)


def _attention_of(detail: AttentionDetail) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _attention(window)
        window.attention.show_detail(detail)
        return window

    return scene


def _attention_empty(window: MainWindow) -> QWidget:
    _work(window)
    window.attention.show_items(())
    window.navigation.show_count(0)
    window.show_page("attention")
    return window


def _details(window: MainWindow) -> QWidget:
    _work(window)
    window.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:02", waiting=3, last_contact="11:02"))
    window.details.show_facts(
        "Offline since 11:02",
        "3 edits are saved on this computer. They go to the server as soon as it answers.",
        (Fact(label="Server", text="https://book.example.com"), Fact(label="Last contact", text="Tue 24 Nov, 11:02")),
    )
    window.show_details()
    return window


def _keys(window: MainWindow) -> QWidget:
    _work(window)
    dialog = KeysDialog(window)
    dialog.show_lines(window.actions_by_name.lines())
    dialog.show()
    return dialog


def _repeat(window: MainWindow) -> QWidget:
    _work(window)
    dialog = RepeatDialog(window)
    dialog.ask(
        "Repeat the visit of Mira Holm", "Tue 24 Nov, 10:00 – 10:45 is the first of them.",
        RepeatForm(weekdays=(1,), count=6), book="Book the series",
    )  # fmt: skip
    rows = tuple(
        DateRow(
            text=f"Tue {day}, 10:00",
            note="Ana Lindqvist is taken Tue 8 Dec, 09:30 to 10:30." if day == "8 Dec" else "",
            is_clash=day == "8 Dec",
        )
        for day in ("24 Nov", "1 Dec", "8 Dec", "15 Dec", "22 Dec", "29 Dec")
    )
    said = "5 visits are booked; 1 date waits under Needs attention for another time."
    dialog.show_dates(rows, said, may_book=True)
    return dialog


def _which_visits(window: MainWindow) -> QWidget:
    _work(window)
    dialog = ScopeDialog(window)
    said = "Every week on Tue, 6 times. Of the others those move along that nobody has moved or changed by themselves."
    dialog.ask("Move which visits?", said, lambda scope: None)
    return dialog


def _dates(window: MainWindow) -> QWidget:
    _work(window)
    dialog = DatesDialog(window)
    rows = (
        DateRow(text="Tue 17 Nov, 10:00 – 10:45", note="Completed"),
        DateRow(text="Tue 24 Nov, 10:00 – 10:45"),
        DateRow(text="Wed 2 Dec, 14:00 – 14:45", note="moved or changed"),
        DateRow(text="Tue 8 Dec, 10:00 – 10:45", note="Cancelled"),
        DateRow(text="Tue 15 Dec, 10:00 – 10:45"),
    )
    dialog.show_series("Visits of Mira Holm", "Every week on Tue, 6 times.", rows, may_go_on=True)
    dialog.open()
    return dialog


COLUMNS = (
    ImportColumn(heading="Kundin", sample="Jördis Müßig", role="full"),
    ImportColumn(heading="Handy", sample="0171 1234567", role="phone"),
    ImportColumn(heading="Lieblingsgetränk", sample="Kaffee, schwarz", role=""),
)
ROLES_OF_COLUMNS = (Choice(id="full", text="Name"), Choice(id="phone", text="Phones"), Choice(id="notes", text="Notes"))


def _feeds(window: MainWindow) -> QWidget:
    _work(window)
    dialog = CalendarFeedsDialog(window)
    dialog.show_people((Choice(id="1", text="Olga Sander (you)"), Choice(id="3", text="Ana Lopez")))
    revoke = (Deed(action="revoke", text="Revoke…"),)
    dialog.show_feeds(
        (
            TeamRow(id="1", title="Olga Sander", detail="made Tue 24 Nov, 10:15", chips=("You",), deeds=revoke),
            TeamRow(id="2", title="Maximiliane von Hohenfels-Waldeck", detail="made Mon 23 Nov, 18:20", deeds=revoke),
        )
    )
    dialog.show_address(f"https://acme.example/feeds/{'Ab3_' * 10}xyz.ics")
    dialog.open()
    return dialog


def _import(window: MainWindow) -> QWidget:
    _work(window)
    dialog = ImportDialog("Import customers…", "CSV (*.csv)", window)
    dialog.show_file("customers-2026.csv")
    dialog.show_columns(COLUMNS, ROLES_OF_COLUMNS)
    dialog.open_columns()
    dialog.show_lines(LINES * 3, can_import=True)
    dialog.show()
    return dialog


PEOPLE_OF_TEAM = (
    TeamRow(id="1", title="Olga Sander", detail="olga@acme.example · last seen 11:10",
            chips=("Owner", "You", "Second factor"),
            deeds=(Deed(action="role", text="Role…", why_not="Nobody does that to themselves."),
                   Deed(action="disable", text="Disable…", why_not="Nobody does that to themselves."))),
    TeamRow(id="2", title="Ben Okafor", detail="ben@acme.example · last seen 09:58", chips=("Manager",),
            deeds=(Deed(action="role", text="Role…"), Deed(action="disable", text="Disable…"))),
    TeamRow(id="3", title="Ana Lopez", detail="ana@acme.example · last seen Mon 23 Nov, 18:20", chips=("Staff",),
            deeds=(Deed(action="masquerade", text="Masquerade…"), Deed(action="role", text="Role…"),
                   Deed(action="disable", text="Disable…"))),
    TeamRow(id="4", title="Maximiliane von Hohenfels-Waldeck",
            detail="maximiliane.von.hohenfels-waldeck@acme.example · last seen Sat 21 Nov, 13:02",
            chips=("Staff", "Second factor"),
            deeds=(Deed(action="masquerade", text="Masquerade…"), Deed(action="role", text="Role…"),
                   Deed(action="disable", text="Disable…"))),
    TeamRow(id="5", title="Tom Becker", detail="tom@acme.example · never here", chips=("Staff", "Disabled"), muted=True,
            deeds=(Deed(action="role", text="Role…"), Deed(action="enable", text="Enable…"))),
)  # fmt: skip
INVITED = (
    TeamRow(id="i", title="zoe@acme.example", detail="good until Fri 27 Nov, 09:40", chips=("Staff",),
            deeds=(Deed(action="take_back", text="Take back…"),)),
)  # fmt: skip
DEVICES = (
    TeamRow(id="d1", title="Front desk", detail="Olga Sander, Ana Lopez · last seen 11:14", chips=("This computer",),
            deeds=(Deed(action="shut_out", text="Shut out…"),)),
    TeamRow(id="d2", title="Olga's laptop", detail="Olga Sander · last seen Sun 22 Nov, 21:05",
            deeds=(Deed(action="shut_out", text="Shut out…"),)),
    TeamRow(id="d3", title="Old till", detail="nobody is signed in · last seen Mon 2 Nov, 17:55", muted=True,
            chips=("Shut out", "Not handed in")),
)  # fmt: skip
SESSIONS = (
    TeamRow(id="s1", title="Front desk", detail="used 11:14", chips=("Here",)),
    TeamRow(id="s2", title="Olga's laptop", detail="used Sun 22 Nov, 21:05",
            deeds=(Deed(action="end_session", text="Sign out there…"),)),
)  # fmt: skip
EVENTS = (
    AuditRow(when="Tue 24 Nov, 11:02", who="sam@platform.example as ana@acme.example",
             what="Stopped acting as somebody",
             reason="Cannot see Tuesday", place="198.51.100.7"),
    AuditRow(when="Tue 24 Nov, 10:55", who="sam@platform.example as ana@acme.example",
             what="Was refused something while acting as somebody: GET /v1/team", reason="Cannot see Tuesday",
             place="198.51.100.7", refused=True),
    AuditRow(when="Tue 24 Nov, 10:48", who="sam@platform.example as ana@acme.example", what="Began to act as somebody",
             reason="Cannot see Tuesday, rang twice about it and is on the phone now", place="198.51.100.7"),
    AuditRow(when="Mon 23 Nov, 17:31", who="olga@acme.example",
             what="Changed a role: ben@acme.example, staff → manager",
             reason="", place="203.0.113.20"),
    AuditRow(when="Mon 23 Nov, 09:01", who="ana@acme.example", what="Could not sign in: sign in failed", reason="",
             place="203.0.113.20", refused=True),
)  # fmt: skip


def _owner_card(window: MainWindow) -> QWidget:
    _work(window)
    window.navigation.show_person("Olga Sander", "Owner")
    window.navigation.offer_pages(("team", "audit"))
    window.book_page.card.show_row(replace(CARD, mark=""))
    window.book_page.open_card()
    for area in window.book_page.card.findChildren(QScrollArea):
        QTest.qWait(20)
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    return window


def _menu(name: str) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _owner_card(window)
        menu = next(one for one in window.menuBar().findChildren(QMenu) if one.title() == name)
        menu.popup(window.mapToGlobal(window.menuBar().actionGeometry(menu.menuAction()).bottomLeft()))
        return window

    return scene


def _closing_of(said: Callable[[ClosingDialog], None]) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _owner_card(window)
        dialog = ClosingDialog(window)
        dialog.ask("Salon Lind", "salon-lind", MEANING)
        said(dialog)
        return dialog

    return scene


def _export_of(said: Callable[[ExportDialog], None]) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _owner_card(window)
        dialog = ExportDialog(
            "Export the data of Nora Lang", EXPORT_ONE, "~/Documents/Nora Lang 2026-11-24.zip", window
        )  # fmt: skip
        dialog.ask()
        said(dialog)
        return dialog

    return scene


def _erase(window: MainWindow) -> QWidget:
    _owner_card(window)
    question = Question(window)
    question.ask_typed(
        "Erase Nora Lang for good?", ERASING, "Nora Lang", yes="Erase for good", no="Keep", then=lambda chosen: None
    )  # fmt: skip
    question.typed.setText("Nora L")
    return question


def _erase_not_known(window: MainWindow) -> QWidget:
    _owner_card(window)
    question = Question(window)
    question.ask("Nora Lang: not erased", NOT_KNOWN, yes="Try again", no="Leave it", then=lambda chosen: None)
    return question


FOUND = (
    SearchRow(id="mira", title="Mira Holm", detail="030 1234567 · mira@holm.example", alert="Allergic to ammonia"),
    SearchRow(id="jon", title="Jon Holm", detail="030 1234567"),
    SearchRow(id="miriam", title="Miriam Achterberg-Dombrowski", detail="+44 20 7946 0018"),
    SearchRow(id="lars", title="Lars Møller", detail="lars@moller.example", alert="Blocked from booking."),
)
CUSTOMER = CustomerDetail(
    id="mira",
    name="Mira Holm",
    alert="Allergic to ammonia. Comes with a pram: keep the chair by the door.",
    reaches=(
        Reach(text="030 1234567", link="tel:+49301234567"), Reach(text="0171 5550123", link="tel:+491715550123"),
        Reach(text="mira@holm.example", link="mailto:mira@holm.example"),
    ),
    tags=("vip", "regular"),
    figures=(
        Fact(label="Completed visits", text="14"), Fact(label="No-shows", text="1"),
        Fact(label="Worth of the visits", text="1.120,00 €"), Fact(label="Paid", text="1.075,00 €"),
        Fact(label="Likes to be served by", text="Ana Lopez"),
    ),
    visits=(
        Fact(label="Tue 8 Dec, 10:00 – 10:45", text="Cut · Booked"),
        Fact(label="Tue 10 Nov, 09:30 – 11:00", text="Colour + Cut · Completed"),
        Fact(label="Tue 13 Oct, 09:30 – 10:15", text="Cut · Cancelled late"),
    ),
    waits=("Colour, asked Mon 23 Nov, 17:10",),
    notes=(
        NoteRow(text="Prefers the window seat and a quiet hour.", made="Ana Lopez · Tue 10 Nov, 11:02"),
        NoteRow(text="Drinks tea.", made="When they were added"),
    ),
    consents=(
        ConsentRow(purpose="mail", text="Reminders by e-mail: agreed, Tue 13 Oct, 09:12", given=True),
        ConsentRow(purpose="text", text="Reminders by text message: declined, Tue 13 Oct, 09:12", given=False),
        ConsentRow(purpose="photos", text="Photos being kept: never asked", given=None),
    ),
    duplicates=(
        Choice(id="twin", text="Mira Holm-Lund",
               detail="Same phone or e-mail, and the same first name · 030 1234567"),
    ),
    kept_apart=(
        Choice(id="jon", text="Jon Holm", detail="Shares a phone or an e-mail: perhaps a family · 030 1234567"),
    ),
    deeds=(Deed(action="block", text="Block"), Deed(action="archive", text="Archive")),
)  # fmt: skip


def _customers(window: MainWindow) -> QWidget:
    _work(window)
    window.show_page("customers")
    window.customers.search.setText("mir holm")
    window.customers.show_found("4 found", FOUND, "mira")
    window.customers.page.show_detail(CUSTOMER)
    window.customers.show_part("page")
    return window


PAIRS = (
    SearchRow(id="1 2", title="Mira Holm", detail="The same first name · +49 30 1234567", icon="users"),
    SearchRow(id="3 4", title="Lukasz Żak · L. Zak", detail="The same first name · zak@example.com", icon="users"),
    SearchRow(id="5 6", title="Ida Berg · Jo Berg", detail="Perhaps a family · 040 7654321", icon="users"),
)


def _customers_pairs(window: MainWindow) -> QWidget:
    _customers_merge(window)
    window.customers.search.clear()
    window.customers.offer_duplicates(offered=True)
    window.customers.duplicates.setChecked(True)
    window.customers.show_found("3 pairs may be one person", PAIRS, "1 2")
    return window


def _customers_form(window: MainWindow) -> QWidget:
    _customers(window)
    form = CustomerForm(
        name="Mira Holm", phones=("030 1234567", "0171 5550123"), emails=("mira@holm.example",),
        tags=("vip", "regular"), alert=CUSTOMER.alert, preferred_id="ana",
    )  # fmt: skip
    window.customers.show_part("form")
    window.customers.form.show_form("Edit Mira Holm", form, (Choice(id="ana", text="Ana Lopez"),))
    return window


def _customers_merge(window: MainWindow) -> QWidget:
    _customers(window)
    facts = (
        Fact(label="Name", text="Mira Holm"), Fact(label="Phones", text="030 1234567, 0171 5550123"),
        Fact(label="E-mails", text="mira@holm.example"), Fact(label="Alert", text=CUSTOMER.alert),
        Fact(label="Visits", text="14 completed, last Tue 10 Nov, 09:30, next Tue 8 Dec, 10:00"),
    )  # fmt: skip
    other = (
        Fact(label="Name", text="Mira Holm-Lund"), Fact(label="Phones", text="030 1234567"),
        Fact(label="Visits", text="2 completed, last Fri 3 Jul, 16:15"),
    )  # fmt: skip
    window.customers.merge.show_sides(
        MergeSide(id="mira", name="Mira Holm", facts=facts), MergeSide(id="twin", name="Mira Holm-Lund", facts=other)
    )
    window.customers.show_part("merge")
    return window


def _customers_apart(window: MainWindow) -> QWidget:
    _customers_merge(window)
    facts = (Fact(label="Name", text="Mira Holm"), Fact(label="Phones", text="030 1234567, 0171 5550123"))
    other = (Fact(label="Name", text="Jon Holm"), Fact(label="Phones", text="030 1234567"))
    window.customers.merge.show_sides(
        MergeSide(id="mira", name="Mira Holm", facts=facts), MergeSide(id="jon", name="Jon Holm", facts=other),
        are_apart=True,
    )  # fmt: skip
    return window


def _customers_merge_sure(window: MainWindow) -> QWidget:
    _customers_merge(window)
    window.customers.question.ask(
        "Make one customer of both?", "There is no way back: nothing says any more which visits and notes were whose.",
        yes="Merge for good", no="Do not merge", then=lambda chosen: None,
    )  # fmt: skip
    return window.customers.question


def _customers_nobody(window: MainWindow) -> QWidget:
    _work(window)
    window.show_page("customers")
    window.customers.search.setText("zaphod")
    window.customers.show_found("0 found", (), "")
    window.customers.show_nobody("Nobody is found by “zaphod”.")
    return window


WAITING = (
    SearchRow(id="one", title="Mira Holm", detail="Colour · Tue Thu, from 16:00 · Ana Lopez", icon="clock"),
    SearchRow(id="two", title="Miriam Achterberg-Dombrowski", detail="Cut", icon="clock",
              alert="Offered until Thu 26 Nov, 12:15"),
    SearchRow(id="three", title="Lars Møller", detail="Cut · Sat, until 12:00", icon="clock"),
)  # fmt: skip
WISH = WaitDetail(
    entry_id="one",
    title="Mira Holm: Colour",
    state="Asked Mon 23 Nov, 17:10.",
    facts=(
        Fact(label="Service", text="Colour"), Fact(label="By whom", text="Ana Lopez"),
        Fact(label="Days", text="Tue Thu"), Fact(label="Hours", text="from 16:00"),
        Fact(label="Dates", text="until Fri 18 Dec"), Fact(label="Phone", text="030 1234567"),
        Fact(label="Notes", text="Would take a short call at any time."),
    ),
    slots=(
        Choice(id="a", text="Thu 26 Nov, 16:30", detail="Ana Lopez, Chair 2"),
        Choice(id="b", text="Tue 1 Dec, 16:00", detail="Ana Lopez, Chair 2"),
        Choice(id="c", text="Thu 3 Dec, 17:15", detail="Ana Lopez, Chair 1"),
    ),
    slots_known=True,
)  # fmt: skip


def _waitlist(window: MainWindow) -> QWidget:
    _work(window)
    window.show_page("waitlist")
    window.waitlist.show_rows("3 waiting", WAITING, "one", narrowed=False)
    window.waitlist.wish.show_detail(WISH)
    window.waitlist.show_part("wish")
    return window


def _waitlist_offered(window: MainWindow) -> QWidget:
    _waitlist(window)
    window.waitlist.show_rows("Fits Thu 26 Nov, 16:30 – 18:00", WAITING, "one", narrowed=True)
    offered = "Offered Thu 26 Nov, 16:30, good until Thu 26 Nov, 12:15."
    window.waitlist.wish.show_detail(replace(WISH, slots=(), offered=offered, mark=NOT_ACCEPTED))
    return window


def _waitlist_form(window: MainWindow) -> QWidget:
    _waitlist(window)
    form = window.waitlist.form
    form.show_setup(
        (Choice(id="cut", text="Cut"), Choice(id="colour", text="Colour")), (Choice(id="ana", text="Ana Lopez"),),
        hours_words(Words()),
    )  # fmt: skip
    window.waitlist.show_part("form")
    form.show_form(
        "Add to waitlist",
        WishForm(customer=Choice(id="mira", text="Mira Holm"), service_id="colour", person_id="ana", weekdays=(1, 3),
                 earliest=960, notes="Would take a short call at any time."),
        today=DAY, is_new=True,
    )  # fmt: skip
    return window


def _waitlist_nobody(window: MainWindow) -> QWidget:
    _work(window)
    window.show_page("waitlist")
    return window


def _freed(window: MainWindow) -> QWidget:
    _work(window)
    said = "Thu 26 Nov, 16:30 – 18:00 is free again."
    window.freed.show_message(said, action="Fits 3 on the waitlist", dismissible=True)
    return window


def _setup_of(show: Callable[[MainWindow], None], *, down: float = 0, narrow: bool = False) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _work(window)
        if narrow:
            window.resize(960, 640)
        window.navigation.show_person("Olga Sander", "Owner")
        window.navigation.offer_pages(("team", "audit"))
        window.navigation.allow_setup(allowed=True)
        window.show_page("setup")
        show(window)
        for area in window.setup.findChildren(QScrollArea):
            QTest.qWait(20)
            area.verticalScrollBar().setValue(round(down * area.verticalScrollBar().maximum()))
        return window

    return scene


def _setup_consequences(window: MainWindow) -> QWidget:
    _setup_of(setup_gallery.show_consequences)(window)
    return window.setup.consequences


def _team(window: MainWindow) -> QWidget:
    _work(window)
    window.navigation.show_person("Olga Sander", "Owner")
    window.navigation.offer_pages(("team", "audit"))
    window.show_page("team")
    window.team.show_roles((Choice(id="TENANT_STAFF", text="Staff"), Choice(id="TENANT_MANAGER", text="Manager")))
    window.team.show_rows(PEOPLE_OF_TEAM, INVITED, DEVICES, SESSIONS)
    window.team.show_as_of("As of 11:14")
    window.team.lease.show_lengths(
        tuple(Choice(id=one, text=one) for one in ("1 hour", "8 hours", "1 day", "3 days", "7 days", "14 days")),
        "7 days",
    )
    window.team.lease.show()
    return window


def _team_offline(window: MainWindow) -> QWidget:
    _team(window)
    window.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:15", last_contact="11:14"))
    window.team.banner.show_message(OFFLINE, kind="warning", action="Try again")
    window.team.lease.allow(allowed=False, note=AWAY)
    window.team.email.setText("not an address")
    window.team.show_invite_message("This is no e-mail address.")
    return window


def _team_nothing(window: MainWindow) -> QWidget:
    _team(window)
    window.team.show_nothing(NEVER_SHOWN)
    window.team.show_as_of("")
    return window


def _disable(window: MainWindow) -> QWidget:
    _team(window)
    window.team.question.ask(
        "Disable Ana Lopez?",
        "They are signed out everywhere at once, and cannot sign in again until somebody enables them. What they "
        "entered stays; what a desk of theirs has not sent yet is set aside for you to decide.",
        yes="Disable", no="Keep", then=lambda chosen: None,
    )  # fmt: skip
    return window.team.question


def _change_role(window: MainWindow) -> QWidget:
    _team(window)
    window.team.question.ask_which(
        "Change the role of Ana Lopez?",
        "It holds at once, on every desk. Where they may see more or less than before, their book is loaded anew.",
        (Choice(id="TENANT_OWNER", text="Owner"), Choice(id="TENANT_STAFF", text="Staff")), "TENANT_STAFF",
        lambda chosen: None,
    )  # fmt: skip
    return window.team.question


def _audit(window: MainWindow) -> QWidget:
    _team(window)
    window.show_page("audit")
    window.audit.show_rows(EVENTS, more=True)
    return window


def _audit_not_in_plan(window: MainWindow) -> QWidget:
    _team(window)
    window.show_page("audit")
    window.audit.show_nothing("The plan of the business does not include that.")
    return window


def _reason(window: MainWindow) -> QWidget:
    _team(window)
    dialog = ReasonDialog(window)
    dialog.ask("3", "Ana Lopez")
    return dialog


def _reason_missing(window: MainWindow) -> QWidget:
    dialog = _reason(window)
    assert isinstance(dialog, ReasonDialog)
    dialog.begin.click()
    return dialog


def _reason_instead(window: MainWindow) -> QWidget:
    dialog = _reason(window)
    assert isinstance(dialog, ReasonDialog)
    dialog.reason.setText("Ana rang, she cannot see Tuesday")
    dialog.offer_instead(EARLIER)
    return dialog


def _code(window: MainWindow) -> QWidget:
    _work(window)
    dialog = CodeDialog(window)
    dialog.ask()
    return dialog


def _code_refused(window: MainWindow) -> QWidget:
    dialog = _code(window)
    assert isinstance(dialog, CodeDialog)
    dialog.show_message("This link is of a server that nobody at this computer has signed in to. It is not opened.")
    return dialog


def _code_about(window: MainWindow) -> QWidget:
    dialog = _code(window)
    assert isinstance(dialog, CodeDialog)
    dialog.show_about(
        (
            Fact(label="Who acts", text="Sam Port · sam@platform.example · Platform support"),
            Fact(label="As whom", text="Ana Lopez · ana@acme.example · Staff"),
            Fact(label="Business", text="Acme Corp"),
            Fact(label="Reason", text="Cannot see Tuesday, rang twice about it and is on the phone now"),
            Fact(label="Server", text="https://book.example.com"),
        )
    )
    return dialog


def _masquerade(window: MainWindow) -> QWidget:
    shown = MasqueradeWindow("Sam Support as Ana Lopez", "Acme Corp", "Cannot see Tuesday")
    shown.show_left("29:41")
    shown.show()
    _work(shown.book)
    shown.book.navigation.show_person("Ana Lopez", "Staff")
    return shown


def _masquerade_busy(window: MainWindow) -> QWidget:
    shown = _masquerade(window)
    assert isinstance(shown, MasqueradeWindow)
    _booking(shown.book)
    shown.show_busy("Asking the server…")
    shown.show_left("00:59")
    shown.tell("1 minute is left.")
    return shown


def _masquerade_offline(window: MainWindow) -> QWidget:
    shown = MasqueradeWindow(
        "Maximiliane von Hohenfels-Waldeck as Bartholomäus Freiherr von Oberwittelsbach-Hohenlohe",
        "Barbershop am Nordbahnhof",
        "She rang because a whole series of bookings on Tuesdays has vanished from her day, "
        "and wants somebody to look at it with her eyes before the shop opens",
    )  # fmt: skip
    shown.resize(960, 700)
    shown.show_left("12:07")
    shown.show()
    _work(shown.book)
    shown.book.pill.show_facts(SyncFacts(connection=Connection.OFFLINE, since="11:15", last_contact="11:14"))
    shown.book.book_page.banner.show_message(ACTING_OFFLINE, kind="danger", action="Sync now")
    return shown


def _masquerade_over(window: MainWindow) -> QWidget:
    shown = _masquerade(window)
    assert isinstance(shown, MasqueradeWindow)
    shown.show_over(*OVER[End.EXPIRED])
    return shown


def _swap_picking(window: MainWindow) -> QWidget:
    _work(window)
    window.book_page.book.select("a6")
    window.book_page.pick(
        "Swap Nora Lang, Tue 24 Nov, 12:30 – 14:30, with which visit? Click it, or go there with the arrows and press "
        "Enter. Esc stops."
    )
    return window


SWAPPED = (
    SwapRow(
        title="Nora Lang · Balayage", was="Tue 24 Nov, 12:30 – 14:30 with Ben Okafor",
        now="Tue 24 Nov, 09:30 – 11:30 with Daniel Weiss",
    ),
    SwapRow(
        title="Clara Fuchs · Consultation", was="Tue 24 Nov, 09:30 – 10:00 with Daniel Weiss",
        now="Tue 24 Nov, 12:30 – 13:00 with Ben Okafor",
    ),
)  # fmt: skip


def _swap_of(why_not: str) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _work(window)
        dialog = SwapDialog(window)
        dialog.ask(SWAPPED, why_not, lambda _: None, anyway_why_not="")
        return dialog

    return scene


def _swap_anyway(window: MainWindow) -> QWidget:
    dialog = _swap_of("Daniel Weiss is taken by Max Sommer, Tue 24 Nov, 10:30 to 11:30.")(window)
    assert isinstance(dialog, SwapDialog)
    dialog.anyway.click()
    dialog.reason.setText("Both agreed on the phone")
    return dialog


def _change_of(why_not: str) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _work(window)
        dialog = ChangeDialog(window)
        people = (Choice(id="", text="Anybody who is free"), Choice(id="r1", text="Ben Okafor"))
        rooms = (Choice(id="", text="Any room that is free"), Choice(id="r9", text="Room 1"))
        services = (Choice(id="s1", text="Balayage", detail="120 min · €140.00"), Choice(id="s2", text="Blow-dry"))
        dialog.show_choices(services=services, staff={"": people}, rooms={"": rooms})
        lines = (
            ChangeLine(service_id="s1", title="Balayage", staff_id="r1", room_id="r9", place=0),
            ChangeLine(service_id="s2", title="Blow-dry"),
        )
        form = ChangeForm(lines=lines, day=DAY, start=time(12, 30), party=1)
        dialog.ask("Nora Lang, Tue 24 Nov, 12:30 – 14:30.", form, locale="en_GB", largest_party=4)
        dialog.show_becomes("Balayage + Blow-dry · 165 min · €175.00")
        free = "Free: Ben Okafor, Room 1, Tue 24 Nov, 12:30 – 15:15."
        kind = "danger" if why_not else "success"
        dialog.show_verdict(why_not or free, kind=kind, saveable=not why_not, anyway_why_not="" if why_not else None)
        if why_not:
            dialog.show_against((why_not, "Room 1 is blocked, Tue 24 Nov, 15:00 to 16:00."))
            dialog.why.click()
            dialog.show_slots(
                [Choice(id=str(one), text=f"Wed {one}:30", detail=f"Wed {one}:30") for one in range(9, 14)]
            )
        return dialog

    return scene


def _change_anyway(window: MainWindow) -> QWidget:
    dialog = _change_of("Ben Okafor is taken by Sofia Rossi, Tue 24 Nov, 15:00 to 15:45.")(window)
    assert isinstance(dialog, ChangeDialog)
    dialog.anyway.click()
    return dialog


def _block_menu(window: MainWindow) -> QWidget:
    _work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_time("14:00 – 15:30", window.mapToGlobal(QPoint(700, 420)))
    return window


def _visit_menu(window: MainWindow) -> QWidget:
    _work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_visit(window.mapToGlobal(QPoint(600, 300)))
    return window


def _blocked_menu(window: MainWindow) -> QWidget:
    _work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_block("Training · 09:00 – 09:45", window.mapToGlobal(QPoint(800, 300)))
    return window


def _block_form(form: BlockForm, told: str, concerned: tuple[ConcernedRow, ...], *, ok: bool) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        _work(window)
        dialog = BlockDialog(window)
        dialog.ask(
            "Block time", form, RepeatForm(weekdays=(1,), count=10),
            [Choice(id=f"r{place}", text=name) for place, (name, _) in enumerate(STAFF)],
            save="Block time", locale="en_GB", may_repeat=True,
        )  # fmt: skip
        dialog.show_outcome(told, concerned, may_save=ok)
        return dialog

    return scene


LUNCH = BlockForm(
    resource_id="r1", starts=datetime(2026, 11, 24, 12, 30), ends=datetime(2026, 11, 24, 13, 15),  # noqa: DTZ001
    reason="Break",
)  # fmt: skip
LYING = (
    ConcernedRow(
        appointment_id="a6", text="Tue 24 Nov, 12:30 – 14:30 · Nora Lang",
        detail="Ben Okafor: Break until Tue 24 Nov, 13:15.",
    ),
)  # fmt: skip
STANDS = "1 visit stands in this time. Nothing is deleted: open and move each, or leave it there."

SCENES: dict[str, Scene] = {
    "sign-in": _sign_in,
    "sign-in-wrong": _sign_in_wrong,
    "sign-in-caps": _sign_in_caps,
    "sign-in-code": _sign_in_code,
    "sign-in-code-wrong": _sign_in_code_wrong,
    "unlock": _unlock,
    "unlock-earlier": _unlock_earlier,
    "people": _people,
    "people-left": _people_left,
    "switch": _switch,
    "switch-other": _switch_other,
    "account-menu": _account_menu,
    "lock": _lock,
    "lock-missed": _lock_missed,
    "lock-link": _lock_link,
    "lock-people": _people_locked,
    "people-businesses": _people_of_businesses,
    "lock-switch": _switch_by_pin,
    "lock-settings": _lock_settings,
    "lock-settings-weak": _lock_settings_weak,
    "change-password": _change_password,
    "second-factor": _second_factor,
    "recovery-codes": _recovery_codes,
    "lease-told": _lease_of(timedelta(days=4)),
    "lease-over": _lease_of(timedelta(days=9), timedelta(days=8)),
    "leave": _leave,
    "first-sync": _first_sync,
    "hidden-book": _hidden_book,
    "book": _work,
    "book-narrow": _work_narrow,
    "book-week": _view_of(views_gallery.show_week),
    "book-week-narrow": _view_of(views_gallery.show_week, narrow=True, panel=True),
    "book-week-clocks": _view_of(views_gallery.show_clocks_back),
    "book-month": _view_of(views_gallery.show_month),
    "book-month-narrow": _view_of(views_gallery.show_month, narrow=True, panel=True),
    "book-agenda": _view_of(views_gallery.show_agenda),
    "book-agenda-narrow": _view_of(views_gallery.show_agenda, narrow=True, panel=True),
    "book-columns": _view_of(views_gallery.show_columns),
    "booking": _booking,
    "booking-taken": _booking_taken,
    "card": _card,
    "cancel": _cancel,
    "card-locked": _card_locked,
    "card-requested": _card_requested,
    "day-list": _day_list,
    "day-list-empty": _day_list_empty,
    "payment": _payment_of(PAID),
    "payment-over": _payment_of(
        replace(PAID, rows=(), amount="", warning="€20.00 more was paid than the visit costs.")
    ),
    "payment-refund": _refund,
    "unlock-visit": _unlock_visit,
    "cash-sheet": _cash,
    "cash-sheet-empty": _cash_empty,
    "numbers": _numbers,
    "numbers-down": _numbers_down,
    "numbers-narrow": _numbers_narrow,
    "numbers-nothing": _numbers_nothing,
    "edit-menu": _edit_menu,
    "card-owner": _owner_card,
    "menu-file": _menu("&File"),
    "menu-edit": _menu("&Edit"),
    "closing": _closing_of(lambda dialog: None),
    "closing-wrong": _closing_of(lambda dialog: dialog.show_message("The password is wrong.", about="password")),
    "export": _export_of(lambda dialog: None),
    "export-busy": _export_of(lambda dialog: dialog.show_progress("3.2 MB have come…")),
    "export-offline": _export_of(lambda dialog: dialog.show_message(EXPORT_OFFLINE)),
    "export-saved": _export_of(lambda dialog: dialog.show_saved(SAVED.format(size="3.4 MB"))),
    "erase": _erase,
    "erase-not-known": _erase_not_known,
    "attention": _attention,
    "attention-note": _attention_of(NOTED),
    "attention-ended": _attention_of(ENDED),
    "attention-aside": _attention_of(ASIDE),
    "attention-empty": _attention_empty,
    "customers": _customers,
    "customers-form": _customers_form,
    "customers-merge": _customers_merge,
    "customers-pairs": _customers_pairs,
    "customers-apart": _customers_apart,
    "customers-merge-sure": _customers_merge_sure,
    "customers-nobody": _customers_nobody,
    "waitlist": _waitlist,
    "waitlist-offered": _waitlist_offered,
    "waitlist-form": _waitlist_form,
    "waitlist-nobody": _waitlist_nobody,
    "freed": _freed,
    "setup-services": _setup_of(setup_gallery.show_services),
    "setup-services-down": _setup_of(setup_gallery.show_services, down=1),
    "setup-services-wrong": _setup_of(setup_gallery.show_wrong_service, narrow=True),
    "setup-places": _setup_of(setup_gallery.show_places),
    "setup-hours": _setup_of(setup_gallery.show_hours),
    "setup-hours-down": _setup_of(setup_gallery.show_hours, down=1),
    "setup-hours-narrow": _setup_of(setup_gallery.show_hours, down=0.5, narrow=True),
    "setup-consequences": _setup_consequences,
    "setup-policies": _setup_of(setup_gallery.show_policies),
    "setup-plan": _setup_of(setup_gallery.show_plan),
    "setup-plan-down": _setup_of(setup_gallery.show_plan, down=1),
    "setup-plan-offline": _setup_of(setup_gallery.show_plan_offline, narrow=True),
    "team": _team,
    "team-offline": _team_offline,
    "team-nothing": _team_nothing,
    "team-disable": _disable,
    "team-role": _change_role,
    "audit": _audit,
    "audit-not-in-plan": _audit_not_in_plan,
    "masquerade-reason": _reason,
    "masquerade-reason-missing": _reason_missing,
    "masquerade-reason-instead": _reason_instead,
    "masquerade-code": _code,
    "masquerade-code-refused": _code_refused,
    "masquerade-code-about": _code_about,
    "masquerade-window": _masquerade,
    "masquerade-busy": _masquerade_busy,
    "masquerade-offline": _masquerade_offline,
    "masquerade-over": _masquerade_over,
    "sync-details": _details,
    "keys": _keys,
    "import": _import,
    "calendar-feeds": _feeds,
    "change-visit": _change_of(""),
    "change-visit-refused": _change_of("Ben Okafor is taken by Sofia Rossi, Tue 24 Nov, 15:00 to 15:45."),
    "change-visit-anyway": _change_anyway,
    "swap-picking": _swap_picking,
    "swap": _swap_of(""),
    "swap-anyway": _swap_anyway,
    "swap-refused": _swap_of("Daniel Weiss is taken by Max Sommer, Tue 24 Nov, 10:30 to 11:30."),
    "menu-time": _block_menu,
    "menu-visit": _visit_menu,
    "menu-blocked": _blocked_menu,
    "block": _block_form(LUNCH, "Nothing stands in this time.", (), ok=True),
    "block-visits": _block_form(LUNCH, STANDS, LYING, ok=True),
    "block-repeats": _block_form(
        replace(LUNCH, repeat=RepeatForm(weekdays=(0, 1, 2, 3), count=None)),
        f"208 times, the last on Thu 18 Nov, 12:30. {STANDS}",
        LYING,
        ok=True,
    ),
    "block-refused": _block_form(LUNCH, "Staff cannot block somebody else’s time.", (), ok=False),
    "series-repeat": _repeat,
    "series-which": _which_visits,
    "series-dates": _dates,
}


def picture(window: QWidget) -> QPixmap:
    """What a person sees: the window with what is open over it."""
    shown = window.grab()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        over = popup.grab()
        painter = QPainter(shown)
        painter.drawPixmap(QRect(window.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.size()), over)
        painter.end()
        popup.hide()
    return shown


def _widen_screen(told: Path, scale: int) -> None:
    """Give the offscreen platform a screen on which the window has room: on its own, popups are pushed aside."""
    screen = {"name": "wide", "x": 0, "y": 0, "width": 20 * scale, "height": 12 * scale, "logicalDpi": 96, "dpr": 1}
    told.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    if os.environ["QT_QPA_PLATFORM"] == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={told}"


def main(folder: Path, only: str = "") -> None:
    """Write the pictures of one scale; the scale is the environment's."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = round(float(os.environ.get("QT_SCALE_FACTOR", "1")) * 100)
    _widen_screen(folder / "screen.json", scale)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    for scheme in (theme.Scheme.LIGHT, theme.Scheme.DARK):
        theme.apply(app, scheme)
        for name, scene in SCENES.items():
            if only in name:
                window = MainWindow(Actions())
                window.show()
                shown = scene(window)
                QTest.qWait(60)
                picture(shown).save(str(folder / f"{name}-{scheme}-{scale}.png"))
                shown.hide()
                window.hide()
                window.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
