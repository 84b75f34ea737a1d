"""The book with its bar above and, beside it, the panel that is open."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.views.actions import Actions
from desktop.views.appointment_card import AppointmentCard
from desktop.views.booking_panel import BookingPanel
from desktop.views.build import column, named, row
from desktop.views.side_panel import WIDTH
from desktop.views.top_bar import TopBar
from desktop.widgets.banner import Banner
from desktop.widgets.day_book import DayBook
from desktop.widgets.empty_state import EmptyState


class BookPage(QWidget):
    """Puts the bar, the book and the panels together; at most one panel is open."""

    appointmentChosen = Signal(str)
    panelClosed = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = TopBar()
        self.banner = Banner()
        self.book = named(DayBook(), "Day book")
        self.booking = BookingPanel()
        self.card = AppointmentCard(actions)
        self._empty = EmptyState()
        self._empty.show_state("users", "Nobody and nothing can be booked here yet.")
        self.middle = QStackedWidget()
        self.middle.addWidget(self.book)
        self.middle.addWidget(self._empty)
        self._side = QStackedWidget()
        self._side.setFixedWidth(WIDTH)
        self._side.addWidget(self.booking)
        self._side.addWidget(self.card)
        self._side.hide()
        below = row(column(self.banner, self.middle, space=0), self._side, space=0)
        below.setStretch(0, 1)
        self.setLayout(column(self.bar, below, space=0))
        self.book.viewport().installEventFilter(self)
        self.book.activated.connect(self._open)
        self.booking.closeRequested.connect(self.close_panel)
        self.card.closeRequested.connect(self.close_panel)
        actions.attach("book", self.book, self.card)

    def show_columns(self, *, any_there: bool) -> None:
        """Show the book, or why there is nothing to show."""
        self.middle.setCurrentIndex(0 if any_there else 1)

    def open_booking(self) -> None:
        """Show the booking panel and put the focus into it."""
        self._show(self.booking)
        self.booking.focus_first()

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
            self.book.setFocus()
            self.panelClosed.emit()

    def close_innermost(self) -> bool:
        """What Esc closes here: a question, a search, a panel; False where nothing is open."""
        if self.open_panel == "card" and self.card.is_asking:
            self.card.stop_asking()
        elif self.open_panel:
            self.close_panel()
        elif self.bar.search.edit.hasFocus():
            self.bar.search.set_text("")
            self.book.setFocus()
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A panel that opens moves the columns: it waits until the button is up, so that no drag begins under it.
        if event.type() == QEvent.Type.MouseButtonRelease and self.book.ghost is None:
            self._open(self.book.selected_id)
        return super().eventFilter(watched, event)

    def _open(self, appointment_id: object) -> None:
        if appointment_id is not None:
            self.appointmentChosen.emit(str(appointment_id))

    def _show(self, panel: QWidget) -> None:
        self._side.setCurrentWidget(panel)
        self._side.show()
