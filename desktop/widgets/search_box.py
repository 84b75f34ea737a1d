"""A field that offers what it finds while one types: two lines a row, chosen with the arrows and Enter."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QToolButton, QVBoxLayout, QWidget

from desktop.widgets import icons, theme
from desktop.widgets.announcing import announce
from desktop.widgets.search_rows import RowDelegate, RowModel, SearchRow

_MOST_ROWS = 7
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}


class SearchBox(QWidget):
    """A line edit and a list under it. Whoever listens to `queryChanged` answers with `show_rows`."""

    queryChanged = Signal(str)
    chosen = Signal(object)
    """The id of the row."""
    createRequested = Signal(str)
    """What was typed, where nothing that was found is what is meant."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit(self)
        self.edit.setClearButtonEnabled(True)
        self._glass = self.edit.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._glass.triggered.connect(self._begin_anew)
        self._create_label = ""
        self._behind = self._enter_waits = False
        """Whether what is offered answers an earlier text, and whether Enter waits for what answers this one."""
        self._model = RowModel(self)
        self._frame = QFrame(self.window())
        self._list = QListView(self._frame)
        self._list.setModel(self._model)
        self._list.setItemDelegate(RowDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        theme.set_property(self._frame, "role", "popup")
        theme.set_property(self._list, "role", "bare")
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(4, 4, 4, 4)
        inside.addWidget(self._list)
        self._frame.hide()
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self.edit)
        self.setFocusProxy(self.edit)
        self.edit.installEventFilter(self)
        self.edit.textEdited.connect(self._edited)
        self._list.clicked.connect(lambda index: self._take(index.row()))
        self._list.entered.connect(self._list.setCurrentIndex)

    def set_label(self, name: str, placeholder: str) -> None:
        """Name the field for a screen reader and hint at what to type."""
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(placeholder)
        self._list.setAccessibleName(self.tr("{name}: suggestions").format(name=name))
        # Qt makes both buttons in the field, the glass and the one that clears it, and names neither.
        for button in self.edit.findChildren(QToolButton):
            does = self.tr("{name}: search") if button.defaultAction() is self._glass else self.tr("{name}: clear")
            button.setAccessibleName(does.format(name=name))

    def set_create_label(self, label: str) -> None:
        """Offer to make a new one, with `{text}` for what was typed; an empty label offers nothing."""
        self._create_label = label

    def text(self) -> str:
        return self.edit.text()

    def set_text(self, text: str) -> None:
        """Show a text without asking for rows."""
        self.edit.setText(text)
        self._behind = False
        self.close_list()

    def show_rows(self, rows: Sequence[SearchRow]) -> None:
        """Offer these, best first."""
        offered = list(rows)
        waited, held = self._enter_waits, self._held()
        self._behind = self._enter_waits = False
        if self._create_label and self.text().strip():
            words = self._create_label.format(text=self.text().strip())
            offered.append(SearchRow(id="", title=words, icon="plus"))
        self._model.show_rows(offered)
        if not offered or not self.edit.hasFocus():
            self.close_list()
            return
        place = next((place for place, one in enumerate(offered) if one.id == held), 0)
        self._list.setCurrentIndex(self._model.index(place, 0))
        self._open_list(len(offered))
        announce(self.edit, self.tr("{count} found").format(count=len(rows)))
        if waited:
            self._take(0)

    def _held(self) -> str | None:
        """The id of the row that somebody has gone to while it was being looked for."""
        row = self._list.currentIndex().row()
        seen = self.is_open and not self._behind and 0 <= row < len(self._model.rows)
        return self._model.rows[row].id if seen else None

    def rows(self) -> tuple[SearchRow, ...]:
        """What is offered now."""
        return tuple(self._model.rows)

    @property
    def is_open(self) -> bool:
        return self._frame.isVisible()

    def close_list(self) -> None:
        self._enter_waits = False
        self._frame.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            return self._struck(event) or super().eventFilter(watched, event)
        if event.type() == QEvent.Type.FocusOut:
            self.close_list()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_glass"):
            self._glass.setIcon(icons.icon("search", self.palette().color(QPalette.ColorRole.PlaceholderText).name()))

    def _struck(self, event: QKeyEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape and self.is_open:
            # Else the window takes it, and closes what is around the field.
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in _ENTER and event.isAutoRepeat():
            # It has chosen already, and is held down.
            return True
        return self._key(event) if self.is_open else self._key_before_list(event)

    def _key_before_list(self, event: QKeyEvent) -> bool:
        """Let Enter that comes before anything is offered wait for what answers the text."""
        self._enter_waits = event.key() in _ENTER and self._behind and bool(self.text().strip())
        return self._enter_waits

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _MOVES:
            # Whoever goes along the rows has seen them.
            self._behind = False
            row = (self._list.currentIndex().row() + _MOVES[key]) % max(1, len(self._model.rows))
            self._list.setCurrentIndex(self._model.index(row, 0))
            announce(self.edit, self._model.spoken(row))
            return True
        if key in _ENTER:
            if self._behind:
                # What stands there was found for the letters before: nobody who is typed on means it.
                self._enter_waits = True
                return True
            self._take(self._list.currentIndex().row())
            return True
        if key == Qt.Key.Key_Escape:
            self.close_list()
            return True
        return False

    def _begin_anew(self) -> None:
        """Let what is typed next take the place of what stands in the field."""
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()

    def _edited(self, text: str) -> None:
        self._behind, self._enter_waits = True, False
        if not text.strip():
            self.close_list()
        self.queryChanged.emit(text)

    def _take(self, row: int) -> None:
        if not 0 <= row < len(self._model.rows):
            return
        taken = self._model.rows[row]
        self.close_list()
        if taken.id:
            self.chosen.emit(taken.id)
        else:
            self.createRequested.emit(self.text().strip())

    def _open_list(self, count: int) -> None:
        window = self.window()
        if self._frame.parentWidget() is not window:
            self._frame.setParent(window)
        rows = min(count, _MOST_ROWS)
        height = sum(self._list.sizeHintForRow(row) for row in range(rows)) + 12
        corner = self.mapTo(window, QPoint(0, self.height() + 4))
        height = min(height, max(80, window.height() - corner.y() - 8))
        self._frame.setGeometry(corner.x(), corner.y(), max(self.width(), 280), height)
        self._frame.show()
        self._frame.raise_()
