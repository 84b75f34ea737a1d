"""The line that always says how this desk stands with the server: connection, edits waiting, last contact."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.announcing import announce
from desktop.widgets.tokens import TYPE


class Connection(StrEnum):
    """How the desk stands with the server."""

    ONLINE = "online"
    SYNCING = "syncing"
    OFFLINE = "offline"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncFacts:
    """The three facts; `since` and `last_contact` are local times in words, empty where there is none.

    `attention` counts what was sent and not taken and needs a person; it is said where there is any. `problem` is the
    one sentence for `Connection.PROBLEM`.
    """

    connection: Connection = Connection.OFFLINE
    since: str = ""
    waiting: int = 0
    attention: int = 0
    last_contact: str = ""
    problem: str = ""


_LOOKS = {
    Connection.ONLINE: ("online", "success"),
    Connection.SYNCING: ("sync", "accent_soft_text"),
    Connection.OFFLINE: ("offline", "warning"),
    Connection.PROBLEM: ("warning", "danger_soft_text"),
}
_ICON, _PAD, _BETWEEN = 16, 10, 7
_BOLD = QFont.Weight.DemiBold


class StatusPill(QAbstractButton):
    """A button with the three facts; a click asks for the details."""

    detailsRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts = SyncFacts()
        self._inside = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.detailsRequested)
        self._say()

    def show_facts(self, facts: SyncFacts) -> None:
        """Show the facts; a change of the connection is announced, and that more needs attention."""
        before, self._facts = self._facts, facts
        self._say()
        if facts.connection not in (before.connection, Connection.SYNCING):
            announce(self, self.accessibleName())
        elif facts.attention > before.attention:
            announce(self, self.attention_words())

    def connection_words(self) -> str:
        """The first fact, such as `Offline since 14:02`."""
        facts = self._facts
        if facts.connection is Connection.OFFLINE:
            return self.tr("Offline since {time}").format(time=facts.since) if facts.since else self.tr("Offline")
        if facts.connection is Connection.PROBLEM:
            return facts.problem or self.tr("Not syncing")
        return self.tr("Online") if facts.connection is Connection.ONLINE else self.tr("Syncing…")

    def waiting_words(self) -> str:
        count = self._facts.waiting
        if count == 0:
            return self.tr("nothing waiting") if self._facts.attention else self.tr("all edits accepted")
        return self.tr("1 edit waiting") if count == 1 else self.tr("{count} edits waiting").format(count=count)

    def attention_words(self) -> str:
        """Such as `6 need attention`; empty where nothing does."""
        count = self._facts.attention
        if count == 0:
            return ""
        return self.tr("1 needs attention") if count == 1 else self.tr("{count} need attention").format(count=count)

    def contact_words(self) -> str:
        last = self._facts.last_contact
        return self.tr("last contact {time}").format(time=last) if last else self.tr("no contact yet")

    def sizeHint(self) -> QSize:
        bold, plain = self._fonts()
        words = bold.horizontalAdvance(self.connection_words())
        rest = plain.horizontalAdvance(self._rest())
        return QSize(2 * _PAD + _ICON + _BETWEEN + words + _BETWEEN + rest + 2, max(26, bold.height() + 10))

    def minimumSizeHint(self) -> QSize:
        bold, _ = self._fonts()
        words = bold.horizontalAdvance(self.connection_words())
        return QSize(2 * _PAD + _ICON + _BETWEEN + words + 2, self.sizeHint().height())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._inside = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._inside = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.tokens()
        icon, colour = _LOOKS[self._facts.connection]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = tokens.pressed if self.isDown() else tokens.hover if self._inside else tokens.sunken
        if self._facts.connection is Connection.OFFLINE:
            ground = tokens.warning_soft
        elif self._facts.connection is Connection.PROBLEM:
            ground = tokens.danger_soft
        painter.setBrush(QColor(ground))
        painter.setPen(QPen(QColor(tokens.focus), 2) if self.hasFocus() else QPen(QColor(tokens.line), 1))
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, frame.height() / 2, frame.height() / 2)
        self._write(painter, icon, str(getattr(tokens, colour)))

    def _write(self, painter: QPainter, icon: str, colour: str) -> None:
        tokens = theme.tokens()
        ink = {"warning": tokens.warning_soft_text}.get(colour, colour)
        top = (self.height() - _ICON) // 2
        painter.drawPixmap(_PAD, top, icons.pixmap(icon, ink, _ICON, self.devicePixelRatioF()))
        bold, plain = self._fonts()
        left = _PAD + _ICON + _BETWEEN
        words = self.connection_words()
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setFont(theme.font(TYPE.small, _BOLD))
        painter.setPen(QColor(tokens.text))
        painter.drawText(QRect(left, 0, self.width() - left - _PAD, self.height()), middle, words)
        left += bold.horizontalAdvance(words) + _BETWEEN
        room = QRect(left, 0, self.width() - left - _PAD, self.height())
        painter.setFont(theme.font(TYPE.small))
        painter.setPen(QColor(tokens.text if self._facts.waiting or self._facts.attention else tokens.text_muted))
        painter.drawText(room, middle, plain.elidedText(self._rest(), Qt.TextElideMode.ElideRight, room.width()))

    def _rest(self) -> str:
        return "".join(f"·  {words}  " for words in self._words_of_edits()).rstrip()

    def _words_of_edits(self) -> tuple[str, ...]:
        """What stands after the connection."""
        return tuple(filter(None, (self.waiting_words(), self.attention_words(), self.contact_words())))

    def _fonts(self) -> tuple[QFontMetrics, QFontMetrics]:
        return QFontMetrics(theme.font(TYPE.small, _BOLD)), QFontMetrics(theme.font(TYPE.small))

    def _say(self) -> None:
        words = ", ".join((self.connection_words(), *self._words_of_edits()))
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.updateGeometry()
        self.update()
