"""The cash sheet page: which day, its sums, and a file or a sheet of paper of it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.book import BookPresenter
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.money_words import cash_csv, cash_rows, cash_sums, cash_text, total_words
from desktop.presenters.stepped_day import SteppedDay
from desktop.presenters.words import Words
from desktop.queries.day_cash import DayCash, day_cash
from desktop.views.main_window import MainWindow
from desktop.views.paper import print_text
from shared.model.business import Location
from shared.model.member import Role
from shared.rules.permissions import Capability, may

_TABLES: Final = frozenset({"payment", "attention_item", "outbox", "member", "customer", "appointment", "business"})


class CashSheetPresenter(QObject):
    """Shows today, or the day that was stepped to, of the location that the book shows."""

    def __init__(
        self, link: Link, window: MainWindow, book: BookPresenter, edits: Edits, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._view, self._book, self._edits = window, window.cash_sheet, book, edits
        self._questions = Latest(link)
        self._told: DayCash | None = None
        self._stepped = SteppedDay(window.cash_sheet.stepper, book, self)
        view = self._view
        link.changed.connect(self._changed)
        book.locationChanged.connect(self._moved)
        window.pageShown.connect(self._shown)
        self._stepped.changed.connect(self.refresh)
        view.saveRequested.connect(self._save)
        view.printRequested.connect(self._print)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: it decides whether the page is for them."""
        allowed = may(role, Capability.RECORD_PAYMENT)
        self._window.navigation.allow_cash(allowed=allowed)
        self._window.actions_by_name["go_cash"].setEnabled(allowed)

    @property
    def _words(self) -> Words:
        return self._book.words

    def _shown(self, page: str) -> None:
        if page == "cash":
            self.refresh()

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & _TABLES and self._window.page == "cash":
            self.refresh()

    def _moved(self, _: Location) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Ask for the sheet again."""
        location, day = self._book.location, self._stepped.day
        if location is not None:
            self._questions.ask(lambda replica: day_cash(replica, day, location), self._took)

    def _took(self, told: DayCash) -> None:
        self._told = told
        self._stepped.show(told.day)
        self._view.suggest(f"cash-sheet-{told.day.isoformat()}.csv")
        if told.sheets:
            words = self._words
            self._view.show_sheet(total_words(told, words), cash_sums(told, words), cash_rows(told, words))
        else:
            self._view.show_nothing("Nothing was paid on this day.")

    # Paper and files

    def _print(self) -> None:
        if self._told is not None:
            print_text(self._window, cash_text(self._told, self._words))

    def _save(self, path: str) -> None:
        """Write the sheet that is shown as CSV, with the mark by which spreadsheets know UTF-8."""
        if self._told is None:
            return
        file, said = Path(path), self._edits.say
        try:
            file.write_text(cash_csv(self._told, self._words), encoding="utf-8-sig", newline="")
        except OSError as error:
            said(f"The file cannot be written: {error.strerror}.")
        else:
            said(f"Saved as {file.name}.")
