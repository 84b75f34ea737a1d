"""The coming days as a list: a heading for each day, its visits below it, narrowed by status and by words."""

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, QSize, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.models.agenda_rows import AGENDA_COLUMNS, AgendaRow, AgendaTable
from desktop.models.row_list import ROW
from desktop.models.rows import Choice
from desktop.views.build import column, label, named, row
from desktop.views.choosing import choose
from desktop.views.tables import dress_table
from desktop.widgets import theme
from desktop.widgets.book.inks import STATUS_ICONS
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.icons import icon

_ROW = 36
_SIGN = 15
_PAD = 30
_NARROW = {2: 480, 3: 620}
"""Columns that have no room in a list that is narrower: the card says what they do."""


class _Cell(QStyledItemDelegate):
    """Sets headings apart, shows the sign of each status, and lets what is over stand back."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        shown = index.data(ROW)
        if not isinstance(shown, AgendaRow):
            return
        t = theme.tokens()
        colour = t.text
        if shown.is_heading:
            option.font.setWeight(QFont.Weight.DemiBold)
            option.backgroundBrush = QBrush(QColor(t.sunken))
        elif shown.over or index.column() != 1:
            colour = t.text_muted
        if shown.refused and index.column() == len(AGENDA_COLUMNS) - 1:
            colour = t.danger_soft_text
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
            option.palette.setColor(QPalette.ColorGroup.All, role, QColor(colour))
        sign = _sign_of(shown) if index.column() == len(AGENDA_COLUMNS) - 1 else ""
        if sign:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(_SIGN, _SIGN)
            option.icon = icon(sign, colour)


def _sign_of(shown: AgendaRow) -> str:
    if shown.refused:
        return "warning"
    return "pending" if shown.pending else STATUS_ICONS.get(shown.sign, "")


class AgendaView(QWidget):
    """Shows rows, and says which visit is chosen or opened and how the list is to be narrowed."""

    chosen = Signal(object)
    """The id of a visit, or None."""
    opened = Signal(str)
    moreWanted = Signal()
    narrowed = Signal(str, str)
    """A status, empty for any, and words that are looked for."""
    lengthChosen = Signal(int)
    """Days."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = AgendaTable(self)
        self._headings: list[int] = []
        self.table = named(QTableView(), "Agenda", "Enter opens the visit")
        self.status = named(QComboBox(), "Status")
        self.text = named(QLineEdit(), "Find in the agenda")
        self.text.setPlaceholderText("Customer, service or person")
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(60)
        self.text.setMaximumWidth(280)
        self.length = named(QComboBox(), "How many days")
        for chooser in (self.status, self.length):
            chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            chooser.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._summary = label("", "muted")
        self._empty = EmptyState()
        self._dress()
        over = row(self.text, self.status, self.length, None, self._summary, space=10, margins=(20, 12, 20, 10))
        # The search takes what it may before the empty place does.
        over.setStretchFactor(self.text, 100)
        content = column(over, self.table, self._empty, space=0)
        content.setStretchFactor(self.table, 1)
        content.setStretchFactor(self._empty, 1)
        self.setLayout(content)
        self._connect()
        self._empty.hide()

    def _dress(self) -> None:
        table = self.table
        head = dress_table(table, self._rows, row=_ROW)
        table.setItemDelegate(_Cell(table))
        table.setWordWrap(False)
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self._chose)
        self.table.activated.connect(self._opened)
        self.table.clicked.connect(self._opened)
        self._rows.moreWanted.connect(self.moreWanted)
        self.status.activated.connect(self._narrow)
        self.text.textChanged.connect(self._narrow)
        self.length.activated.connect(lambda: self.lengthChosen.emit(int(self.length.currentData())))

    def show_choices(self, statuses: tuple[Choice, ...], lengths: tuple[tuple[int, str], ...]) -> None:
        """Begin anew: an empty list, and by what it can be narrowed, and how long it can be."""
        for part in (self.status, self.length, self.text):
            part.blockSignals(True)
            part.clear()
            part.blockSignals(False)
        self.show_rows((), "", more=False)
        for one in statuses:
            self.status.addItem(one.text, one.id)
        for days, words in lengths:
            self.length.addItem(words, days)

    def show_length(self, days: int) -> None:
        """Say how many days are listed."""
        choose(self.length, days)

    def show_rows(self, rows: tuple[AgendaRow, ...], summary: str, *, more: bool) -> None:
        """List the visits; the chosen one stays chosen."""
        self._rows.show_rows(rows, more=more)
        self._span([place for place, one in enumerate(rows) if one.is_heading])
        self._summary.setText(summary)
        widest = max((one.title for one in rows if not one.is_heading), key=len, default="")
        self.table.setColumnWidth(0, self.table.fontMetrics().horizontalAdvance(widest) + _PAD)
        self.table.show()
        self._empty.hide()

    def _span(self, headings: list[int]) -> None:
        # Qt paints the whole table again for each: so only where days came, went or moved.
        if headings != self._headings:
            self._headings = headings
            self.table.clearSpans()
            for place in headings:
                self.table.setSpan(place, 0, 1, len(AGENDA_COLUMNS))

    def show_nothing(self, sentence: str) -> None:
        """Say why nobody is listed."""
        self._rows.show_rows((), more=False)
        self._span([])
        self._summary.clear()
        self.table.hide()
        self._empty.show_state("calendar", sentence)
        self._empty.show()

    @property
    def chosen_id(self) -> str | None:
        """The visit that is chosen."""
        index = self.table.currentIndex()
        return index.data(ROW).id or None if index.isValid() else None

    def choose(self, appointment_id: str | None) -> None:
        """Choose a visit where it is listed, and bring it into view."""
        place = self._rows.place_of(appointment_id) if appointment_id else -1
        if place >= 0 and self.chosen_id != appointment_id:
            self.table.selectRow(place)
            self.table.scrollTo(self._rows.index(place, 0), QTableView.ScrollHint.PositionAtCenter)

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        (self.text if self.table.isHidden() else self.table).setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for place, least in _NARROW.items():
            self.table.setColumnHidden(place, self.width() < least)
        self._summary.setVisible(self.width() >= min(_NARROW.values()))

    def _narrow(self) -> None:
        self.narrowed.emit(str(self.status.currentData() or ""), self.text.text())

    def _chose(self, now: QItemSelection, _before: QItemSelection) -> None:
        if not now.isEmpty():
            self.chosen.emit(self.chosen_id)

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid() and index.data(ROW).id:
            self.opened.emit(index.data(ROW).id)
