"""What an empty place shows: an icon, one sentence, one action."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.buttons import PushButton
from desktop.widgets.tokens import SPACE


class EmptyState(QWidget):
    """Fills the place of a list or view that has nothing to show."""

    actionRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = "inbox"
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence = QLabel(self)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setWordWrap(True)
        theme.set_property(self._sentence, "role", "muted")
        self._action = PushButton(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.xl, SPACE.xl, SPACE.xl, SPACE.xl)
        column.setSpacing(SPACE.m)
        column.addStretch(2)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self._action.clicked.connect(self.actionRequested)

    def show_state(self, icon: str, sentence: str, action: str = "") -> None:
        """Show an icon of the product, a sentence, and a button where there is something to do."""
        self._icon = icon
        self._sentence.setText(sentence)
        # A wrapped label asks for a narrow column: give it as much as the narrowest window has beside a panel.
        width = min(260, self._sentence.fontMetrics().horizontalAdvance(sentence) + 4)
        self._sentence.setFixedWidth(width)
        self._sentence.setMinimumHeight(self._sentence.heightForWidth(width))
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(sentence)
        self._dress()

    def focus_action(self) -> bool:
        """Put the focus into the button; False where there is none."""
        is_there = not self._action.isHidden()
        if is_there:
            self._action.setFocus()
        return is_there

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_action"):
            self._dress()

    def _dress(self) -> None:
        colour = theme.tokens().text_faint
        self._picture.setPixmap(icons.pixmap(self._icon, colour, 40, self.devicePixelRatioF()))
        self._picture.setMinimumSize(QSize(40, 40))
