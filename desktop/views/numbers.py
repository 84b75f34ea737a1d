"""How some days went, in figures: tiles, a heat table of hours, and charts that are tables too."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QScrollArea, QStackedWidget, QWidget

from desktop.models.numbers_rows import Chart, NumbersPage, Tile
from desktop.views.build import Button, clear, column, frame, label, named, part, row
from desktop.views.days_chooser import DaysChooser
from desktop.views.figure_tables import BarTable, HeatTable
from desktop.widgets.empty_state import EmptyState

_TILES = 4
"""Tiles beside one another."""


class NumbersView(QWidget):
    """Shows figures, and asks for other days, for a copy and for a file."""

    copyRequested = Signal()
    saveRequested = Signal(str)
    """The file that they are to be written into."""
    bookRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.days = DaysChooser()
        self.copy, self.save = Button("Copy as table"), Button("Save as CSV…")
        self._busy = label("", "caption")
        self._name = ""
        self._tiles, self._charts = QGridLayout(), QGridLayout()
        self._tile_cards: list[TileCard] = []
        self._chart_cards: list[ChartCard] = []
        self.heat, self._heat_note = HeatTable("Booked by resource and hour"), label("", "caption", wrap=True)
        self._empty = EmptyState()
        self._figures, self._nobody_knows = self._make_figures(), QWidget()
        self._pages = QStackedWidget()
        for page in (self._nobody_knows, self._figures, self._empty):
            self._pages.addWidget(page)
        content = column(
            row(label("Numbers", "heading"), self._busy, None, self.copy, self.save),
            self.days, self._pages,
            space=12, margins=(28, 22, 28, 0),
        )  # fmt: skip
        content.setStretchFactor(self._pages, 1)
        self.setLayout(content)
        self.copy.clicked.connect(self.copyRequested)
        self.save.clicked.connect(self._choose_file)
        self._empty.actionRequested.connect(self.bookRequested)
        self.forget()

    def _make_figures(self) -> QScrollArea:
        for grid in (self._tiles, self._charts):
            grid.setSpacing(12)
        for place in range(_TILES):
            self._tiles.setColumnStretch(place, 1)
        for place in range(2):
            self._charts.setColumnStretch(place, 1)
        heat = frame(
            "card",
            column(label("How full, by hour", "strong"), self._heat_note, self.heat, margins=(16, 12, 16, 14)),
        )
        area = named(QScrollArea(), "Figures")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(part(column(self._tiles, heat, self._charts, None, space=12, margins=(0, 0, 8, 22))))
        return area

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        self.days.which.setFocus()

    def show_busy(self, words: str) -> None:
        """Say that figures are being counted; empty once they are there."""
        self._busy.setText(words)

    def show_page(self, shown: NumbersPage) -> None:
        """Show figures in place of what is there."""
        self._make_cards(shown)
        for tile_card, tile in zip(self._tile_cards, shown.tiles, strict=True):
            tile_card.show_tile(tile)
        self.heat.show_heat(shown.heat)
        self._heat_note.setText(shown.heat.note)
        for chart_card, chart in zip(self._chart_cards, shown.charts, strict=True):
            chart_card.show_chart(chart)
        self._show(self._figures)

    def _make_cards(self, shown: NumbersPage) -> None:
        """Make a card for each tile and chart; where there are as many, those that are there stay, focus and all."""
        if len(self._tile_cards) != len(shown.tiles):
            clear(self._tiles)
            self._tile_cards = [TileCard() for _ in shown.tiles]
            for place, card in enumerate(self._tile_cards):
                self._tiles.addWidget(card, place // _TILES, place % _TILES)
        if len(self._chart_cards) != len(shown.charts):
            clear(self._charts)
            self._chart_cards = [ChartCard() for _ in shown.charts]
            for place, chart in enumerate(self._chart_cards):
                self._charts.addWidget(chart, place // 2, place % 2)

    def show_nothing(self, sentence: str) -> None:
        """Say why there are no figures."""
        self.forget()
        self._empty.show_state("chart", sentence, "Go to the book")
        self._show(self._empty)

    def forget(self) -> None:
        """Show no figures, and nothing in their place."""
        clear(self._tiles)
        clear(self._charts)
        self._tile_cards, self._chart_cards = [], []
        self.show_busy("")
        self._show(self._nobody_knows)

    def suggest(self, name: str) -> None:
        """What the file is called where nobody says otherwise."""
        self._name = name

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the figures", self._name, "CSV (*.csv)")
        if path:
            self.saveRequested.emit(path)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        for button in (self.copy, self.save):
            button.setEnabled(page is self._figures)


class TileCard(QFrame):
    """One main figure under its label."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._label, self.text, self._detail = (
            label("", "caption"),
            label("", "heading"),
            label("", "caption", wrap=True),
        )
        self.setLayout(column(self._label, self.text, self._detail, None, space=2, margins=(14, 10, 14, 10)))

    def show_tile(self, shown: Tile) -> None:
        """Show a figure; a screen reader says all of it in one go."""
        self._label.setText(shown.label)
        self.text.setText(shown.text)
        self.text.setAccessibleName(", ".join(filter(None, (f"{shown.label}: {shown.text}", shown.detail))))
        self._detail.setText(shown.detail)


class ChartCard(QFrame):
    """Bars under their title, or why there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title, self._note = label("", "strong"), label("", "caption", wrap=True)
        self.table, self._empty = BarTable(""), label("", "muted", wrap=True)
        parts = (self._title, self._note, self.table, self._empty)
        self.setLayout(column(*parts, None, space=6, margins=(16, 12, 16, 14)))

    def show_chart(self, shown: Chart) -> None:
        """Show other bars."""
        self._title.setText(shown.title)
        self._note.setText(shown.note)
        self._empty.setText(shown.empty)
        named(self.table, shown.title)
        self.table.show_bars(shown.bars)
        self._note.setVisible(bool(shown.note))
        self.table.setVisible(bool(shown.bars))
        self._empty.setVisible(not shown.bars)
