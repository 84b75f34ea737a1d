"""The one window: sign-in, first download, and then the book with everything around it."""

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from desktop.models.book_views import View
from desktop.views.actions import BOOK_SLOTS, Actions
from desktop.views.attention_view import AttentionView
from desktop.views.audit_view import AuditView
from desktop.views.book_page import BookPage
from desktop.views.build import column, frame, label, named, row
from desktop.views.cash_sheet import CashSheetView
from desktop.views.cover import OWN, Cover
from desktop.views.customers import CustomersView
from desktop.views.day_list import DayListView
from desktop.views.first_sync import FirstSyncView
from desktop.views.focus_keeper import FocusKeeper
from desktop.views.keys_dialog import KeysDialog
from desktop.views.leave_dialog import LeaveDialog
from desktop.views.lock import LockView
from desktop.views.lock_settings import LockSettingsDialog
from desktop.views.navigation import Navigation
from desktop.views.numbers import NumbersView
from desktop.views.people import PeopleView
from desktop.views.reading_order import InReadingOrder
from desktop.views.setup.page import SetupView
from desktop.views.sign_in import SignInView, UnlockView
from desktop.views.sync_details import SyncDetails
from desktop.views.team import TeamView
from desktop.views.waitlist import WaitlistView
from desktop.widgets import theme
from desktop.widgets.banner import Banner
from desktop.widgets.status_pill import StatusPill
from desktop.widgets.toast import Toast

MENUS = (
    ("&File", ("import_customers", "import_services", "import_bookings", "import_calendar", "",
               "save_customers", "save_services", "save_bookings", "save_calendar", "save_visit", "calendar_feeds", "",
               "export_customer", "export_all", "close_business", "", "lock", "switch_person",
               "paste_code", "lock_settings", "change_password", "second_factor", "sign_out", "quit")),
    ("&Edit", ("undo", "redo", "", "new_booking", "find", "", "erase_customer")),
    (
        "&View",
        ("go_book", "go_day", "go_customers", "go_waitlist", "go_cash", "go_numbers", "go_attention", "go_team",
         "go_setup", "go_audit", "", "today", "previous_day", "next_day", "pick_day", "",
         "view_day", "view_week", "view_month", "view_agenda", "choose_columns", "",
         "look_system", "look_light", "look_dark", "look_high_contrast"),
    ),
    ("&Sync", ("sync_now", "sync_details", "", "save_waiting")),
    ("&Help", ("keys",)),
)  # fmt: skip
OF_THE_PERSON = (
    "lock", "switch_person", "paste_code", "calendar_feeds", "lock_settings", "change_password", "second_factor",
    "stop", "sign_out",
)  # fmt: skip
"""What the menu under the person's name holds, of the actions that there are."""


_FOCUSED = (
    AttentionView, AuditView, CashSheetView, CustomersView, DayListView, NumbersView, SetupView, TeamView, WaitlistView,
)  # fmt: skip
"""The pages that say themselves where the keyboard begins."""


