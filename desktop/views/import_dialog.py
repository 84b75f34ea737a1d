"""A file from another program: what each of its rows would become, before anything is taken."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QTableView,
    QWidget,
)

from desktop.models.rows import Choice, ImportColumn, ImportLine
from desktop.views.build import Button, column, field, label, marked, named, part, row, titled
from desktop.views.import_columns import ImportColumns
from desktop.widgets import theme
from desktop.widgets.busy_bar import BusyBar
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.icons import icon

VERDICTS = {
    "taken": ("Taken", "check", "success"),
    "changed": ("Taken, with a change", "pending", "warning"),
    "updated": ("Updated", "sync", "warning"),
    "refused": ("Refused", "warning", "danger"),
    "skipped": ("Already here", "check-double", "text_muted"),
}
"""The word, the icon and the colour of each verdict."""
_OF_THE_FILE = ""
_TO_LOOK_AT = (_OF_THE_FILE, "changed", "updated", "refused")


class ImportDialog(QDialog):
    """Asks for a file, shows the dry run, and asks for the rows to be taken."""

    fileChosen = Signal(str)
    optionsChanged = Signal(str, str)
    """The ids of the resource and of the service that events become; the service may be empty."""
    columnChanged = Signal(int, str)
    """The position of a column from 0, and the id of what the person says that it is; empty to leave it out."""
    importRequested = Signal()

    def __init__(self, title: str, file_filter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = file_filter
        self._title = title
        titled(self, title)
        self.resize(940, 600)
        self.file = named(QLineEdit(), "File")
        self.file.setPlaceholderText("Path of the file")
        self._choose = Button("Choose a file…", icon_name="import")
        self.resource = named(QComboBox(), "Resource")
        self.service = named(QComboBox(), "Service of the events")
        self._options = part(row(field("For", self.resource), field("Events become", self.service), None, space=12))
        self._options.hide()
        self.columns = ImportColumns()
        self.columns.hide()
        self._show_columns = Button("Columns…")
        self._show_columns.setCheckable(True)
        self._show_columns.hide()
        self._rows = QStandardItemModel(0, 4, self)
        self._rows.setHorizontalHeaderLabels(["Row", "What becomes of it", "What it is", "Why"])
        self._table = named(QTableView(), "Rows of the file")
        self._dress_table()
        self._only_problems = named(QCheckBox("Only rows to look at"), "Only rows to look at")
        self._lines: tuple[ImportLine, ...] = ()
        self._empty = EmptyState()
        self._empty.show_state(
            "import", "Choose a file. Nothing is taken before you have seen what becomes of each row."
        )
        self._counts = marked(label("", "strong", wrap=True), "Counts")
        self._counts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._message = marked(label("", "error", wrap=True), "Import message")
        self._busy = BusyBar()
        self._take = Button("Import", kind="primary")
        self._take.setEnabled(False)
        self._close = Button("Close")
        self._build()

    def _dress_table(self) -> None:
        table = self._table
        table.setModel(self._rows)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(False)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place in (0, 1):
            head.setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        # What it is is short, why is a sentence or two.
        head.resizeSection(2, 180)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        table.hide()

    def _build(self) -> None:
        top = row(self.file, self._choose)
        self._message.hide()
        self._only_problems.hide()
        self.setLayout(
            column(
                label(self._title.rstrip("…"), "heading"),
                top,
                self._options,
                self._message,
                row(self._counts, self._show_columns, self._only_problems),
                self.columns,
                self._empty,
                self._table,
                self._busy,
                row(None, self._close, self._take),
                space=12,
                margins=(24, 20, 24, 20),
            )
        )
        self._choose.clicked.connect(self._ask_file)
        self.file.returnPressed.connect(self._say_file)
        self._close.clicked.connect(self.reject)
        self._take.clicked.connect(self._import)
        self._only_problems.toggled.connect(self._fill)
        self._show_columns.toggled.connect(self.columns.setVisible)
        self.columns.changed.connect(self.columnChanged)
        for combo in (self.resource, self.service):
            combo.activated.connect(self._say_options)

    def offer(self, resources: tuple[Choice, ...], services: tuple[Choice, ...]) -> None:
        """Ask what events become: a blocked span on a resource, or an appointment where a service is named too."""
        for combo, choices in (
            (self.resource, resources),
            (self.service, (Choice(id="", text="Blocked time"), *services)),
        ):
            combo.clear()
            for choice in choices:
                combo.addItem(choice.text, choice.id)
        self._options.show()

    def options(self) -> tuple[str, str]:
        """The ids of the chosen resource and service."""
        return self.resource.currentData() or "", self.service.currentData() or ""

    def show_file(self, path: str) -> None:
        self.file.setText(path)

    def show_columns(self, columns: tuple[ImportColumn, ...], roles: tuple[Choice, ...]) -> None:
        """Offer to say what each column is."""
        self.columns.show_columns(columns, roles)
        self._show_columns.setVisible(bool(columns))

    def open_columns(self) -> None:
        """Have the person look at the columns: without one of them nothing can be read."""
        self._show_columns.setChecked(True)

    def show_lines(self, lines: tuple[ImportLine, ...], *, can_import: bool) -> None:
        """Show what becomes of each row."""
        self._lines = lines
        counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in VERDICTS}
        said = [f"{count:,} {VERDICTS[verdict][0].lower()}" for verdict, count in counts.items() if count]
        self._counts.setText("  ·  ".join(said) or "The file has no rows.")
        self._message.hide()
        self._empty.hide()
        self._table.show()
        self._only_problems.setVisible(bool(lines))
        self._take.setEnabled(can_import)
        self._busy.finish()
        self._fill()

    def show_progress(self, words: str, done: int, total: int) -> None:
        """Show how far the import is."""
        self._take.setEnabled(False)
        self._busy.show_progress(words, done, total)

    def show_done(self, said: str) -> None:
        """Say what was taken; the rows stay to be read."""
        self._busy.finish()
        self._counts.setText(said)
        self._take.setEnabled(False)
        self._close.setFocus()

    def show_message(self, text: str) -> None:
        """Say why a file cannot be read; nothing was taken."""
        self._busy.finish()
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self._counts.setText("")
        self._take.setEnabled(False)

    def _fill(self) -> None:
        self._rows.setRowCount(0)
        for line in self._lines:
            if self._only_problems.isChecked() and line.verdict not in _TO_LOOK_AT:
                continue
            number = "" if line.line is None else str(line.line)
            what, why = QStandardItem(line.what), QStandardItem(line.why)
            what.setToolTip(line.what)
            why.setToolTip(line.why)
            self._rows.appendRow([QStandardItem(number), _verdict(line.verdict), what, why])

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self._title, "", self._filter)
        if path:
            self.show_file(path)
            self.fileChosen.emit(path)

    def _say_file(self) -> None:
        if self.file.text().strip():
            self.fileChosen.emit(self.file.text().strip())

    def _say_options(self) -> None:
        self.optionsChanged.emit(*self.options())

    def _import(self) -> None:
        self._take.setEnabled(False)
        self.importRequested.emit()


def _verdict(verdict: str) -> QStandardItem:
    """The cell that says what becomes of a row."""
    if verdict == _OF_THE_FILE:
        return QStandardItem("")
    word, icon_name, colour = VERDICTS[verdict]
    return QStandardItem(icon(icon_name, getattr(theme.tokens(), colour)), word)
