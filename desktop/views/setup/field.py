"""One field of a form: its label, its editor, what follows from it, and what is wrong with what was typed."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from desktop.models.setup_rows import YES, FieldRow
from desktop.views.build import column, label, marked, named
from desktop.views.choosing import choose
from desktop.widgets import theme

_SWATCH = 14


def swatch(colour: str, ratio: float = 2.0) -> QIcon:
    """A disc of a colour `#rrggbb`; nothing where there is none."""
    picture = QPixmap(QSize(_SWATCH, _SWATCH) * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    if colour:
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(1, 1, _SWATCH - 2, _SWATCH - 2)
        painter.end()
    made = QIcon(picture)
    # Of a chosen row Qt would tint it.
    made.addPixmap(picture, QIcon.Mode.Selected)
    return made


class FieldEditor(QWidget):
    """Shows a `FieldRow` and says each change of its text."""

    edited = Signal()
    entered = Signal()

    def __init__(self, shown: FieldRow) -> None:
        super().__init__()
        self.name = shown.name
        self._label = shown.label
        self.editor = self._make(shown)
        named(self.editor, shown.label, shown.why_not or shown.help)
        self.editor.setEnabled(not shown.why_not)
        above = label(f"{shown.label} ({shown.unit})" if shown.unit else shown.label, "caption", wrap=True)
        above.setBuddy(self.editor)
        above.setVisible(shown.kind != "tick")
        self._help = label(shown.why_not or shown.help, "caption", wrap=True)
        self._help.setVisible(bool(self._help.text()))
        self._error = marked(label("", "error", wrap=True), f"What is wrong: {shown.label}")
        self._error.hide()
        self.setLayout(column(above, self.editor, self._error, self._help, space=4))

    def _make(self, shown: FieldRow) -> QLineEdit | QComboBox | QCheckBox:
        if shown.kind == "tick":
            tick = QCheckBox(shown.label)
            tick.setChecked(shown.value == YES)
            tick.toggled.connect(self._touched)
            return tick
        if shown.kind in ("choice", "colour"):
            return self._choice(shown)
        line = QLineEdit(shown.value)
        line.setMinimumWidth(48)
        line.setCursorPosition(0)
        line.textEdited.connect(self._touched)
        line.returnPressed.connect(self.entered)
        return line

    def _choice(self, shown: FieldRow) -> QComboBox:
        combo = QComboBox()
        combo.setMinimumWidth(64)
        for one in shown.choices:
            combo.addItem(swatch(one.colour), one.text, one.id) if one.colour else combo.addItem(one.text, one.id)
        choose(combo, shown.value)
        combo.currentIndexChanged.connect(self._touched)
        return combo

    def text(self) -> str:
        """What stands in it: the id of a choice, `yes` of a tick that is set."""
        if isinstance(self.editor, QCheckBox):
            return YES if self.editor.isChecked() else ""
        if isinstance(self.editor, QComboBox):
            return str(self.editor.currentData() or "")
        return self.editor.text()

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with it; nothing where nothing is."""
        theme.set_property(self.editor, "invalid", bool(sentence))
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self._help.setVisible(bool(self._help.text()) and not sentence)
        self.editor.setAccessibleDescription(sentence or self._help.text())

    def _touched(self) -> None:
        self.show_error("")
        self.edited.emit()