class MainWindow(InReadingOrder, QMainWindow):
    """Holds the pages; which one is shown it is told.

    While it is locked it shows nothing but the lock and the pages on which somebody says who they are, whatever it is
    told. The book is then, and on those pages, no part of what the window holds.
    """

    lockChanged = Signal(bool)
    closing = Signal()
    workShown = Signal()
    """The book is on the screen again, or for the first time."""
    pageShown = Signal(str)

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.actions_by_name = actions
        self.is_locked = False
        self._business = ""
        self._cover = Cover(self)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            # A dialog gets the focus as soon as it is there.
            application.focusWindowChanged.connect(self._stay_covered, Qt.ConnectionType.QueuedConnection)
        self._focused: QWidget | None = None
        self.resize(1360, 860)
        self.setMinimumSize(900, 560)
        self.sign_in, self.unlock, self.first_sync = SignInView(), UnlockView(), FirstSyncView()
        self.people, self.lock_page = PeopleView(), LockView()
        self.navigation = Navigation()
        self.navigation.offer(tuple(actions[name] for name in OF_THE_PERSON if name in actions))
        self.book_page, self.attention = BookPage(actions), AttentionView(actions)
        self._work_pages = QStackedWidget()
        self.customers, self.waitlist = CustomersView(), WaitlistView()
        self.team, self.audit, self.numbers = TeamView(), AuditView(), NumbersView()
        self.day_list, self.cash_sheet, self.setup = DayListView(actions), CashSheetView(), SetupView()
        self._pages_by_name: dict[str, QWidget] = {
            "book": self.book_page, "day": self.day_list, "customers": self.customers, "waitlist": self.waitlist,
            "cash": self.cash_sheet, "numbers": self.numbers, "attention": self.attention, "team": self.team,
            "setup": self.setup, "audit": self.audit,
        }  # fmt: skip
        for page in self._pages_by_name.values():
            self._work_pages.addWidget(page)
        self.fault = Banner()
        """Says over every page what was not saved, until something is or a person has read it."""
        self.freed = Banner()
        """Says whom fits what has just become free."""
        self.pill = named(StatusPill(), "Sync status")
        self._place = label("", "caption")
        self._work = self._make_work()
        self._pages = QStackedWidget()
        self._pages.setAccessibleName("SmoothSchedule")
        for page in (self.sign_in, self.unlock, self.people, self.lock_page, self.first_sync):
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        self.toast = Toast(self._work_pages)
        self.details = SyncDetails(self)
        self.leave, self.lock_settings = LeaveDialog(self), LockSettingsDialog(self)
        self._keys = KeysDialog(self)
        self._keys.show_lines(actions.lines())
        self._keys.finished.connect(self.activateWindow)
        self.leave.finished.connect(self.activateWindow)
        self.lock_settings.finished.connect(self.activateWindow)
        self.setProperty(OWN, True)
        self._fill_menus()
        self._connect_actions()
        self.navigation.pageChosen.connect(self.show_page)
        self.attention.bookRequested.connect(lambda: self.show_page("book"))
        self.book_page.card.attentionRequested.connect(lambda: self.show_page("attention"))
        self.pill.detailsRequested.connect(self.show_details)
        self._keeper = FocusKeeper(self._work_pages, self._focus_page)
        self.show_sign_in()
        theme.dress(self)

    def _make_work(self) -> QWidget:
        line = frame("footer", row(self.pill, None, self._place, margins=(12, 5, 16, 5)))
        pages = column(self.fault, self.freed, self._work_pages, space=0)
        pages.setStretch(2, 1)
        beside = row(self.navigation, pages, space=0)
        beside.setStretch(1, 1)
        work = QWidget()
        content = column(beside, line, space=0)
        content.setStretch(0, 1)
        work.setLayout(content)
        return work

    def _fill_menus(self) -> None:
        actions = self.actions_by_name
        for title, names in MENUS:
            menu = self.menuBar().addMenu(title)
            menu.setAccessibleName(title.replace("&", ""))
            for name in names:
                if not name:
                    menu.addSeparator()
                elif name in actions:
                    menu.addAction(actions[name])

    def _connect_actions(self) -> None:
        actions = self.actions_by_name
        # Where somebody says who they are, nobody saves what another has begun.
        self.book_page.addActions([actions[name] for name in ("save_booking", *BOOK_SLOTS)])
        for page in (self.first_sync, self.lock_page):
            page.addActions([actions[name] for name in ("switch_person",) if name in actions])
        self.addAction(actions["close"])
        self.addAction(actions["lock"])
        for name in self._pages_by_name:
            if f"go_{name}" in actions:
                actions[f"go_{name}"].triggered.connect(lambda _=False, chosen=name: self.show_page(chosen))
        for view in View:
            actions[f"view_{view.value}"].triggered.connect(self._show_book)
        for name in ("new_booking", "pick_day"):
            # They stand in a menu of every page; connected first, so that they act on what is shown.
            actions[name].triggered.connect(self._show_book)
        if "quit" in actions:
            actions["quit"].triggered.connect(self.close)
        actions["find"].triggered.connect(self._find)
        actions["pick_day"].triggered.connect(self.book_page.bar.pick_day)
        actions["close"].triggered.connect(self._close_innermost)
        actions["keys"].triggered.connect(self._keys.show)
        actions["sync_details"].triggered.connect(self.show_details)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)

    def come_forward(self) -> None:
        """Stand before the other windows; where the system does not let it, it asks to be looked at."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    # Which page

    def show_sign_in(self) -> None:
        self._show_outside(self.sign_in)

    def show_unlock(self) -> None:
        self._show_outside(self.unlock)

    def show_people(self) -> None:
        self._show_outside(self.people)

    def show_lock(self) -> None:
        self._show_outside(self.lock_page)

    def show_first_sync(self) -> None:
        if not self.is_locked:
            self._show_outside(self.first_sync)

    def show_work(self) -> None:
        """Show the book and what is around it."""
        if not self.is_working and not self.is_locked:
            self._take_in()
            self.show_page("book")
            self.workShown.emit()

    def go_on(self) -> None:
        """Show the work as it was when another page took its place."""
        if not self.is_working and not self.is_locked:
            self._take_in()
            held = self._focused
            if held is not None and shiboken6.isValid(held) and held.isVisible():
                held.setFocus()
            else:
                # It may have been made anew meanwhile: free starts are, whenever a colleague books.
                self._focus_page(self._work_pages)
            self.workShown.emit()

    def lock_pages(self) -> None:
        """Show nothing of the book any more, whatever else happens, until `unlock_pages`."""
        if not self.is_locked:
            self.is_locked = True
            self._cover.put_away()
            self.show_lock()
            self.lockChanged.emit(True)

    def _stay_covered(self) -> None:
        if self.is_locked:
            self._cover.put_away_dialogs()

    def put_work_away(self) -> None:
        """Let nothing stand over the pages that has to do with the book, until the work is shown again."""
        self._cover.put_away()

    def unlock_pages(self) -> None:
        """Take the lock off; which page is shown is another question."""
        if self.is_locked:
            self.is_locked = False
            self.lock_page.forget()
            self.lockChanged.emit(False)

    def forget_work(self) -> None:
        """Somebody else comes: what stood over the book of the one before is not theirs."""
        self._cover.drop()
        self.fault.clear()
        self._focused, self._business = None, ""

    def show_business(self, name: str) -> None:
        """Name the business whose book is open."""
        self._business = name
        self.navigation.show_business(name)
        self._entitle()

    @property
    def is_working(self) -> bool:
        return self._pages.currentWidget() is self._work

    @property
    def page(self) -> str:
        """The name of the page that is shown, such as `book` or `day`."""
        shown = self._work_pages.currentWidget()
        return next(name for name, page in self._pages_by_name.items() if page is shown)

    def show_page(self, page: str) -> None:
        """Show a page by its name, such as `book` or `day`."""
        self.navigation.show_page(page)
        shown = self._pages_by_name[page]
        middles = {"book": self.book_page.middle, "day": self.day_list.middle}
        self.toast.lie_over(middles.get(page, shown))
        self._work_pages.setCurrentWidget(shown)
        if self.is_working:
            # A role that has changed takes a page away behind those on which somebody says who they are, too.
            self._focus_page(shown)
        self.pageShown.emit(page)

    def _focus_page(self, near: QWidget) -> None:
        """Put the focus where one begins on the page that is shown, or in the form on it that `near` belongs to."""
        shown = self._work_pages.currentWidget()
        if shown is self.book_page:
            self.book_page.focus_near(near)
        elif isinstance(shown, _FOCUSED):
            shown.focus_first()

    def show_place(self, words: str) -> None:
        """Say at the lower right which business and zone the times are of."""
        self._place.setText(words)

    def show_details(self) -> None:
        """Open what stands behind the status line."""
        self.details.open_over(self.pill)

    def _take_in(self) -> None:
        self._allow_menus(allowed=True)
        self._pages.addWidget(self._work)
        self._pages.setCurrentWidget(self._work)
        self._entitle()
        self._cover.bring_back()

    def _show_outside(self, page: QWidget) -> None:
        if self.is_working:
            self._focused = self._work.focusWidget()
            # A screen reader reads the pages of a stack that are not shown, too.
            self._pages.removeWidget(self._work)
        self._allow_menus(allowed=False)
        self._pages.setCurrentWidget(page)
        self._entitle()

    def _allow_menus(self, *, allowed: bool) -> None:
        self.menuBar().setVisible(allowed)
        for action in self.menuBar().actions():
            # Where the menus are the system's, hiding them here is not enough.
            action.setEnabled(allowed)

    def _entitle(self) -> None:
        named = self.is_working and self._business
        self.setWindowTitle(f"{self._business} – SmoothSchedule" if named else "SmoothSchedule")

    def _show_book(self) -> None:
        if self.page != "book":
            self.show_page("book")

    def _find(self) -> None:
        self.show_page("book")
        self.book_page.bar.focus_search()

    def _close_innermost(self) -> None:
        page = self._pages.currentWidget()
        if page is self._work:
            self._close_at_work()
        elif isinstance(page, SignInView | UnlockView | PeopleView):
            page.go_back()

    def _close_at_work(self) -> None:
        if self.page == "attention" and self.attention.is_asking:
            self.attention.stop_asking()
        elif self.page == "book" and self.book_page.close_innermost():
            return
        elif self.toast.isVisible():
            self.toast.dismiss()
