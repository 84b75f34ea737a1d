"""Tables that are read: whole rows, no lines, no frame, nothing typed into them."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QStandardItem
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView


def dress_table(table: QTableView, model: QAbstractItemModel, *, row: int | None = None) -> QHeaderView:
    """Let a table show the rows of a model, each `row` logical pixels high where that is said; its head."""
    table.setModel(model)
    table.setShowGrid(False)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    if row is not None:
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(row)
    head = table.horizontalHeader()
    head.setHighlightSections(False)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return head


def items_of(texts: Sequence[str]) -> list[QStandardItem]:
    """The cells of a row; what is too narrow for one is read in its tooltip."""
    items = [QStandardItem(text) for text in texts]
    for item, text in zip(items, texts, strict=True):
        item.setToolTip(text)
    return items
