"""Pictures of the book, the card of a visit, the menus, and what stands beside them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QScrollArea, QWidget

from desktop.models.rows import CardRow, Fact, NoteRow, StepChoice
from desktop.presenters.card import LOCKED as CLOSED
from desktop.views.ask_reason import AskReason
from desktop.views.book_menu import BookMenu
from desktop.views.book_page import BookPage
from desktop.views.keys_dialog import KeysDialog
from desktop.views.main_window import MainWindow
from tests.support import views_gallery
from tests.support.scenes.stage import ALONE, Scene, as_owner, work


def _work_narrow(window: MainWindow) -> QWidget:
    window.resize(960, 700)
    return work(window)


def _view_of(show: Callable[[BookPage], object], *, narrow: bool = False, panel: bool = False) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        work(window)
        if narrow:
            window.resize(960, 700)
        shown = show(window.book_page)
        if panel:
            window.book_page.open_card()
        window.book_page.focus_view()
        return shown if isinstance(shown, QWidget) else window

    return scene


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


def _card(window: MainWindow) -> QWidget:
    work(window)
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


def _card_locked(window: MainWindow) -> QWidget:
    _card(window)
    window.toast.dismiss()
    facts = (*CARD.facts, Fact(label="To pay", text="Paid"))
    shown = replace(CARD, status="completed", status_text="Completed", locked=CLOSED, may_unlock=True, facts=facts)
    window.book_page.card.show_row(replace(shown, mark="", steps=(), main=""))
    return window


def _unlock_visit(window: MainWindow) -> QWidget:
    work(window)
    dialog = AskReason()
    dialog.ask(
        "Unlock the visit?", "It is paid and closed. The reason is kept as a note of the visit, with your name.",
        yes="Unlock", no="Leave it closed", needed=True, then=lambda reason: None,
    )  # fmt: skip
    return dialog


def _card_requested(window: MainWindow) -> QWidget:
    _card(window)
    window.toast.dismiss()
    steps = (StepChoice(action="confirm", text="Accept"), StepChoice(action="decline"), StepChoice(action="cancel"))
    shown = replace(CARD, status="requested", status_text="Requested", mark="", steps=steps, main="confirm")
    window.book_page.card.show_row(shown)
    return window


def owner_card(window: MainWindow) -> QWidget:
    work(window)
    as_owner(window)
    window.book_page.card.show_row(replace(CARD, mark=""))
    window.book_page.open_card()
    for area in window.book_page.card.findChildren(QScrollArea):
        QTest.qWait(20)
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    return window


def _edit_menu(window: MainWindow) -> QWidget:
    work(window)
    actions = window.actions_by_name
    actions["undo"].setText("Undo arrival of Sofia Rossi")
    actions["redo"].setText("Redo import of 500 entries")
    actions["redo"].setEnabled(False)
    window.toast.show_message("Not undone. Begun meanwhile (it is Tue 24 Nov, 10:45).")
    bar = window.menuBar()
    menu = next(one for one in bar.findChildren(QMenu) if actions["undo"] in one.actions())
    menu.popup(bar.mapToGlobal(bar.actionGeometry(menu.menuAction()).bottomLeft()))
    return window


def _menu(name: str) -> Scene:
    def scene(window: MainWindow) -> QWidget:
        owner_card(window)
        menu = next(one for one in window.menuBar().findChildren(QMenu) if one.title() == name)
        menu.popup(window.mapToGlobal(window.menuBar().actionGeometry(menu.menuAction()).bottomLeft()))
        return window

    return scene


def _block_menu(window: MainWindow) -> QWidget:
    work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_time("14:00 – 15:30", window.mapToGlobal(QPoint(700, 420)))
    return window


def _visit_menu(window: MainWindow) -> QWidget:
    work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_visit(window.mapToGlobal(QPoint(600, 300)))
    return window


def _blocked_menu(window: MainWindow) -> QWidget:
    work(window)
    menu = BookMenu(window.actions_by_name, window)
    menu.show_block("Training · 09:00 – 09:45", window.mapToGlobal(QPoint(800, 300)))
    return window


def _details(window: MainWindow) -> QWidget:
    work(window)
    window.pill.show_facts(ALONE)
    window.details.show_facts(
        "Offline since 11:02",
        "3 edits are saved on this computer. They go to the server as soon as it answers.",
        (Fact(label="Server", text="https://book.example.com"), Fact(label="Last contact", text="Tue 24 Nov, 11:02")),
    )
    window.show_details()
    return window


def _keys(window: MainWindow) -> QWidget:
    work(window)
    dialog = KeysDialog(window)
    dialog.show_lines(window.actions_by_name.lines())
    dialog.show()
    return dialog


SCENES: Final[dict[str, Scene]] = {
    "book": work,
    "book-narrow": _work_narrow,
    "book-week": _view_of(views_gallery.show_week),
    "book-week-narrow": _view_of(views_gallery.show_week, narrow=True, panel=True),
    "book-week-clocks": _view_of(views_gallery.show_clocks_back),
    "book-month": _view_of(views_gallery.show_month),
    "book-month-narrow": _view_of(views_gallery.show_month, narrow=True, panel=True),
    "book-agenda": _view_of(views_gallery.show_agenda),
    "book-agenda-narrow": _view_of(views_gallery.show_agenda, narrow=True, panel=True),
    "book-columns": _view_of(views_gallery.show_columns),
    "card": _card,
    "cancel": _cancel,
    "card-locked": _card_locked,
    "card-requested": _card_requested,
    "unlock-visit": _unlock_visit,
    "edit-menu": _edit_menu,
    "card-owner": owner_card,
    "menu-file": _menu("&File"),
    "menu-edit": _menu("&Edit"),
    "sync-details": _details,
    "keys": _keys,
    "menu-time": _block_menu,
    "menu-visit": _visit_menu,
    "menu-blocked": _blocked_menu,
}
