"""The book in its views with its bars above and, beside it, the panel that is open."""

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.models.book_views import View
from desktop.views.actions import Actions
from desktop.views.agenda_view import AgendaView
from desktop.views.appointment_card import AppointmentCard
from desktop.views.booking_panel import BookingPanel
from desktop.views.build import column, named, row
from desktop.views.columns_dialog import ColumnsDialog
from desktop.views.month_view import MonthView
from desktop.views.side_panel import WIDTH
from desktop.views.top_bar import TopBar
from desktop.views.view_bar import ViewBar
from desktop.widgets.banner import Banner
from desktop.widgets.day_book import DayBook
from desktop.widgets.empty_state import EmptyState


class BookPage(QWidget):
    """Puts the bar, the book and the panels together; at most one panel is open."""

    appointmentChosen = Signal(str)
    appointmentPicked = Signal(str)
    """Chosen while one is picked for something that was begun; `stop_picking` ends it."""
    panelClosed = Signal()
    setupRequested = Signal()
    """From a book in which nothing can be booked yet."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.view_bar = TopBar(), ViewBar(actions)
        self.banner = Banner()
        self._picking = Banner()
        """Says what a visit is picked for, while one is."""
        self.book = named(DayBook(), "Day book")
        self.month, self.agenda = MonthView(), AgendaView()
        self.columns = ColumnsDialog(self)
        self.booking = BookingPanel()
        self.card = AppointmentCard(actions)
        self._empty = EmptyState()
        self.offer_setup(offered=False)
        self.middle = QStackedWidget()
        for one in (self.book, self._empty, self.month, self.agenda):
            self.middle.addWidget(one)
        self._side = QStackedWidget()
        self._side.setFixedWidth(WIDTH)
        self._side.addWidget(self.booking)
        self._side.addWidget(self.card)
        self._side.hide()
        below = row(column(self.banner, self._picking, self.middle, space=0), self._side, space=0)
        below.setStretch(0, 1)
        self.setLayout(column(self.bar, self.view_bar, below, space=0))
        self.book.viewport().installEventFilter(self)
        self.book.activated.connect(self._open)
        self._empty.actionRequested.connect(self.setupRequested)
        self._picking.actionRequested.connect(self.stop_picking)
        self.booking.closeRequested.connect(self.close_panel)
        self.card.closeRequested.connect(self.close_panel)
        self.agenda.opened.connect(self._open)
        self.agenda.chosen.connect(self.book.choose)
        actions.attach("book", self.book, self.card, self.month.table, self.agenda.table)
        self._view, self._any_there = View.DAY, True

    def show_view(self, view: View) -> None:
        """Show the book in this view."""
        had_focus = any(one.hasFocus() for one in (self.book, self.month.table, self.agenda.table))
        self._view = view
        self.view_bar.show_view(view)
        self._show_middle()
        if had_focus:
            self.focus_view()

    def offer_setup(self, *, offered: bool) -> None:
        """Whether a book in which nothing can be booked leads to the set-up, for whoever may work there."""
        if offered:
            sentence = "Nobody and nothing can be booked here yet. Begin with the services, people, rooms and hours."
            self._empty.show_state("users", sentence, "Set up the business")
        else:
            self._empty.show_state("users", "Nobody and nothing can be booked here yet.")

    def show_columns(self, *, any_there: bool) -> None:
        """Say whether there is anything that could be a column."""
        self._any_there = any_there
        self._show_middle()

    def _show_middle(self) -> None:
        painted = self.book if self._any_there else self._empty
        self.middle.setCurrentWidget({View.MONTH: self.month, View.AGENDA: self.agenda}.get(self._view, painted))

    def focus_view(self) -> None:
        """Put the focus into what is shown."""
        if self._view is View.AGENDA:
            self.agenda.focus_first()
        elif self._view is View.MONTH:
            self.month.table.setFocus()
        elif self._any_there:
            self.book.setFocus()
        elif not self._empty.focus_action():
            # Where nothing can be booked there is nothing else to begin with.
            self.bar.focus_search()

    def focus_near(self, part: QWidget) -> None:
        """Put the focus into the form that this is a part of while it is open, else into what is shown."""
        if self.open_panel == "booking" and self.booking.isAncestorOf(part):
            self.booking.focus_first(part)
        else:
            self.focus_view()

    def open_booking(self) -> None:
        """Show the booking panel and put the focus into it: on the customer, where the panel was not open."""
        was_open = self.open_panel == "booking"
        self._show(self.booking)
        if was_open:
            self.booking.focus_first()
        else:
            self.booking.focus_customer()

    def open_card(self) -> None:
        """Show the card; the focus stays in the book."""
        self._show(self.card)

    @property
    def open_panel(self) -> str:
        """`booking`, `card` or an empty text."""
        if self._side.isHidden():
            return ""
        return "booking" if self._side.currentWidget() is self.booking else "card"

    def close_panel(self) -> None:
        """Close the panel; what was typed into it stays."""
        if not self._side.isHidden():
            self._side.hide()
            self.book.clear_ghost()
            if self.isVisible():
                # It is closed, too, as another takes the desk, whose keys are not for the book yet.
                self.focus_view()
            self.panelClosed.emit()

    @property
    def is_picking(self) -> bool:
        """Whether the next visit that is chosen is picked for something."""
        return not self._picking.isHidden()

    def pick(self, words: str) -> None:
        """Let the next visit be picked and not opened; `words` say for what, above the book."""
        self._picking.show_message(words, action="Stop")
        self.book.setFocus()

    def stop_picking(self) -> None:
        """Let visits be opened again."""
        self._picking.clear()

    def close_innermost(self) -> bool:
        """What Esc closes here: a question, a search, a panel; False where nothing is open."""
        if self.is_picking:
            self.stop_picking()
        elif self.open_panel == "card" and self.card.is_asking:
            self.card.stop_asking()
        elif self.open_panel:
            self.close_panel()
        elif self.bar.search.edit.hasFocus():
            self.bar.search.set_text("")
            self.focus_view()
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A panel that opens moves the columns: it waits until the button is up, so that no drag begins under it.
        if _is_click(event) and self.book.ghost is None:
            self._open(self.book.selected_id)
        return super().eventFilter(watched, event)

    def _open(self, appointment_id: object) -> None:
        if appointment_id is not None:
            chosen = self.appointmentPicked if self.is_picking else self.appointmentChosen
            chosen.emit(str(appointment_id))

    def _show(self, panel: QWidget) -> None:
        self._side.setCurrentWidget(panel)
        self._side.show()


def _is_click(event: QEvent) -> bool:
    released = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
    return released and cast(QMouseEvent, event).button() == Qt.MouseButton.LeftButton
