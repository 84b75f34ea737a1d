"""Signing in: fields, Enter, messages, the password."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from desktop.views.sign_in import (
    AT_START,
    EARLIER_PASSWORD,
    SESSION_ENDED,
    Asking,
    SignInForm,
    SignInView,
    UnlockView,
)

FORM = SignInForm(server="https://book.example", business="acme", email="ana@acme.example", password="word")


@pytest.fixture
def view(qtbot: QtBot) -> SignInView:
    made = SignInView()
    qtbot.addWidget(made)
    made.resize(800, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_values(FORM.server, FORM.business, FORM.email)
    return made


def asked(view: SignInView) -> list[SignInForm]:
    forms: list[SignInForm] = []
    view.signInRequested.connect(forms.append)
    return forms


def test_enter_asks_once_however_often_it_is_pressed(view: SignInView, qtbot: QtBot) -> None:
    forms = asked(view)
    QTest.keyClicks(view.password, "word")
    for _ in range(5):
        QTest.keyClick(view.password, Qt.Key.Key_Return)
    assert forms == [FORM]


def test_enter_goes_to_the_field_that_is_still_empty(view: SignInView, qtbot: QtBot) -> None:
    forms = asked(view)
    QTest.keyClick(view.email, Qt.Key.Key_Return)
    assert view.password.hasFocus()
    assert not forms


def test_a_missing_field_is_named_when_the_button_is_clicked(view: SignInView, qtbot: QtBot) -> None:
    forms = asked(view)
    QTest.mouseClick(view._submit, Qt.MouseButton.LeftButton)
    assert not forms
    assert "needed" in shown_message(view)


def shown_message(view: SignInView) -> str:
    return view._message.text() if view._message.isVisible() else ""


def test_a_wrong_password_puts_the_focus_back_into_it(view: SignInView, qtbot: QtBot) -> None:
    QTest.keyClicks(view.password, "wrong")
    QTest.keyClick(view.password, Qt.Key.Key_Return)
    view.set_busy(busy=False)
    view.show_message("Not right.", about="password")
    assert view.password.hasFocus()
    assert view.password.selectedText() == "wrong"
    QTest.keyClicks(view.password, "x")
    assert shown_message(view) == ""


def test_a_code_is_asked_for_when_the_server_wants_one_and_what_was_typed_stays(view: SignInView) -> None:
    forms = asked(view)
    assert not view.code.isVisible()
    QTest.keyClicks(view.password, "word")
    QTest.keyClick(view.password, Qt.Key.Key_Return)
    view.set_busy(busy=False)
    view.ask_code("Enter the code.")
    assert view.code.hasFocus()
    assert view.password.text() == "word"
    QTest.keyClick(view.code, Qt.Key.Key_Return)
    assert forms == [FORM], "without a code nothing is sent again"
    QTest.keyClicks(view.code, " 123 456 ")
    assert shown_message(view) == ""
    QTest.keyClick(view.code, Qt.Key.Key_Return)
    assert forms == [FORM, replace(FORM, code="123 456")]


def test_a_wrong_code_puts_the_focus_back_into_it(view: SignInView) -> None:
    view.ask_code("Enter the code.")
    QTest.keyClicks(view.code, "123456")
    view.show_message("Not right.", about="code")
    assert (view.code.hasFocus(), view.code.selectedText()) == (True, "123456")


def test_whoever_comes_next_is_not_asked_for_a_code(view: SignInView) -> None:
    view.ask_code("Enter the code.")
    QTest.keyClicks(view.code, "123456")
    view.show_values(FORM.server, FORM.business, FORM.email)
    assert (view.code.isVisible(), view.code.text()) == (False, "")


def test_a_password_can_be_pasted(view: SignInView, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("from a manager")
    view.password.setFocus()
    QTest.keyClick(view.password, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert view.password.text() == "from a manager"


def test_the_password_is_shown_only_while_asked_for(view: SignInView, qtbot: QtBot) -> None:
    eye = next(button for button in view.findChildren(QToolButton) if button.accessibleName() == "Show password")
    assert view.password.echoMode() is QLineEdit.EchoMode.Password
    QTest.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert view.password.echoMode() is QLineEdit.EchoMode.Normal
    assert eye.accessibleName() == "Hide password"
    view.forget_password()
    assert view.password.echoMode() is QLineEdit.EchoMode.Password


def test_caps_lock_is_noticed_by_what_is_typed(view: SignInView, qtbot: QtBot) -> None:
    QTest.keyClicks(view.password, "A")
    assert view._part.caps.isVisible()
    QTest.keyClicks(view.password, "a")
    assert not view._part.caps.isVisible()


@pytest.fixture
def unlock(qtbot: QtBot) -> UnlockView:
    made = UnlockView()
    qtbot.addWidget(made)
    made.resize(800, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.show_person("Ana · Salon")
    return made


def test_unlocking_asks_once_and_again_after_a_refusal(unlock: UnlockView) -> None:
    asked: list[str] = []
    unlock.unlockRequested.connect(asked.append)
    QTest.keyClicks(unlock.password, "one")
    for _ in range(3):
        QTest.keyClick(unlock.password, Qt.Key.Key_Return)
    unlock.show_message("Wrong.")
    assert unlock.password.hasFocus()
    assert unlock.password.hasSelectedText()
    QTest.keyClick(unlock.password, Qt.Key.Key_Return)
    assert asked == ["one", "one"]


def test_nothing_else_can_be_asked_for_while_an_answer_is_awaited(unlock: UnlockView, qtbot: QtBot) -> None:
    others: list[bool] = []
    unlock.otherPersonRequested.connect(lambda: others.append(True))
    QTest.keyClicks(unlock.password, "one")
    QTest.keyClick(unlock.password, Qt.Key.Key_Return)
    QTest.mouseClick(unlock._other, Qt.MouseButton.LeftButton)
    assert others == []
    unlock.show_message("Wrong.")
    QTest.mouseClick(unlock._other, Qt.MouseButton.LeftButton)
    assert others == [True]


def test_a_password_that_unlocks_can_be_pasted_shown_and_warns_of_caps_lock(unlock: UnlockView, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("from a manager")
    QTest.keyClick(unlock.password, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert unlock.password.text() == "from a manager"
    QTest.mouseClick(unlock._part.reveal, Qt.MouseButton.LeftButton)
    assert unlock.password.echoMode() is QLineEdit.EchoMode.Normal
    assert unlock._part.reveal.accessibleName() == "Hide password"
    QTest.keyClicks(unlock.password, "A")
    assert unlock._part.caps.isVisible()
    # The next person does not find it readable.
    unlock.show_person("Ben · Salon")
    assert unlock.password.text() == ""
    assert unlock.password.echoMode() is QLineEdit.EchoMode.Password
    assert not unlock._part.caps.isVisible()


@pytest.mark.parametrize("asking", [AT_START, SESSION_ENDED, EARLIER_PASSWORD])
def test_it_says_why_a_password_is_asked_for(unlock: UnlockView, asking: Asking) -> None:
    unlock.show_person("Ana · Salon", asking)
    assert (unlock._who.text(), unlock._why.text()) == ("Ana · Salon", asking.why)
    assert (unlock._title.text(), unlock._submit.text(), unlock._other.text()) == (
        asking.title, asking.submit, asking.other
    )  # fmt: skip


def test_what_is_asked_is_agreed_to_once_and_what_is_typed_takes_it_back(view: SignInView) -> None:
    forms, agreed = asked(view), []
    view.agreed.connect(lambda: agreed.append(True))
    view.ask("Another business?", "Begin")
    assert view._submit.text() == "Begin"
    for _ in range(2):
        QTest.mouseClick(view._submit, Qt.MouseButton.LeftButton)
    assert (agreed, forms) == ([True], [])
    view.set_busy(busy=False)
    QTest.keyClicks(view.password, "word")
    assert (view._submit.text(), view._message.isHidden()) == ("Sign in", True)
    QTest.mouseClick(view._submit, Qt.MouseButton.LeftButton)
    assert (agreed, forms) == ([True], [FORM])


def test_what_has_one_answer_alone_is_not_answered_by_a_key_that_was_meant_for_the_form(view: SignInView) -> None:
    agreed: list[bool] = []
    view.agreed.connect(lambda: agreed.append(True))
    view.password.setFocus()
    view.ask("Another business?", "Begin")
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused is not view.password
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(focused, key)
    assert agreed == []
    view.ask("The same server?", "Yes", otherwise="No")
    assert view._submit.hasFocus()


def test_a_question_can_be_read_in_the_smallest_window(view: SignInView, qtbot: QtBot) -> None:
    view.resize(900, 560)
    view.ask("Does that server have another address now? " * 6, "Yes", otherwise="No")
    label = next(one for one in view.findChildren(QLabel) if one.text().startswith("Does that"))
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))
    assert view.password.height() >= view.password.sizeHint().height()
