"""Pictures of every screen with made-up rows: `python -m tests.support.window_gallery FOLDER`, light and dark."""

import json
import os
import sys
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.widgets import theme
from tests.support.scenes import (
    acting,
    attention,
    book,
    customers,
    data,
    deeds,
    doors,
    locks,
    owner,
    till,
    waitlist,
)
from tests.support.scenes.stage import Scene

_SUBJECTS: Final = (doors, locks, book, deeds, till, attention, customers, waitlist, owner, acting, data)
SCENES: Final[dict[str, Scene]] = {name: scene for one in _SUBJECTS for name, scene in one.SCENES.items()}
"""Every picture by its name."""
assert len(SCENES) == sum(len(one.SCENES) for one in _SUBJECTS), "two pictures have one name"


def picture(window: QWidget) -> QPixmap:
    """What a person sees: the window with what is open over it."""
    shown = window.grab()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        over = popup.grab()
        painter = QPainter(shown)
        painter.drawPixmap(QRect(window.mapFromGlobal(popup.mapToGlobal(QPoint(0, 0))), popup.size()), over)
        painter.end()
        popup.hide()
    return shown


def _widen_screen(told: Path, scale: int) -> None:
    """Give the offscreen platform a screen on which the window has room: on its own, popups are pushed aside."""
    screen = {"name": "wide", "x": 0, "y": 0, "width": 20 * scale, "height": 12 * scale, "logicalDpi": 96, "dpr": 1}
    told.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    if os.environ["QT_QPA_PLATFORM"] == "offscreen":
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={told}"


def main(folder: Path, only: str = "") -> None:
    """Write the pictures of one scale; the scale is the environment's."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = round(float(os.environ.get("QT_SCALE_FACTOR", "1")) * 100)
    _widen_screen(folder / "screen.json", scale)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    for scheme in (theme.Scheme.LIGHT, theme.Scheme.DARK):
        theme.apply(app, scheme)
        for name, scene in SCENES.items():
            if only in name:
                window = MainWindow(Actions())
                window.show()
                # A popup of one that is not active yet goes as the window before it does.
                QTest.qWaitForWindowActive(window)
                shown = scene(window)
                QTest.qWait(60)
                picture(shown).save(str(folder / f"{name}-{scheme}-{scale}.png"))
                shown.hide()
                window.hide()
                window.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
