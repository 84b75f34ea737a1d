"""The day book in windows of real sizes, without a screen: painted whole, another day, and what a hand feels."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice, product

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QStaticText
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.widgets import theme
from desktop.widgets.book_rows import BookBox, BookColumn, BookDay
from desktop.widgets.day_book import DayBook
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.stage import Stage

DAY = date(2026, 5, 4)
_COLOURS = ("#5b8def", "#d9824b", "#4fa36c", "#b065c9", "#c9a13b", "#4ba8b5")
_STATUSES = ("booked", "confirmed", "arrived", "completed")
_NAMES = ("Greta Lange", "Jo Ek", "Maximilian Brandt", "Priya Nair", "Tom Ott", "Sofia Rossi", "Li Wei")
_QUARTER = timedelta(minutes=15)
_LEGIBLE = 44
"""A box that is narrower, in logical pixels, has no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A window and a day whose bookings of a quarter of an hour are all in view: as many as can be."""

    size: QSize
    columns: int
    rows: int
    beside: int = 1

    @property
    def words(self) -> str:
        return f"a {self.size.width()}×{self.size.height()} window"


FULL_HD = View(size=QSize(1920, 1080), columns=14, rows=36)
WIDE = View(size=QSize(2560, 1440), columns=18, rows=56)
CROWDED = replace(WIDE, beside=5)


class Plain(QWidget):
    """The limit: the same places as rectangles grouped by colour, a text in each that has room, and nothing else."""

    def __init__(self, boxes: list[tuple[QRect, str, str]], size: QSize) -> None:
        super().__init__()
        ordered = sorted(boxes, key=lambda one: one[1])
        self._groups = [
            (QColor(colour), [rect for rect, _, _ in group])
            for colour, group in ((colour, list(found)) for colour, found in groupby(ordered, lambda one: one[1]))
        ]
        legible = [(rect, text) for rect, _, text in boxes if rect.width() >= _LEGIBLE]
        self._texts = [(rect.topLeft() + QPoint(6, 4), QStaticText(text)) for rect, text in legible]
        self.resize(size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ffffff"))
        for colour, rects in self._groups:
            painter.setBrush(colour)
            painter.drawRects(rects)
        for place, text in self._texts:
            painter.drawStaticText(place, text)
        painter.end()


def measure(stage: Stage) -> list[Figure]:
    """Several sizes of a day, each beside plain rectangles in the same places; then what a hand does."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.Scheme.LIGHT)
    rounds = 3 if stage.quick else 15
    return [
        _whole(rounds, FULL_HD, 500, bar=8, goal=5),
        _whole(rounds, WIDE, 1000),
        _whole(rounds, CROWDED, 5000, goal=22),
        _another_day(rounds, FULL_HD, 500),
        *_by_hand(rounds * 3, WIDE, 1000),
    ]


def _day(view: View, boxes: int, number: int = 0) -> BookDay:
    """One of several days; no two have a customer in common."""
    columns = [BookColumn(resource_id=f"r{one}", title=f"Ada {one}", subtitle="Stylist") for one in range(view.columns)]
    opens = datetime(2026, 5, 4, 5, tzinfo=UTC) + timedelta(days=number)
    places = islice(product(range(view.rows), columns, range(view.beside)), boxes)
    made = (
        _box(column.resource_id, opens + row * _QUARTER, row, f"{number}-{k}")
        for k, (row, column, _) in enumerate(places)
    )
    return BookDay(
        day=DAY + timedelta(days=number),
        zone="Europe/Berlin",
        columns=tuple(columns),
        boxes=tuple(made),
        open_spans={column.resource_id: ((opens, opens + timedelta(hours=12)),) for column in columns},
    )


def _box(resource: str, starts: datetime, row: int, visit: str) -> BookBox:
    title = f"{_NAMES[(row + len(visit)) % len(_NAMES)]} {visit}"
    return BookBox(
        appointment_id=visit,
        resource_id=resource,
        starts=starts,
        ends=starts + _QUARTER,
        title=title,
        subtitle="Cut and finish",
        spoken=f"{title}, cut and finish",
        status=_STATUSES[row % len(_STATUSES)],
        colour=_COLOURS[(row + len(resource)) % len(_COLOURS)],
    )


