"""The menu's entries for files of other programs."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from desktop.presenters.link import Link
from desktop.queries.setup import Setup, setup
from desktop.runtime.qt import Background
from desktop.views.actions import Actions


class ImportPresenter(QObject):
    """Opens the import dialogs."""

    def __init__(
        self, link: Link, window: QWidget, actions: Actions, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._window, self._background = link, window, background
        actions["import_customers"].triggered.connect(self._ask_for_customers)
        actions["import_calendar"].triggered.connect(self._ask_for_calendar)

    @Slot()
    def _ask_for_customers(self) -> None:
        self._link.ask(setup, lambda book: self._open(book, calendar=False))

    @Slot()
    def _ask_for_calendar(self) -> None:
        self._link.ask(setup, lambda book: self._open(book, calendar=True))

    def _open(self, book: Setup, *, calendar: bool) -> None:
        # Calendars, zones and phone numbers of other programs take 100 ms to load: only who imports waits for them.
        from desktop.presenters.importing import import_calendar, import_customers

        opened = import_calendar if calendar else import_customers
        opened(self._link, self._window, self._background, book)
