"""A quiet word where the server has taken another room or person than the desk had found."""

from PySide6.QtCore import QObject

from desktop.presenters.link import Latest, Link
from desktop.queries.exchanged import Told, exchanged_words
from desktop.widgets.toast import Toast


class ExchangedPresenter(QObject):
    """Tells each exchange once; those of before this window was opened stand in the book as they are."""

    def __init__(self, link: Link, toast: Toast, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._toast = toast
        self._asking = Latest(link)
        self._last: int | None = None
        link.changed.connect(self._changed)
        self._ask()

    def _changed(self, tables: frozenset[str]) -> None:
        if "appointment" in tables:
            self._ask()

    def _ask(self) -> None:
        self._asking.ask(exchanged_words, self._took)

    def _took(self, told: tuple[Told, ...]) -> None:
        fresh = [] if self._last is None else [one for one in told if one.seq > self._last]
        self._last = max((one.seq for one in told), default=self._last or 0)
        if fresh:
            self._toast.show_message(" ".join(one.text for one in fresh[-3:]))
