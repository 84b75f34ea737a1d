"""A dialog with a few fields that is sent once, until it is told what is wrong."""

from collections.abc import Mapping

from PySide6.QtWidgets import QBoxLayout, QDialog, QLineEdit, QPushButton, QWidget

from desktop.views.build import label, marked, titled
from desktop.widgets import theme


class FormDialog(QDialog):
    """What is wrong stands above the buttons, and marks the field that it is about."""

    def __init__(self, title: str, width: int, message: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        titled(self, title)
        self.setModal(True)
        self.setFixedWidth(width)
        self._message = marked(label("", "error", wrap=True), message)

    def _arrange(self, content: QBoxLayout, *, sent_by: QPushButton, fields: Mapping[str, QLineEdit]) -> None:
        """Show this, with the message somewhere in it; a field that somebody types into is wrong no more."""
        self._content, self._sent_by, self._fields = content, sent_by, fields
        self.setLayout(content)
        for editor in fields.values():
            editor.textEdited.connect(lambda: self.show_message(""))

    def show_message(self, text: str, *, about: str = "") -> None:
        """Say what is wrong, so that it can be sent again; `about` names the field that gets the focus."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._sent_by.setEnabled(True)
        for name, editor in self._fields.items():
            theme.set_property(editor, "invalid", bool(text) and name == about)
        if about in self._fields:
            self._fields[about].setFocus()
            self._fields[about].selectAll()
        # A layout asks for too little where words are wrapped, and a dialog keeps the height that it was opened with.
        self._content.activate()
        height = self._content.totalHeightForWidth(self.width())
        # One that was never opened is not measured yet: it is let go as its person leaves.
        if height > 0:
            self.setFixedHeight(height)
