"""Pictures of what stands before the book: signing in, who is at the desk, the first sync, leaving."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.models.rows import Choice, PersonRow
from desktop.presenters.first_days import READ_ONLY
from desktop.presenters.leaving import leaving_words, left_words
from desktop.presenters.session import BEGIN_ANEW, KEYRING_STILL_AWAY, MOVED
from desktop.presenters.turns import NEEDS_NETWORK
from desktop.presenters.words import Words
from desktop.presenters.words_of_errors import NEEDS_CODE, SHUT_OUT, UNREACHABLE, WRONG_CODE
from desktop.store.damage import MAY_LACK, REPLACED
from desktop.views.main_window import MainWindow
from desktop.views.sign_in import EARLIER_PASSWORD, KEYRING_AWAY, SWITCH
from tests.support.scenes.stage import DAY, STAFF, Scene, book_day, work


def _sign_in(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    window.sign_in.password.setText("secret word")
    return window


def _sign_in_wrong(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.set_busy(busy=False)
    window.sign_in.show_message("The e-mail or the password is not right.", about="password")
    window.sign_in.show_storage(
        "This computer has no keyring: the password is asked at every start, and the book is kept under it."
    )
    return window


def _sign_in_shut_out(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.set_busy(busy=False)
    window.sign_in.show_message(SHUT_OUT)
    return window


def _sign_in_moved(window: MainWindow) -> QWidget:
    """It may be the server of the book that is here, which has another address now."""
    _sign_in(window)
    window.sign_in.set_busy(busy=False)
    asked = MOVED.format(business="Acme Corp", before="http://192.168.1.20:8000", now="https://book.example.com")
    window.sign_in.ask(asked, "Yes, sign in there", otherwise="No, this is another business")
    return window


def _sign_in_another_business(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    window.sign_in.ask(BEGIN_ANEW, "Begin with a new book")
    return window


def _sign_in_deleted(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_message(
        "Your access to Acme Corp, or this computer's, has been ended. Its book is deleted from this computer. One "
        "change that waited was handed in to the business. Ask the owner of the business about it.",
        kind="info",
    )
    return window


def _sign_in_damaged(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    window.sign_in.show_message(REPLACED + MAY_LACK)
    return window


def _sign_in_code(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.ask_code(NEEDS_CODE)
    return window


def _sign_in_code_wrong(window: MainWindow) -> QWidget:
    _sign_in_code(window)
    window.sign_in.code.setText("123 456")
    window.sign_in.show_message(WRONG_CODE, about="code")
    return window


def _sign_in_caps(window: MainWindow) -> QWidget:
    window.show_sign_in()
    window.sign_in.show_values("https://book.example.com", "acme", "ana@acme.example")
    QTest.keyClicks(window.sign_in.password, "SECRET")
    window.sign_in.set_busy(busy=True)
    return window


def _unlock(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Ana Lindqvist · Acme Corp")
    window.unlock.show_message(
        "The password does not open the book on this computer. If it was changed lately, try the one before."
    )
    return window


def _unlock_earlier(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Ana Lindqvist", EARLIER_PASSWORD, way_back=True)
    return window


def _keyring_away(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Ana Lindqvist", KEYRING_AWAY, way_back=True)
    return window


def _keyring_still_away(window: MainWindow) -> QWidget:
    _keyring_away(window)
    window.unlock.show_message(KEYRING_STILL_AWAY)
    return window


PEOPLE = tuple(
    PersonRow(
        id=f"p{number}", name=name, detail=f"{name.split()[0].lower()}@acme.example", is_here=name == "Ben Okafor"
    )
    for number, (name, _) in enumerate(STAFF[:3])
)
MANY = (
    *PEOPLE,
    *(PersonRow(id=f"m{n}", name=f"Maximiliane von Hohenfels-Waldeck {n}", detail="m@acme.example") for n in range(6)),
)


def _people(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(PEOPLE, may_go_back=True)
    return window


def _people_left(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(MANY, may_go_back=False, message=left_words(3))
    return window


BUSINESSES = tuple(
    PersonRow(id=f"b{number}", name=name, detail=f"ana@acme.example · {business}", is_here=business == "acme")
    for number, (name, business) in enumerate(
        (("Ana Lindqvist", "acme"), ("Ana Lindqvist", "barbershop-am-nordbahnhof"))
    )
)


def _people_of_businesses(window: MainWindow) -> QWidget:
    window.show_people()
    window.people.show_people(BUSINESSES, may_go_back=True)
    return window


def _switch(window: MainWindow) -> QWidget:
    window.show_unlock()
    window.unlock.show_person("Chloe Martin · chloe@acme.example", SWITCH)
    window.unlock.show_message(NEEDS_NETWORK)
    return window


def _switch_other(window: MainWindow) -> QWidget:
    _sign_in(window)
    window.sign_in.show_values("https://book.example.com", "acme", "")
    window.sign_in.show_way_back(shown=True)
    return window


def _account_menu(window: MainWindow) -> QWidget:
    work(window)
    QTest.mouseClick(window.navigation.account, Qt.MouseButton.LeftButton)
    return window


def _leave(window: MainWindow) -> QWidget:
    work(window)
    window.leave.ask(*leaving_words(3))
    return window.leave


def _first_sync(window: MainWindow) -> QWidget:
    window.show_first_sync()
    window.first_sync.show_business("Acme Corp")
    window.first_sync.show_progress(6240, 11873)
    return window


def _first_days(window: MainWindow) -> QWidget:
    _first_sync(window)
    days = window.first_sync.days
    days.say(READ_ONLY.format(at="14:02"))
    days.show_day(book_day(), Words().day(DAY), back=True, on=True)
    window.first_sync.show_days(shown=True)
    return window


def _first_days_left(window: MainWindow) -> QWidget:
    _first_days(window)
    window.resize(900, 620)
    days = window.first_sync.days
    days.show_locations((Choice(id="m", text="Mitte"), Choice(id="n", text="Neukölln")), "m")
    days.say(f"{READ_ONLY.format(at='14:02')} {UNREACHABLE}", kind="warning")
    window.first_sync.show_message("The server does not answer. It is tried again by itself.")
    return window


def _hidden_book(window: MainWindow) -> QWidget:
    window.show_first_sync()
    window.first_sync.show_refusal(
        "Ana Lindqvist",
        "This device or account may not be used any more. What was entered here and not sent yet is saved on this "
        "computer.",
    )
    return window


SCENES: Final[dict[str, Scene]] = {
    "sign-in": _sign_in,
    "sign-in-wrong": _sign_in_wrong,
    "sign-in-shut-out": _sign_in_shut_out,
    "sign-in-moved": _sign_in_moved,
    "sign-in-another-business": _sign_in_another_business,
    "sign-in-deleted": _sign_in_deleted,
    "sign-in-damaged": _sign_in_damaged,
    "sign-in-caps": _sign_in_caps,
    "sign-in-code": _sign_in_code,
    "sign-in-code-wrong": _sign_in_code_wrong,
    "unlock": _unlock,
    "unlock-earlier": _unlock_earlier,
    "keyring-away": _keyring_away,
    "keyring-still-away": _keyring_still_away,
    "people": _people,
    "people-left": _people_left,
    "switch": _switch,
    "switch-other": _switch_other,
    "account-menu": _account_menu,
    "people-businesses": _people_of_businesses,
    "leave": _leave,
    "first-sync": _first_sync,
    "first-sync-days": _first_days,
    "first-sync-days-left": _first_days_left,
    "hidden-book": _hidden_book,
}
