"""What stands over the window when the desk is locked: none of it is to be read behind the lock."""

from functools import partial

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QToolTip, QWidget

OWN = "seesToItself"
"""The property of a window that puts its own dialogs away."""


class Cover:
    """Puts away the dialogs of a window, and brings them back with what had been typed into them."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._hidden: list[tuple[QWidget, bool]] = []

    def put_away(self) -> None:
        """Close menus and sheets, hide every dialog of the window, and give up what was copied."""
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        QToolTip.hideText()
        self.put_away_dialogs()
        clear_copied(QGuiApplication.clipboard())

    def put_away_dialogs(self) -> None:
        """Hide every dialog of the window: also one that an answer has opened since, which was on its way."""
        for one in QApplication.topLevelWidgets():
            if one is not self._window and one.isVisible() and self._covers(one):
                self._hidden.append((one, one.isModal()))
                if isinstance(one, QDialog):
                    once = Qt.ConnectionType.SingleShotConnection
                    one.finished.connect(partial(self._forget, one), once)
                one.hide()
                # A screen reader finds a window that is only hidden.
                one.destroy()

    def _covers(self, one: QWidget) -> bool:
        """Whether it is this window's; what stands alone is, too."""
        root = one
        while (parent := root.parentWidget()) is not None:
            root = parent
        return root is self._window.window() or not root.property(OWN)

    def bring_back(self) -> None:
        """Show the dialogs again."""
        for one, modal in self._take():
            if modal and isinstance(one, QDialog):
                one.open()
            else:
                one.show()

    def drop(self) -> None:
        """Close them for good: whoever comes next has nothing to do with them."""
        for one, _ in self._take():
            # Those that are made for one question go by themselves; the others are opened again.
            if isinstance(one, QDialog):
                one.reject()

    def _forget(self, dialog: QDialog, _: int) -> None:
        """An answer that came meanwhile has closed a dialog: there is nothing to bring back."""
        self._hidden = [(one, modal) for one, modal in self._hidden if one is not dialog]

    def _take(self) -> list[tuple[QWidget, bool]]:
        taken, self._hidden = self._hidden, []
        return [(one, modal) for one, modal in taken if shiboken6.isValid(one)]


def clear_copied(clipboard: QClipboard) -> None:
    """Give up what was copied from this application; what others have copied is theirs."""
    if clipboard.ownsClipboard():
        clipboard.clear()
    if clipboard.ownsSelection():
        clipboard.clear(QClipboard.Mode.Selection)
