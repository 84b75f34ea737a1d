"""The offline lease: told from half of it on; past it today and tomorrow are read, and no more."""

from datetime import timedelta
from typing import Final

from PySide6.QtCore import QObject, Signal

from desktop.presenters.book import BookPresenter
from desktop.presenters.link import Latest, Link
from desktop.presenters.words import Words
from desktop.runtime.ticker import Ticker
from desktop.store.lease import Lease
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from shared.rules import wall_time

_MINUTE: Final = 60_000
_BEYOND: Final = (
    "new_booking", "find", "pick_day", "go_attention", "import_customers", "import_services", "import_bookings",
    "import_calendar", "save_customers", "save_services", "save_bookings", "save_calendar",
)  # fmt: skip
"""What leads beyond today and tomorrow, or to an edit."""


class LeasePresenter(QObject):
    """Looks at the lease every minute and after each round, and closes what is beyond it."""

    changed = Signal(object)
    """The `Lease` as it stands."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._book, self._actions = window, book, actions
        self._asking = Latest(link)
        self._minute = Ticker(self, _MINUTE, self.look)
        self._show_rest(shown=True)
        link.statusChanged.connect(lambda status: self.look())

    def start(self) -> None:
        """Look now, and from now on."""
        self._minute.start()
        self.look()

    def look(self) -> None:
        """Ask how the person at the desk stands."""
        self._asking.ask(Replica.lease, self._took)

    def _took(self, lease: Lease) -> None:
        self._show_rest(shown=not lease.is_over)
        if lease.is_over:
            today = wall_time.local(lease.now, self._book.words.zone).date()
            self._book.keep_to((today, today + timedelta(days=1)))
        else:
            self._book.keep_to(())
        self.changed.emit(lease)

    def _show_rest(self, *, shown: bool) -> None:
        for name in _BEYOND:
            self._actions[name].setEnabled(shown)
        page = self._window.book_page
        page.bar.allow_more(allowed=shown)
        page.booking.setEnabled(shown)
        self._window.navigation.allow_attention(allowed=shown)
        if not shown and self._window.page == "attention":
            self._window.show_page("book")


def lease_words(lease: Lease, words: Words, *, closed: bool = False) -> str:
    """What is said of a lease; nothing in its first half, where no clock was set forward.

    Of a business that is `closed` the server was reached, and let nobody on.
    """
    said = _forward_words(lease.set_forward)
    last = words.moment(lease.confirmed)
    since = f"The server has let nobody on since {last}." if closed else f"The server was not reached since {last}."
    if lease.is_over:
        until = "the business is open again" if closed else "it is reached"
        return (
            f"{said}{since} Today and tomorrow can be read; changes are taken again once {until}. Nothing that waits "
            "is lost."
        )
    if lease.is_told:
        end = words.moment(lease.ends)
        return f"{said}{since} From {end} on no changes are taken until it {'does' if closed else 'is'}."
    return said.strip()


def _forward_words(by: timedelta) -> str:
    if not by:
        return ""
    return f"The clock of this computer was set forward by {_span(by)}; that counts as time without the server. "


def _span(by: timedelta) -> str:
    hours = round(by / timedelta(hours=1))
    if hours >= 48:
        return f"{round(hours / 24)} days"
    return f"{hours} hours" if hours > 1 else f"{round(by / timedelta(minutes=1))} minutes"
