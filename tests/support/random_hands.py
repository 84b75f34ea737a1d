"""Hands at the front desk that press whatever there is: keys, clicks, drags and actions, while rows come from others.

Nothing that a person does may end in an exception, leave the keyboard nowhere, or take apart what is shown. What the
hands do follows from the seed; how fast the desk's own thread answers does not, so a seed tells where to look.
"""

import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest import mock

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLineEdit, QMenu, QToolButton, QWidget

from desktop.desk import Desk
from desktop.store.replica import Replica
from desktop.views.actions import SPECS
from desktop.views.main_window import MainWindow
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from tests.support.replicas import patch

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
_LEFT_ALONE = frozenset({"quit", "sign_out"})
"""What ends the desk, and the run with it."""


class RandomHands:
    """Hands at one window over one desk; `done` is what they did, the last at the end."""

    def __init__(self, seed: int, window: MainWindow, desk: Callable[[], Desk | None], password: str) -> None:
        self._random = random.Random(seed)
        self._window, self._desk, self._password = window, desk, password
        self._version = 100
        self.done: list[str] = []

    def act(self) -> None:
        """Do one thing."""
        deeds: dict[Callable[[], str], int] = {
            self._press: 30, self._type: 12, self._click: 26, self._trigger: 16, self._drag: 4, self._hear: 8,
            self._unlock: 3, self._pause: 10, self._collect: 3,
        }  # fmt: skip
        deed = self._random.choices(list(deeds), weights=list(deeds.values()))[0]
        # Before it is done: it may be the last.
        self.done.append(deed.__name__)
        self.done[-1] = deed()

    def _shown(self) -> QWidget:
        return QApplication.activePopupWidget() or QApplication.activeModalWidget() or self._window

    def _press(self) -> str:
        at = QApplication.activePopupWidget() or QApplication.focusWidget() or self._shown()
        key, modifiers = self._random.choice(_KEYS), self._random.choice(_MODIFIERS)
        QTest.keyClick(at, key, modifiers)
        return f"press {modifiers.name} {key.name}"

    def _type(self) -> str:
        at, words = QApplication.focusWidget() or self._shown(), self._random.choice(_WORDS)
        if len(words) > 40 and not isinstance(at, QLineEdit):
            words = words[:3]
        for letter in words:
            # `QTest` knows the keys of ASCII alone, and ends the process at any other.
            if at is QApplication.focusWidget() and letter.isascii():
                QTest.keyClicks(at, letter)
            elif at is QApplication.focusWidget():
                QApplication.sendEvent(at, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))
        return f"type {words[:30]!r}"

    def _click(self) -> str:
        shown = self._shown()
        # Not by `findChildren`: it has the binding hold all of them by the window.
        parts = [one for one in QApplication.allWidgets() if one.window() is shown and one.isVisible()]
        parts = [one for one in parts if one.isEnabled() and not one.visibleRegion().isEmpty() and not _waits(one)]
        buttons = [one for one in parts if isinstance(one, QAbstractButton)]
        if isinstance(shown, QMenu) or not parts:
            QTest.keyClick(shown, Qt.Key.Key_Escape)
            return "close a menu"
        chosen = self._random.choice(buttons if buttons and self._random.random() < 0.5 else parts)
        said = f"click {type(chosen).__name__} {chosen.accessibleName() or chosen.objectName()!r}"
        click = QTest.mouseDClick if self._random.random() < 0.1 else QTest.mouseClick
        button = Qt.MouseButton.RightButton if self._random.random() < 0.05 else Qt.MouseButton.LeftButton
        click(chosen, button, Qt.KeyboardModifier.NoModifier, self._point(chosen))
        return said

    def _point(self, part: QWidget) -> QPoint:
        seen = part.visibleRegion().boundingRect()
        return QPoint(
            self._random.randint(seen.left(), max(seen.left(), seen.right())),
            self._random.randint(seen.top(), max(seen.top(), seen.bottom())),
        )

    def _trigger(self) -> str:
        name = self._random.choice([one.name for one in SPECS if one.name not in _LEFT_ALONE])
        action = self._window.actions_by_name[name]
        if not action.isEnabled() or self._shown() is not self._window:
            return f"leave {name}"
        action.trigger()
        return f"trigger {name}"

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
        """Something comes from another desk: a visit moved, gone or new, or an item settled."""
        desk = self._desk()
        if desk is None:
            return "hear nothing"
        self._version += 1
        version, chance, minutes = self._version, self._random.random(), 15 * self._random.randint(-8, 8)

        def arrive(replica: Replica) -> str:
            table = "attention_item" if chance < 0.2 else "appointment"
            ids = [one[0] for one in replica.database.rows(f"SELECT id FROM {table} ORDER BY id")]
            if not ids:
                return "hear of nothing"
            chosen = ids[int(chance * 1000) % len(ids)]
            if chance > 0.85 and table == "appointment":
                replica.apply_lines(patch(version, gone={"appointment": [chosen]}))
                return f"hear that {chosen} is gone"
            tx = replica.tx()
            if table == "attention_item":
                item = tx.find(AttentionItem, chosen)
                assert item is not None
                replica.apply_lines(patch(version, replace(item, details={**item.details, "resource_name": "Zoë"})))
            else:
                visit = tx.find(Appointment, chosen)
                assert visit is not None
                by = timedelta(minutes=minutes)
                moved = replace(visit, starts_at=visit.starts_at + by, ends_at=visit.ends_at + by)
                replica.apply_lines(patch(version, moved))
            return f"hear of {table} {chosen}"

        said = desk.do(arrive)
        desk.changes.tell({"appointment": frozenset(), "attention_item": frozenset()})
        return said

    def _unlock(self) -> str:
        shown = self._window
        if shown.is_locked:
            shown.lock_page.unlockRequested.emit(self._password)
            return "unlock"
        return "find it unlocked"

    def _pause(self) -> str:
        QTest.qWait(self._random.choice((0, 1, 5, 30)))
        return "pause"

    def _collect(self) -> str:
        gc.collect()
        return "collect"


def _waits(part: QWidget) -> bool:
    """Whether a click comes back only when somebody has chosen: the months of a calendar, a menu of Qt's own."""
    return isinstance(part, QToolButton) and part.popupMode() is QToolButton.ToolButtonPopupMode.InstantPopup


@contextmanager
def nothing_outside() -> Iterator[None]:
    """No file is chosen and no other program opened inside the block."""
    with (
        mock.patch.object(QFileDialog, "getSaveFileName", return_value=("", "")),
        mock.patch.object(QFileDialog, "getOpenFileName", return_value=("", "")),
        mock.patch.object(QDesktopServices, "openUrl", return_value=True),
        mock.patch("desktop.presenters.cash_sheet.print_text"),
    ):
        yield
