"""A message about something just done: it goes by itself after eight seconds, and one button takes the deed back."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.runtime.ticker import Ticker
from desktop.widgets import icons, theme
from desktop.widgets.announcing import announce
from desktop.widgets.buttons import PushButton, ToolButton
from desktop.widgets.tokens import RADIUS, SPACE

SHOWN_FOR = 8000
"""How long a toast stays, in milliseconds in which nobody points at it or has the focus in it."""

_MARGIN = 20


class Toast(QWidget):
    """One message at the bottom of `host`, or of a part of it; the next one takes its place."""

    undoRequested = Signal()
    dismissed = Signal()

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = self._under = host
        self._words = QLabel(self)
        self._undo = PushButton(self)
        self._close = ToolButton(self)
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.setToolTip(self.tr("Dismiss"))
        self._clock = Ticker(self, SHOWN_FOR, self.dismiss, single=True)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.l, SPACE.s, SPACE.s, SPACE.s)
        row.setSpacing(SPACE.s)
        row.addWidget(self._words, 1)
        row.addWidget(self._undo)
        row.addWidget(self._close)
        self._undo.clicked.connect(self._take_back)
        self._close.clicked.connect(self.dismiss)
        for button in (self._undo, self._close):
            button.installEventFilter(self)
        host.installEventFilter(self)
        self._dress()
        self.hide()

    def show_message(self, words: str, undo: str = "") -> None:
        """Show a message; `undo` is the button's label, without one there is no button."""
        self._words.setText(words)
        self._undo.setText(undo)
        self._undo.setVisible(bool(undo))
        self.setAccessibleName(words)
        self._place()
        self.show()
        self.raise_()
        self._clock.start()
        announce(self, words)

    def lie_over(self, part: QWidget) -> None:
        """Keep to a part of the host, which is what the messages are about; nothing beside it is covered."""
        if self._under is not self._host:
            self._under.removeEventFilter(self)
        self._under = part
        part.installEventFilter(self)
        self._place()

    def withdraw_undo(self) -> None:
        """Take the button away: what it would take back is not the last thing that was done any more."""
        self._undo.hide()
        self._place()

    def text(self) -> str:
        return self._words.text()

    @property
    def paused(self) -> bool:
        """Whether the message is shown and waits because somebody is at it."""
        return self.isVisible() and not self._clock.running

    def dismiss(self) -> None:
        """Take the message away, also while the page that it lies over is not shown."""
        if not self.isHidden():
            self._clock.stop()
            self.hide()
            self.dismissed.emit()

    def _take_back(self) -> None:
        self.dismiss()
        self.undoRequested.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._clock.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._go_on()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_close"):
            self._dress()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in (self._host, self._under):
            if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
                self._place()
        elif event.type() == QEvent.Type.FocusIn:
            self._clock.stop()
        elif event.type() == QEvent.Type.FocusOut:
            self._go_on()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.tokens().tip))
        painter.drawRoundedRect(self.rect(), RADIUS.l, RADIUS.l)

    def _go_on(self) -> None:
        if self.isVisible() and not self.underMouse() and not (self._undo.hasFocus() or self._close.hasFocus()):
            self._clock.start()

    def _place(self) -> None:
        under, at = self._under, self._under.mapTo(self._host, QPoint(0, 0))
        width, height = self._size_within(under.width() - 2 * _MARGIN)
        self.setGeometry(
            at.x() + (under.width() - width) // 2, at.y() + under.height() - height - _MARGIN, width, height
        )

    def _size_within(self, room: int) -> tuple[int, int]:
        """How wide and high it is, in logical pixels: in one line where there is room for it, else in several."""
        self._words.setWordWrap(False)
        self._row.activate()
        whole = self.sizeHint()
        if whole.width() <= room:
            return whole.width(), whole.height()
        self._words.setWordWrap(True)
        self._row.activate()
        return room, self._row.totalHeightForWidth(room)

    def _dress(self) -> None:
        tokens = theme.tokens()
        shades = QPalette(self._words.palette())
        shades.setColor(QPalette.ColorRole.WindowText, QColor(tokens.tip_text))
        self._words.setPalette(shades)
        theme.set_property(self._undo, "kind", "on-tip")
        theme.set_property(self._close, "kind", "on-tip")
        self._close.setIcon(icons.icon("close", tokens.tip_text))
