"""The product's icons, tinted in any colour and sharp on any screen."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap

from desktop.widgets.theme import tokens
from desktop.widgets.tokens import RESOURCES

SIZE = 20
"""The icons are drawn on a square of 20 logical pixels."""


def names() -> list[str]:
    """The names of all icons."""
    return sorted(path.stem for path in (RESOURCES / "icons").glob("*.svg") if not path.stem.startswith("control-"))


def icon(name: str, colour: str = "") -> QIcon:
    """The icon `name` in a colour, or else in the theme's muted text colour, sharp at ratios 1, 2 and 3."""
    made = QIcon()
    tint = colour or tokens().text_muted
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, tint, SIZE, ratio))
    return made


@cache
def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """The icon as a square of `size` logical pixels for a screen with this device pixel ratio."""
    # QtSvg takes 15 ms to load: nothing pays for it before the first icon is shown.
    from PySide6.QtSvg import QSvgRenderer

    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode())).render(
        painter, QRectF(0, 0, size, size)
    )
    painter.end()
    return made


@cache
def _source(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text("utf-8")
