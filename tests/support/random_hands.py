"""Hands at the front desk that press whatever there is: keys, clicks, drags and actions, while rows come from others.

Nothing that a person does may end in an exception, leave the keyboard nowhere, or take apart what is shown. What the
hands do follows from the seed; how fast the desk's own thread answers does not, so a seed tells where to look.
"""

import gc
import random
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from desktop.desk import Desk
from desktop.views.actions import BOOK_SLOTS, SPECS, Spec
from desktop.views.main_window import MENUS, MainWindow
from desktop.views.people import PersonButton
from tests.support.random_news import RandomNews

_KEYS = (
    *(Qt.Key.Key_Tab,) * 6, *(Qt.Key.Key_Backtab,) * 2, *(Qt.Key.Key_Return,) * 5, *(Qt.Key.Key_Escape,) * 4,
    *(Qt.Key.Key_Down,) * 4, *(Qt.Key.Key_Up,) * 2, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Delete, Qt.Key.Key_Backspace,
    Qt.Key.Key_Menu,
)  # fmt: skip
_MODIFIERS = (
    *(Qt.KeyboardModifier.NoModifier,) * 8, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier,
)  # fmt: skip
_WORDS = (
    "mira", "Lo", "cut", "10:30", "0930", "45", "-5", "0", "99999999999999999999", "1.234,5", "Zoë 🙂", "a" * 300,
    "'; DROP TABLE customer", "31.02.2027", "+49 30 1234", "x@y", "n", "t", "sca", " ", "%", "\u202eevil",
)  # fmt: skip
_SIZES = ((900, 560), (900, 1200), (1360, 860), (1024, 700), (2400, 1300))
_IN_MENUS = frozenset(name for _, names in MENUS for name in names)
_LEFT_ALONE = frozenset({"quit", "sign_out"})
"""What ends the desk, and the run with it."""


