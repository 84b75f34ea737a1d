"""Pictures of what is done to the book: booking, changing, swapping, blocking, repeating."""

from dataclasses import replace
from datetime import datetime, time
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.models.book_deeds import BlockForm, ChangeForm, ChangeLine, ContestRow, Part, SwapRow
from desktop.models.rows import BookingForm, Choice, DateRow, NewCustomer, RepeatForm
from desktop.models.setup_rows import ConcernedRow
from desktop.presenters.booking_words import TYPED_ON
from desktop.presenters.change_words import CHOOSE
from desktop.views.block_dialog import BlockDialog
from desktop.views.change_dialog import ChangeDialog
from desktop.views.main_window import MainWindow
from desktop.views.repeat_dialog import RepeatDialog
from desktop.views.series_dialogs import DatesDialog, ScopeDialog
from desktop.views.swap_dialog import SwapDialog
from tests.support.scenes.stage import ALONE, DAY, STAFF, Scene, work

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


def booking(window: MainWindow) -> QWidget:
    work(window)
    panel = window.book_page.booking
    panel.show_form(FORM)
    panel.show_verdict("Free: Ana Lindqvist, Room 1, Tue 24 Nov, 11:30 – 12:15.", ok=True)
    panel.show_slots(SLOTS)
    panel.set_saveable(ok=True)
    window.book_page.open_booking()
    return window


def _booking_typed_on(window: MainWindow) -> QWidget:
    booking(window)
    panel = window.book_page.booking
    begun = BookingForm(
        new_customer=NewCustomer(name="Paula Stern"), day=DAY, start=time(11, 30), minutes=45, location_id="l",
        notes="Asks for Ben",
    )  # fmt: skip
    panel.show_form(begun)
    panel.show_verdict(TYPED_ON, ok=True)
    panel.show_slots(())
    panel.set_saveable(ok=False, why_not="Choose a service first.")
    return window


def _booking_again(window: MainWindow) -> QWidget:
    booking(window)
    panel = window.book_page.booking
    panel.show_begun(
        "Begun before, for Mira Holm: “Asks for Ben, and for the room with the window”.",
        (Choice(id="afresh", text="Start afresh"),),
    )
    panel.show_coming("Mira Holm comes at 12:15 to Ben Okafor already.")
    panel.focus_first()
    return window


def _booking_aside(window: MainWindow) -> QWidget:
    booking(window)
    panel = window.book_page.booking
    panel.begin(BookingForm(day=DAY, start=time(11, 30), minutes=45, location_id="l"))
    panel.show_begun(
        "Begun before and not saved: Paula Stern, Balayage, “Asks for Ben”.",
        (Choice(id="back", text="Go on with it"), Choice(id="drop", text="Throw it away")),
    )
    panel.show_verdict("", ok=True)
    panel.show_slots(())
    panel.set_saveable(ok=False, why_not="Choose a customer first.")
    panel.service.search.edit.setFocus()
    QTest.keyClicks(panel.service.search.edit, "beerd")
    return window


def _booking_taken(window: MainWindow) -> QWidget:
    booking(window)
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
    window.pill.show_facts(ALONE)
    return window


def _change_of(why_not: str) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        work(window)
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


_START = ContestRow(part=Part(name="start"), title="Start", now="Tue 24 Nov, 14:00", mine="Tue 24 Nov, 12:30")
_BOOKED = ContestRow(
    part=Part(name="services"), title="Services",
    now="Balayage with Ben Okafor, Room 1 + Toner with Ben Okafor, Room 1",
    mine="Balayage with Ben Okafor, Room 1 + Blow-dry",
)  # fmt: skip
_MEANWHILE = (
    "Confirmed by Ana Lindqvist meanwhile.", "Moved to Tue 24 Nov, 12:30 meanwhile.",
    "Balayage is with Ben Okafor now.", "Note by Ana Lindqvist: Brings her daughter, who waits in the front.",
)  # fmt: skip


def _change_meanwhile(*contests: ContestRow) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        dialog = _change_of("")(window)
        assert isinstance(dialog, ChangeDialog)
        dialog.show_meanwhile(_MEANWHILE[2:] if contests else _MEANWHILE)
        dialog.show_contests(contests)
        if any(not one.is_settled for one in contests):
            dialog.show_verdict(CHOOSE, kind="warning", saveable=False)
        return dialog

    return scene


def _change_over(window: MainWindow) -> QWidget:
    dialog = _change_of("")(window)
    assert isinstance(dialog, ChangeDialog)
    dialog.show_over("Cancelled by Ana Lindqvist meanwhile: nothing that stands here can be saved. It can be copied.")
    return dialog


def _change_sending(window: MainWindow) -> QWidget:
    dialog = _change_of("")(window)
    assert isinstance(dialog, ChangeDialog)
    dialog.show_sending(sending=True)
    return dialog


def _swap_picking(window: MainWindow) -> QWidget:
    work(window)
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
        work(window)
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


def _block_form(
    form: BlockForm, told: str, concerned: tuple[ConcernedRow, ...], *, ok: bool, title: str = "Block time",
    save: str = "Block time",
) -> Scene:  # fmt: skip
    def scene(window: MainWindow) -> QWidget:
        work(window)
        dialog = BlockDialog(window)
        dialog.ask(
            title, form, RepeatForm(weekdays=(1,), count=10),
            [Choice(id=f"r{place}", text=name) for place, (name, _) in enumerate(STAFF)],
            save=save, locale="en_GB", may_repeat=True,
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


def _repeat(window: MainWindow) -> QWidget:
    work(window)
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
    work(window)
    dialog = ScopeDialog(window)
    said = "Every week on Tue, 6 times. Of the others those move along that nobody has moved or changed by themselves."
    dialog.ask("Move which visits?", said, lambda scope: None)
    return dialog


def _dates(window: MainWindow) -> QWidget:
    work(window)
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


SCENES: Final[dict[str, Scene]] = {
    "booking": booking,
    "booking-again": _booking_again,
    "booking-aside": _booking_aside,
    "booking-taken": _booking_taken,
    "booking-typed-on": _booking_typed_on,
    "change-visit": _change_of(""),
    "change-visit-refused": _change_of("Ben Okafor is taken by Sofia Rossi, Tue 24 Nov, 15:00 to 15:45."),
    "change-visit-anyway": _change_anyway,
    "change-visit-sending": _change_sending,
    "change-visit-meanwhile": _change_meanwhile(),
    "change-visit-two": _change_meanwhile(_START, _BOOKED),
    "change-visit-theirs": _change_meanwhile(replace(_START, is_settled=True)),
    "change-visit-over": _change_over,
    "swap-picking": _swap_picking,
    "swap": _swap_of(""),
    "swap-anyway": _swap_anyway,
    "swap-refused": _swap_of("Daniel Weiss is taken by Max Sommer, Tue 24 Nov, 10:30 to 11:30."),
    "block": _block_form(LUNCH, "Nothing stands in this time.", (), ok=True),
    "block-visits": _block_form(LUNCH, STANDS, LYING, ok=True),
    "block-meanwhile": _block_form(
        LUNCH,
        "Changed meanwhile to: Ben Okafor, Tue 24 Nov, 13:00 – 14:00, Dentist. Saving puts what stands here in its "
        "place. Nothing stands in this time.",
        (),
        ok=True,
        title="Change blocked time",
        save="Save",
    ),
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
