"""Looking customers up: in the bar over the book, and in the booking panel."""

from PySide6.QtCore import QObject, Signal

from desktop.models.rows import Choice, NewCustomer
from desktop.presenters.booking_words import customer_choice
from desktop.presenters.link import Latest, Link
from desktop.queries.find_customer import FoundCustomer, find_customer
from desktop.views.book_page import BookPage


class CustomerSearch(QObject):
    """Offers who is found where it is typed."""

    personChosen = Signal(object)
    """Who was chosen in the bar: the `Choice` that was found, or a `NewCustomer`."""

    def __init__(self, link: Link, page: BookPage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panel, self._bar = page.booking, page.bar
        self._searching = Latest(link)
        self._offered: dict[str, Choice] = {}
        self._panel.customerQueried.connect(self._find)
        self._bar.customerQueried.connect(self._search)
        self._bar.customerChosen.connect(self._found_chosen)
        self._bar.newCustomerRequested.connect(self._new_chosen)

    def _find(self, text: str) -> None:
        self._searching.ask(lambda replica: find_customer(replica, text, limit=8), self._found)

    def _found(self, found: tuple[FoundCustomer, ...]) -> None:
        self._panel.show_found(tuple(customer_choice(one) for one in found))

    def _search(self, text: str) -> None:
        if text.strip():
            self._searching.ask(lambda replica: find_customer(replica, text, limit=8), self._found_above)

    def _found_above(self, found: tuple[FoundCustomer, ...]) -> None:
        self._offered = {one.id: customer_choice(one) for one in found}
        self._bar.show_found(tuple(self._offered.values()))

    def _found_chosen(self, customer_id: str) -> None:
        chosen = self._offered.get(customer_id)
        if chosen is not None:
            self.personChosen.emit(chosen)

    def _new_chosen(self, typed: str) -> None:
        is_phone = sum(letter.isdigit() for letter in typed) >= 3 and not any(letter.isalpha() for letter in typed)
        new = NewCustomer(name="" if is_phone else typed, phone=typed if is_phone else "")
        self.personChosen.emit(new)