def _shown(view: View, boxes: int) -> DayBook:
    """The book with all bookings of the day in view."""
    book = DayBook()
    book.resize(view.size)
    book.show()
    book.show_day(_day(view, boxes))
    _await(book)
    book.verticalScrollBar().setValue(book.scene.flat[0].body.top() - 4)
    QApplication.processEvents()
    seen = QRect(book.offset(), book.body().size())
    assert sum(seen.contains(item.body) for item in book.scene.flat) == boxes
    return book


def _whole(rounds: int, view: View, boxes: int, *, bar: float | None = None, goal: float | None = None) -> Figure:
    """Every pixel of the window again, with what was laid out before."""
    book = _shown(view, boxes)
    places = [(book.to_viewport(item.body), item.box.colour, item.box.title) for item in book.scene.flat]
    plain = Plain(places, view.size)
    plain.show()
    _await(plain)
    limit = figure("", "ms", _times(rounds, plain.repaint)).value
    ours = _times(rounds, lambda: _repainted(book))
    plain.close()
    book.close()
    crowd = f", {view.beside} side by side" if view.beside > 1 else ""
    return figure(
        f"{boxes:,} appointments in view of {view.words}{crowd}, repainted whole", "ms", ours, limit=limit,
        limit_is="plain rectangles and texts", bar=bar, goal=goal,
    )  # fmt: skip


def _another_day(rounds: int, view: View, boxes: int) -> Figure:
    """From rows to pixels, with customers that were not on the screen before."""
    book = _shown(view, boxes)
    days = [_day(view, boxes, number) for number in range(1, rounds + 1)]

    def turn(day: BookDay) -> None:
        book.show_day(day)
        QApplication.processEvents()

    ours = [milliseconds(turn, day) for day in days]
    book.close()
    return figure(f"another day of {boxes:,} appointments laid out and painted in {view.words}", "ms", ours, goal=50)


def _by_hand(rounds: int, view: View, boxes: int) -> Iterator[Figure]:
    """What is felt under a hand, from the event to the pixels: each step repaints what it must."""
    book = _shown(view, boxes)
    bar = book.verticalScrollBar()
    top = bar.value()
    held = book.to_viewport(book.scene.flat[boxes // 2].body).center()

    def scroll(number: int) -> None:
        bar.setValue(top + 48 * (number % 2))
        QApplication.processEvents()

    def move(number: int) -> None:
        _point(book, held + QPoint(97 * (number % 9), 31 * (number % 7)))

    work: dict[str, Callable[[int], None]] = {"a scroll step": scroll, "a pointer's step over bookings": move}
    for name, step in work.items():
        yield _felt(name, step, rounds, view, boxes)
    scroll(0)
    QTest.mousePress(book.viewport(), Qt.MouseButton.LeftButton, pos=held)
    yield _felt("a step of a drag", move, rounds, view, boxes)
    QTest.keyClick(book, Qt.Key.Key_Escape)
    book.close()


def _felt(name: str, step: Callable[[int], None], rounds: int, view: View, boxes: int) -> Figure:
    step(1)
    ours = [milliseconds(step, number) for number in range(2, rounds + 2)]
    return figure(f"{name} among {boxes:,} appointments in {view.words}", "ms", ours, goal=2)


def _point(book: DayBook, at: QPoint) -> None:
    place, button = QPointF(at), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, place, button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(book.viewport(), event)
    QApplication.processEvents()


def _await(widget: QWidget) -> None:
    """Until the window stands; before that nothing is painted."""
    assert QTest.qWaitForWindowExposed(widget)
    QApplication.processEvents()


def _repainted(book: DayBook) -> None:
    book.relaid()
    book.viewport().repaint()


def _times(rounds: int, work: Callable[[], object]) -> list[float]:
    work()
    return [milliseconds(work) for _ in range(rounds)]
