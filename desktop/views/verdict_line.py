"""One sentence on whether what was entered fits, in a frame that says so by its look too."""

from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.views.build import IconLabel, label, marked, row
from desktop.widgets import theme
from desktop.widgets.announcing import announce


class VerdictLine(QFrame):
    """Hidden where there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_refused = False
        """Whether it says that something does not fit."""
        self.setProperty("role", "good")
        self._icon = IconLabel("check", size=18, tint="success_soft_text")
        self._text = marked(label("", wrap=True), "Whether it fits")
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setLayout(row(self._icon, self._text, margins=(12, 9, 12, 9)))
        self.hide()

    def show_verdict(self, text: str, *, ok: bool) -> None:
        """Say whether it fits and if not why; said aloud where it is news."""
        is_new = text != self._text.text()
        self.is_refused = not ok
        self._text.setText(text)
        self._text.setAccessibleName(f"Whether it fits: {text}")
        self.setVisible(bool(text))
        theme.set_property(self, "role", "good" if ok else "bad")
        theme.set_property(self._text, "of", "good" if ok else "bad")
        self._icon.set_icon("check" if ok else "warning", "success_soft_text" if ok else "danger_soft_text")
        if is_new:
            announce(self, text)

    def text(self) -> str:
        """What it says."""
        return self._text.text()
