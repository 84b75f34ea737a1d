"""A person at a desk: moves a mouse, presses keys, and reads what the accessibility tree shows. Nothing else."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import QEvent, QKeyCombination, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QWheelEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

Node = dict[str, Any]
_SETTLES = 250
"""ms before a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing of the accessibility tree: what it is, what it is called, what it holds, and where it is on screen."""

    role: str
    name: str
    value: str
    description: str
    x: int
    y: int
    width: int
    height: int
    enabled: bool
    focused: bool
    checked: bool
    selected: bool


def windows() -> list[QWidget]:
    """The visible top-level windows, the one that takes the input first."""
    shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
    first = (QApplication.activePopupWidget(), QApplication.activeModalWidget(), QApplication.activeWindow())
    return [one for one in first if one in shown] + [one for one in shown if one not in first]


def tree() -> list[Node]:
    """Everything that is shown, in reading order of the tree."""
    # A person looks at what has settled: a layout that is still to be done is done first.
    QApplication.sendPostedEvents()
    found: list[Node] = []
    seen: set[int] = set()
    for window in windows():
        if window.winId() not in seen:
            seen.add(window.winId())
            found.extend(asdict(one) for one in _walk(QAccessible.queryAccessibleInterface(window)))
    return found


def _walk(node: QAccessibleInterface | None) -> Iterator[Seen]:
    if node is None or not node.isValid() or bool(node.state().invisible):
        return
    yield _seen(node)
    for index in range(node.childCount()):
        yield from _walk(node.child(index))


def _seen(node: QAccessibleInterface) -> Seen:
    rect, state = node.rect(), node.state()
    return Seen(
        role=node.role().name,
        name=node.text(QAccessible.Text.Name),
        value=node.text(QAccessible.Text.Value),
        description=node.text(QAccessible.Text.Description),
        x=rect.x(),
        y=rect.y(),
        width=rect.width(),
        height=rect.height(),
        enabled=not state.disabled,
        focused=bool(state.focused),
        checked=bool(state.checked),
        selected=bool(state.selected),
    )


def _under(x: int, y: int) -> tuple[QWindow, QPoint]:
    point = QPoint(x, y)
    for window in windows():
        handle = window.windowHandle()
        if window.frameGeometry().contains(point):
            return handle, handle.mapFromGlobal(point)
    raise LookupError(f"no window at {x}, {y}")


def click(x: int, y: int, *, double: bool = False, button: str = "left") -> None:
    """Press and release a mouse button at a point of the screen."""
    window, at = _under(x, y)
    which = Qt.MouseButton.RightButton if button == "right" else Qt.MouseButton.LeftButton
    QTest.mouseMove(window, at)
    if double:
        QTest.mouseDClick(window, which, Qt.KeyboardModifier.NoModifier, at)
    else:
        QTest.mouseClick(window, which, Qt.KeyboardModifier.NoModifier, at)


def drag(start: tuple[int, int], end: tuple[int, int], *, steps: int = 12, drop: bool = True) -> None:
    """Press at one point, move to another in steps, and let go there unless `drop` is off."""
    window, _ = _under(*start)
    QTest.mousePress(
        window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, window.mapFromGlobal(QPoint(*start))
    )
    for step in range(1, steps + 1):
        x = start[0] + (end[0] - start[0]) * step // steps
        y = start[1] + (end[1] - start[1]) * step // steps
        _held_move(window, QPoint(x, y))
    if drop:
        release(*end)


def release(x: int, y: int) -> None:
    """Let go of the left button at a point."""
    window, at = _under(x, y)
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def _held_move(window: QWindow, point: QPoint) -> None:
    # QTest moves with no button held; a drag needs the button in the event.
    at = QPointF(window.mapFromGlobal(point))
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        QPointF(point),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)


def scroll(x: int, y: int, notches: int) -> None:
    """Turn the wheel over a point; down is positive."""
    window, at = _under(x, y)
    event = QWheelEvent(
        QPointF(at),
        QPointF(x, y),
        QPoint(0, 0),
        QPoint(0, -120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(window, event)


def press(keys: str) -> None:
    """Press one key with its modifiers, such as `Ctrl+Return`, where the focus is."""
    combination = QKeyCombination.fromCombined(QKeySequence(keys)[0].toCombined())  # type: ignore[index]
    _stroke(combination.key(), combination.keyboardModifiers())


def write(text: str) -> None:
    """Type a text where the focus is, key by key."""
    for letter in text:
        if letter.isascii() and letter.isalnum():
            held = Qt.KeyboardModifier.ShiftModifier if letter.isupper() else Qt.KeyboardModifier.NoModifier
            _stroke(Qt.Key(ord(letter.upper())), held)
        else:
            # No key of the test's keyboard bears it: it comes as an input method would send it.
            unknown, none = Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(windows()[0].windowHandle(), QKeyEvent(kind, unknown, none, letter))


def _stroke(key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    # Through the window system, so that shortcuts are looked at first, as with a real keyboard.
    QTest.keyClick(windows()[0].windowHandle(), key, held)


def look(path: str) -> None:
    """Write what the first window shows as a PNG, popups drawn over it."""
    # Qt shows what was made anew in a turn of its own: a person never sees the one before, and a picture would.
    QTest.qWait(_SETTLES)
    main = max(windows(), key=lambda one: one.width() * one.height())
    picture = main.grab()
    painter = QPainter(picture)
    for window in reversed(windows()):
        if window is not main:
            painter.drawPixmap(window.mapToGlobal(QPoint(0, 0)) - main.mapToGlobal(QPoint(0, 0)), window.grab())
    painter.end()
    if not picture.save(path):
        raise OSError(f"cannot write {path}")
