"""A small drawing of a visit: its five phases one after another, and below who or what is held in which of them."""

from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.setup_rows import Phases
from desktop.widgets import theme
from desktop.widgets.colours import contrast, mixed
from desktop.widgets.tokens import TYPE

NAMES = ("Before", "Active", "Processing", "Finishing", "After")
_HEIGHT, _LANE, _NAMES = 30, 22, 132


class PhaseBar(QWidget):
    """Painted; what it shows is said in its accessible description."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = Phases()
        self.setAccessibleName("How the visit lies")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_phases(self, shown: Phases) -> None:
        """Draw these phases."""
        self._shown = shown
        self.setAccessibleDescription(spoken(shown))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 4 + _HEIGHT + 18 + _LANE * len(self._shown.lanes))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        total = sum(self._shown.minutes)
        if not total:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(TYPE.caption))
        each = (self.width() - _NAMES - 2) / total
        self._paint_phases(painter, each)
        self._paint_lanes(painter, each)
        painter.end()

    def _paint_phases(self, painter: QPainter, each: float) -> None:
        tokens, at = theme.tokens(), float(_NAMES)
        shares = (0.18, 0.85, 0.3, 0.6, 0.18)
        painter.setPen(QColor(tokens.text_muted))
        painter.drawText(QRectF(0, 2, _NAMES - 8, _HEIGHT), int(Qt.AlignmentFlag.AlignVCenter), "Phases, in minutes")
        for name, minutes, share in zip(NAMES, self._shown.minutes, shares, strict=True):
            if not minutes:
                continue
            box = QRectF(at, 2, max(2.0, minutes * each - 2), _HEIGHT)
            ground = mixed(tokens.accent, tokens.surface, share)
            painter.setPen(QPen(QColor(tokens.control_line), 1))
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(
                QColor(max((tokens.accent_text, tokens.text, tokens.surface), key=partial(contrast, ground)))
            )
            said = str(minutes)
            long = f"{name} {minutes}"
            if painter.fontMetrics().horizontalAdvance(long) + 8 < box.width():
                said = long
            if painter.fontMetrics().horizontalAdvance(said) <= box.width():
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), said)
            at += minutes * each

    def _paint_lanes(self, painter: QPainter, each: float) -> None:
        tokens, top = theme.tokens(), _HEIGHT + 12.0
        for lane in self._shown.lanes:
            painter.setPen(QColor(tokens.text))
            name = painter.fontMetrics().elidedText(lane.name, Qt.TextElideMode.ElideRight, _NAMES - 8)
            painter.drawText(QRectF(0, top, _NAMES - 8, _LANE), int(Qt.AlignmentFlag.AlignVCenter), name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.sunken))
            painter.drawRoundedRect(QRectF(_NAMES, top + 6, self.width() - _NAMES - 2, 10), 3, 3)
            painter.setBrush(QColor(tokens.text_muted))
            for start, end in lane.spans:
                painter.drawRoundedRect(QRectF(_NAMES + start * each, top + 6, (end - start) * each - 2, 10), 3, 3)
            top += _LANE


def spoken(shown: Phases) -> str:
    """The drawing in words, such as `Active 30 minutes, Processing 20 minutes. Person: 0 to 30`."""
    phases = ", ".join(
        f"{name} {minutes} minutes" for name, minutes in zip(NAMES, shown.minutes, strict=True) if minutes
    )
    lanes = (f"{one.name}: {', '.join(f'{start} to {end}' for start, end in one.spans)}" for one in shown.lanes)
    return ". ".join((phases, *lanes))
