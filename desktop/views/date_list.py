"""The dates of a series in a list; those that cannot be had stand out and say why."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from desktop.models.rows import DateRow
from desktop.views.build import named
from desktop.widgets.icons import SIZE, icon


class DateList(QListWidget):
    """Shows rows, each read aloud with its note."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, name)
        self.setIconSize(QSize(SIZE, SIZE))
        self.setWordWrap(True)
        # What does not fit into a line goes on in the next one, also once the scroll bar has taken of its width.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMinimumHeight(180)

    def show_rows(self, rows: Iterable[DateRow]) -> None:
        """Show these in place of what is there."""
        self.clear()
        for one in rows:
            item = QListWidgetItem(icon("warning" if one.is_clash else "calendar"), _text(one))
            item.setToolTip(_text(one))
            self.addItem(item)


def _text(row: DateRow) -> str:
    return f"{row.text} — {row.note}" if row.note else row.text
