"""A bar as long as a share of a whole, which turns to another colour where nothing is left."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets import theme
from desktop.widgets.tokens import RADIUS

_HEIGHT = 8


class ShareBar(QWidget):
    """Painted; whoever shows it says the figures beside it in words."""

    def __init__(self, share: float, *, is_full: bool) -> None:
        super().__init__()
        self._share, self._is_full = share, is_full
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, track = theme.tokens(), QRectF(0, 0, self.width(), _HEIGHT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(track, RADIUS.s, RADIUS.s)
        if self._share > 0:
            painter.setBrush(QColor(tokens.danger if self._is_full else tokens.accent))
            track.setWidth(max(2.0, track.width() * self._share))
            painter.drawRoundedRect(track, RADIUS.s, RADIUS.s)
        painter.end()
