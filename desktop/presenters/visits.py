"""Going to a visit in the book from wherever it is listed."""

from PySide6.QtCore import QObject

from desktop.presenters.book import BookPresenter
from desktop.presenters.card import CardPresenter
from desktop.presenters.edits import seen
from desktop.presenters.link import Link
from desktop.views.main_window import MainWindow
from shared.model.appointment import Appointment
from shared.rules import wall_time


class VisitOpener(QObject):
    """Shows the day of a visit, and its card."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, card: CardPresenter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._book, self._card = link, window, book, card

    def open(self, appointment_id: str) -> None:
        """Go to a visit; one that is gone leaves everything as it is."""

        def found(visit: Appointment | None) -> None:
            if visit is not None:
                self._window.show_page("book")
                self._book.open_day(wall_time.local(visit.starts_at, visit.zone).date())
                self._card.open(visit.id)

        self._link.ask(lambda replica: seen(replica, appointment_id), found)
