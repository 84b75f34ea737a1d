"""The day book painted whole, without a screen: all boxes in view, and as a person sees it in a window."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QStaticText
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.widgets import theme
from desktop.widgets.book_rows import BookBox, BookColumn, BookDay
from desktop.widgets.day_book import DayBook
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.stage import Stage

DAY = date(2026, 5, 4)
WINDOW = QSize(1600, 1000)
_COLOURS = ("#5b8def", "#d9824b", "#4fa36c", "#b065c9", "#c9a13b", "#4ba8b5")
_VISITS = 20
"""Of each column, half an hour each."""


class Plain(QWidget):
    """The limit: the same places as rectangles grouped by colour, a text in each, and nothing else."""

    def __init__(self, boxes: list[tuple[QRect, str, str]], size: QSize) -> None:
        super().__init__()
        ordered = sorted(boxes, key=lambda one: one[1])
        self._groups = [
            (QColor(colour), [rect for rect, _, _ in group])
            for colour, group in ((colour, list(found)) for colour, found in groupby(ordered, lambda one: one[1]))
        ]
        self._texts = [(rect.topLeft() + QPoint(6, 4), QStaticText(text)) for rect, _, text in boxes]
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
    """Several sizes of a day, each beside plain rectangles in the same places."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, theme.Scheme.LIGHT)
    rounds = 3 if stage.quick else 15
    marks: tuple[tuple[int, float | None, float | None], ...] = ((500, 8, 5), (1000, None, None), (5000, None, 22))
    made = [_whole(rounds, boxes, bar, goal) for boxes, bar, goal in marks[: 1 if stage.quick else 3]]
    return [*made, _in_window(rounds), _scrolled(rounds)]


def _day(boxes: int) -> BookDay:
    columns = [BookColumn(resource_id=f"r{number}", title=f"Ada {number}") for number in range(boxes // _VISITS)]
    opens = datetime(2026, 5, 4, 6, tzinfo=UTC)
    hours = (opens, opens + timedelta(hours=12))
    return BookDay(
        day=DAY,
        zone="Europe/Berlin",
        columns=tuple(columns),
        boxes=tuple(_box(column.resource_id, opens, visit) for column in columns for visit in range(_VISITS)),
        open_spans={column.resource_id: (hours,) for column in columns},
    )


def _box(resource: str, opens: datetime, visit: int) -> BookBox:
    starts = opens + visit * timedelta(minutes=30)
    title = f"Greta Lange {visit}"
    return BookBox(
        appointment_id=f"{resource}-{visit}",
        resource_id=resource,
        starts=starts,
        ends=starts + timedelta(minutes=30),
        title=title,
        subtitle="Cut and finish",
        spoken=f"{title}, cut and finish",
        status=("booked", "confirmed", "arrived", "completed")[visit % 4],
        colour=_COLOURS[(visit + len(resource)) % len(_COLOURS)],
    )


def _shown(boxes: int, size: QSize) -> DayBook:
    book = DayBook()
    book.resize(size)
    book.show()
    book.show_day(_day(boxes))
    _await(book)
    return book


def _whole(rounds: int, boxes: int, bar: float | None, goal: float | None) -> Figure:
    """Everything in view at once: the widget is as large as what it shows."""
    book = _shown(boxes, WINDOW)
    book.resize(QSize(book.scene.width, book.scene.height) + (book.size() - book.body().size()))
    _await(book)
    places = [(item.body, item.box.colour, item.box.title) for item in book.scene.flat]
    assert len(places) == boxes
    plain = Plain(places, book.size())
    plain.show()
    _await(plain)
    limit = figure("", "ms", _times(rounds, plain.repaint)).value
    ours = _times(rounds, lambda: _repainted(book))
    plain.close()
    book.close()
    return figure(
        f"a day with {boxes:,} appointments repainted, all in view", "ms", ours, limit=limit,
        limit_is="plain rectangles and texts", bar=bar, goal=goal,
    )  # fmt: skip


def _in_window(rounds: int) -> Figure:
    """From rows to pixels in a window of an ordinary size."""
    book, day, other = _shown(1000, WINDOW), _day(1000), _day(980)

    def show() -> None:
        book.show_day(day)
        book.viewport().repaint()

    def leave() -> None:
        book.show_day(other)
        book.viewport().repaint()

    ours = []
    for _ in range(rounds):
        leave()
        ours.append(milliseconds(show))
    book.close()
    return figure("a day with 1,000 appointments laid out and painted in a window", "ms", ours)


def _scrolled(rounds: int) -> Figure:
    """One wheel step with 1,000 appointments."""
    book = _shown(1000, WINDOW)
    bar = book.verticalScrollBar()

    def step(by: int) -> None:
        bar.setValue(bar.value() + by)
        book.viewport().repaint()

    bar.setValue(bar.maximum() // 2)
    ours = [milliseconds(step, 48 if number % 2 else -48) for number in range(rounds * 2)]
    book.close()
    return figure("a scroll step with 1,000 appointments", "ms", ours, goal=2)


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