class RandomHands:
    """Hands at one window over one desk, by people with `passwords`; `done` is what they did, the last at the end."""

    def __init__(
        self, seed: int, window: MainWindow, desk: Callable[[], Desk | None], passwords: dict[str, str]
    ) -> None:
        self._random = random.Random(seed)
        self._window, self._desk, self._passwords = window, desk, passwords
        self._news = RandomNews(self._random)
        self.done: list[str] = []
        for name in _LEFT_ALONE:
            # So that it is in no menu.
            window.actions_by_name[name].setVisible(False)

    def act(self) -> None:
        """Do one thing."""
        deeds: dict[Callable[[], str], int] = {
            self._press: 24, self._type: 12, self._click: 24, self._visit: 8, self._trigger: 16, self._drag: 4,
            self._hear: 8, self._go_on: 16, self._choose: 6, self._paste: 3, self._ask_menu: 4, self._resize: 1,
            self._pause: 10, self._collect: 2,
        }  # fmt: skip
        deed = self._random.choices(list(deeds), weights=list(deeds.values()))[0]
        # Before it is done: it may be the last.
        self.done.append(deed.__name__)
        self.done[-1] = deed()

    def _shown(self) -> QWidget:
        return QApplication.activePopupWidget() or QApplication.activeModalWidget() or self._window

    def _focus(self) -> QWidget:
        """Where keys go. A dialog that was just opened has them a little later; the window has none meanwhile."""
        shown, focus = self._shown(), QApplication.focusWidget()
        # Not by asking what is shown for it: the binding would have the two hold each other.
        return focus if focus is not None and focus.window() is shown else shown

    def _parts(self) -> list[QWidget]:
        """What can be clicked."""
        shown = self._shown()
        # Not by `findChildren`: it has the binding hold all of them by the window.
        parts = [one for one in QApplication.allWidgets() if one.window() is shown and one.isVisible()]
        return [one for one in parts if one.isEnabled() and not one.visibleRegion().isEmpty() and not _waits(one)]

    def _press(self) -> str:
        at, key, modifiers = self._focus(), self._random.choice(_KEYS), self._random.choice(_MODIFIERS)
        QTest.keyClick(at, key, modifiers)
        return f"press {modifiers.name} {key.name}"

    def _type(self) -> str:
        at, words = self._focus(), self._random.choice(_WORDS)
        if len(words) > 40 and not isinstance(at, QLineEdit):
            words = words[:3]
        for letter in words:
            # `QTest` knows the keys of ASCII alone, and ends the process at any other.
            if at is not self._focus():
                break
            if letter.isascii():
                QTest.keyClicks(at, letter)
            else:
                QApplication.sendEvent(at, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))
        return f"type {words[:30]!r}"

    def _click(self) -> str:
        shown, parts = self._shown(), self._parts()
        if isinstance(shown, QMenu) or not parts:
            return self._choose_of_menu(shown)
        told = self._random.random()
        if told < 0.5:
            parts = [one for one in parts if isinstance(one, QAbstractButton)] or parts
        elif told < 0.75:
            # Lists, tables, the book.
            parts = [one for one in parts if _is_viewport(one)] or parts
        chosen = self._random.choice(parts)
        said = f"click {type(chosen).__name__} {chosen.accessibleName() or chosen.objectName()!r}"
        click = QTest.mouseDClick if self._random.random() < 0.1 else QTest.mouseClick
        button = Qt.MouseButton.RightButton if self._random.random() < 0.05 else Qt.MouseButton.LeftButton
        click(chosen, button, Qt.KeyboardModifier.NoModifier, self._point(chosen))
        return said

    def _choose_of_menu(self, menu: QWidget) -> str:
        down = self._random.randint(0, 12)
        for _ in range(down):
            QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return if down else Qt.Key.Key_Escape)
        return f"choose {down} of a menu"

    def _go_on(self) -> str:
        """Carry on what is begun: come to the desk, or send what is filled in."""
        window, shown = self._window, self._shown()
        if shown is window and window.lock_page.isVisible() and (desk := self._desk()) is not None:
            return self._give_password(window.lock_page.secret, desk.account.user_name)
        if shown is window and window.unlock.isVisible():
            return self._give_password(window.unlock.password, window.unlock._who.text().split()[0])
        if shown is window and window.sign_in.isVisible():
            QTest.keyClick(self._focus(), Qt.Key.Key_Escape)
            return "leave the form of sign-in"
        parts = self._parts()
        parts = [one for one in parts if isinstance(one, PersonButton) or one.property("kind") in ("primary", "danger")]
        if not parts:
            return "find nothing to go on with"
        chosen = self._random.choice(parts)
        said = f"go on by {chosen.accessibleName()!r}"
        QTest.mouseClick(chosen, Qt.MouseButton.LeftButton)
        return said

    def _give_password(self, field: QLineEdit, name: str) -> str:
        field.setText(self._passwords.get(name, ""))
        QTest.keyClick(field, Qt.Key.Key_Return)
        return f"give the password of {name}"

    def _choose(self) -> str:
        boxes = [one for one in self._parts() if isinstance(one, QComboBox)]
        if not boxes:
            return "find nothing to choose from"
        box, key = self._random.choice(boxes), self._random.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End))
        for _ in range(self._random.randint(1, 4)):
            QTest.keyClick(box, key)
        return f"choose {box.currentText()[:30]!r} of {box.accessibleName()!r}"

    def _paste(self) -> str:
        words, at = self._random.choice(_WORDS), self._focus()
        QGuiApplication.clipboard().setText(words)
        if isinstance(at, QLineEdit) and self._random.random() < 0.5:
            at.selectAll()
        QTest.keyClick(at, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        return f"paste {words[:30]!r}"

    def _ask_menu(self) -> str:
        view = self._window.book_page.book.viewport()
        if not view.isVisible() or self._shown() is not self._window:
            return "ask for no menu"
        at = self._point(view)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at))
        QApplication.sendEvent(view, event)
        if (menu := QApplication.activePopupWidget()) is None or self._random.random() < 0.2:
            return "ask for a menu"
        return self._choose_of_menu(menu)

    def _resize(self) -> str:
        size = self._random.choice(_SIZES)
        self._window.resize(*size)
        return f"resize to {size}"

    def _point(self, part: QWidget) -> QPoint:
        seen, book = part.visibleRegion().boundingRect(), self._window.book_page.book
        if part is book.viewport() and self._random.random() < 0.7:
            boxes = book.scene.boxes_in(QRect(book.offset(), book.body().size()))
            at = self._random.choice(boxes).body.center() - book.offset() + book.body().topLeft() if boxes else None
            if at is not None and seen.contains(at):
                return at
        # The rows of most lists end near their top.
        high = seen.top() + 140 if _is_viewport(part) and self._random.random() < 0.5 else seen.bottom()
        return QPoint(
            self._random.randint(seen.left(), max(seen.left(), seen.right())),
            self._random.randint(seen.top(), max(seen.top(), min(high, seen.bottom()))),
        )

    def _trigger(self) -> str:
        if self._shown() is not self._window:
            return "trigger nothing"
        actions = {one.name: self._window.actions_by_name[one.name] for one in SPECS if self._acts(one)}
        names = [name for name, action in actions.items() if action.isEnabled()]
        of_the_visit = [one.name for one in SPECS if one.group == "Appointment" and one.name in names]
        name = self._random.choice(of_the_visit if of_the_visit and self._random.random() < 0.5 else names)
        actions[name].trigger()
        return f"trigger {name}"

    def _acts(self, spec: Spec) -> bool:
        """Whether the key of an action acts, or it is in a menu."""
        window = self._window
        if not window.is_working:
            return spec.name in ("close", "switch_person")
        place = "book" if spec.name in ("save_booking", *BOOK_SLOTS) else spec.place
        is_there = spec.name in _IN_MENUS or place in ("window", window.page)
        return is_there and spec.name not in _LEFT_ALONE

    def _visit(self) -> str:
        """Choose a visit in the book, and at times begin something with it."""
        book = self._window.book_page.book
        if not book.isVisible() or self._shown() is not self._window:
            return "choose no visit"
        QTest.mouseClick(book.viewport(), Qt.MouseButton.LeftButton, pos=self._point(book.viewport()))
        # The card comes a little later.
        QTest.qWait(5)
        return f"choose a visit, {self._trigger()}"

    def _drag(self) -> str:
        book = self._window.book_page.book
        if not book.isVisible() or self._shown() is not self._window:
            return "drag nothing"
        at, to = self._point(book.viewport()), self._point(book.viewport())
        QTest.mousePress(book.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
        QTest.mouseMove(book.viewport(), to)
        QTest.mouseRelease(book.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to)
        return f"drag {at.toTuple()} to {to.toTuple()}"

    def _hear(self) -> str:
        desk = self._desk()
        return "hear nothing" if desk is None else self._news.arrive(desk)

    def _pause(self) -> str:
        QTest.qWait(self._random.choice((0, 1, 5, 30)))
        return "pause"

    def _collect(self) -> str:
        gc.collect()
        return "collect"


def _waits(part: QWidget) -> bool:
    """Whether a click comes back only when somebody has chosen: the months of a calendar, a menu of Qt's own."""
    return isinstance(part, QToolButton) and part.popupMode() is QToolButton.ToolButtonPopupMode.InstantPopup


def _is_viewport(part: QWidget) -> bool:
    # Not by asking for what is around it: the binding would have the two hold each other.
    return part.objectName() == "qt_scrollarea_viewport"
