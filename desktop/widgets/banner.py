"""A lasting state said beside its cause: one sentence, at most one action, never over what is being typed."""

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.announcing import announce
from desktop.widgets.buttons import PushButton, ToolButton
from desktop.widgets.tokens import SPACE

KINDS = {"info": "note", "success": "check", "warning": "warning", "danger": "warning", "offline": "offline"}
"""The icon of each kind of banner."""


class Banner(QFrame):
    """Hidden until it has something to say."""

    actionRequested = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = "info"
        self._picture = QLabel(self)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._action = PushButton(self)
        self._close = ToolButton(self)
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.l, SPACE.s, SPACE.s, SPACE.s)
        row.setSpacing(SPACE.m)
        row.addWidget(self._picture)
        row.addWidget(self._words, 1)
        row.addWidget(self._action)
        row.addWidget(self._close)
        self._action.clicked.connect(self.actionRequested)
        self._close.clicked.connect(self._dismiss)
        self.hide()

    def show_message(self, words: str, *, kind: str = "info", action: str = "", dismissible: bool = False) -> None:
        """Say something; `kind` is one of `KINDS`, without `action` there is no button."""
        changed = words != self._words.text() or self.isHidden()
        self._kind = kind
        self._words.setText(words)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._close.setVisible(dismissible)
        self.setAccessibleName(words)
        self._dress()
        self.show()
        if changed:
            announce(self, words)

    def clear(self) -> None:
        """Say nothing any more."""
        self.hide()

    def text(self) -> str:
        return self._words.text()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_close"):
            self._dress()

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()

    def _dress(self) -> None:
        tokens = theme.tokens()
        soft = {"info": "accent", "offline": "warning"}.get(self._kind, self._kind)
        ink = str(getattr(tokens, f"{soft}_soft_text"))
        theme.set_property(self, "banner", soft)
        self._picture.setPixmap(icons.icon(KINDS[self._kind], ink).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self._close.setIcon(icons.icon("close", ink))
