"""The scrolling, painted ground of the book: what is visible and what has to be painted again."""

from datetime import date, datetime

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from desktop.widgets import theme
from desktop.widgets.book import frame_painting, overlay_painting
from desktop.widgets.book.clock_words import time_words
from desktop.widgets.book.frame_painting import AXIS, HEADER
from desktop.widgets.book.gestures import Ghost
from desktop.widgets.book.inks import Inks, current
from desktop.widgets.book.keyboard import Target
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.overlay_painting import MARGIN, Verdict, ghost_area
from desktop.widgets.book.scene import Scene, Slot
from desktop.widgets.book.surface import Surface
from desktop.widgets.book_rows import BookDay

_BESIDE = 24
"""Pixels of closed time that a page shows beside the open hours."""
_NO_DAY = BookDay(day=date(2000, 1, 3), zone="UTC")


class BookCanvas(QAbstractScrollArea):
    """Paints a scene. Only dirty rectangles are painted; the grid and the bookings come from a kept picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene(_NO_DAY, 0)
        self.cursor_target: Target | None = None
        self.ghost: Ghost | None = None
        self.verdict = Verdict()
        self.hovered: tuple[PlacedBox | None, Slot | None] = (None, None)
        self.selected_id: str | None = None
        self._keyed = False
        self._surface = Surface()
        self._placed_first = False
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setMinimumSize(AXIS + 160, HEADER + 120)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.setSingleStep(24)

    def body(self) -> QRect:
        """The part of the viewport that scrolls."""
        return self.viewport().rect().adjusted(AXIS, HEADER, 0, 0)

    def offset(self) -> QPoint:
        """The content's point at the body's top left corner."""
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def to_content(self, point: QPoint) -> QPoint:
        return point - self.body().topLeft() + self.offset()

    def to_viewport(self, area: QRect) -> QRect:
        return area.translated(self.body().topLeft() - self.offset())

    def inks(self) -> Inks:
        return current()

    def target_rect(self) -> QRect:
        """Where the cursor is, in content coordinates; empty where there is none."""
        if isinstance(self.cursor_target, Slot):
            return self.scene.slot_rect(self.cursor_target)
        if self.cursor_target is None:
            return QRect()
        key = self.cursor_target.key
        return next((item.body for item in self.scene.boxes_of(key[0]) if item.box.key == key), QRect())

    def show_rect(self, area: QRect, *, gently: bool = False) -> None:
        """Scroll until an area of the content is visible; `gently` only where nothing of it is."""
        seen = QRect(self.offset(), self.body().size())
        if area.isEmpty() or (gently and seen.intersects(area)):
            return
        for bar, low, high, begin, end in (
            (self.horizontalScrollBar(), seen.left(), seen.right(), area.left() - 8, area.right() + 8),
            (self.verticalScrollBar(), seen.top(), seen.bottom(), area.top() - 24, area.bottom() + 24),
        ):
            if begin < low:
                bar.setValue(begin)
            elif end > high:
                bar.setValue(min(begin, bar.value() + end - high))

    # What has to be painted again

    def spoil(self, area: QRect) -> None:
        """The grid or the bookings of an area of the content have changed."""
        self._surface.spoil(area.translated(-self.offset()))
        self._update(area)

    def relaid(self) -> None:
        """Everything has changed."""
        self._surface.spoil()
        self._set_ranges()
        self.viewport().update()

    def update_target(self) -> None:
        rects = [item.body for item in self.scene.boxes_of(self.selected_id)] if self.selected_id else []
        for area in (*rects, self.target_rect()):
            self._update(area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN))

    def update_ghost(self) -> None:
        if self.ghost:
            for area in ghost_area(self.scene, self.ghost, self.verdict, self.inks()):
                self._update(area)

    def update_hover(self) -> None:
        box, slot = self.hovered
        area = box.body if box else self.scene.slot_rect(slot) if slot else QRect()
        self._update(area)

    def update_now(self, *moments: datetime | None) -> None:
        """The now-line and its label, where it was and where it is."""
        for moment in moments:
            line = self.scene.now_line(moment)
            if not line.isEmpty():
                y = self.to_viewport(line).bottom()
                self.viewport().update(0, y - 14, self.viewport().width(), 28)
                # The hours around the label come and go with it.
                self.viewport().update(0, y - 28, AXIS, 56)

    def _update(self, area: QRect) -> None:
        if not area.isEmpty():
            self.viewport().update(self.to_viewport(area) & self.body())

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lay_out(self.scene.day)

    def lay_out(self, day: BookDay) -> None:
        """Lay a day out for the present width and paint all of it."""
        self.scene = Scene(day, self.body().width(), theme.text_scale(), before=self.scene)
        # What lay under the pointer lies elsewhere now.
        self.hovered = (None, None)
        self.relaid()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.lay_out(self.scene.day)

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio, inks, body = self.viewport().devicePixelRatioF(), self.inks(), self.body()
        self._surface.fit(body.size(), ratio)
        self._surface.refresh(self.scene, self.offset(), inks)
        area = event.rect()
        painter = QPainter(self.viewport())
        if area.intersects(body):
            part = area & body
            self._surface.copy_to(painter, part.translated(-body.topLeft()), part.topLeft())
            painter.save()
            painter.setClipRect(part)
            painter.translate(body.topLeft() - self.offset())
            self._paint_overlays(painter, part.translated(self.offset() - body.topLeft()))
            painter.restore()
        if area.top() < HEADER:
            frame_painting.paint_header(painter, self.scene, self.offset(), self.viewport().width(), inks)
        if area.left() < AXIS and area.bottom() >= HEADER:
            self._paint_axis(painter)
        painter.end()

    def _paint_overlays(self, painter: QPainter, area: QRect) -> None:
        inks = self.inks()
        overlay_painting.paint_hover(painter, self.scene, *self.hovered, inks)
        overlay_painting.paint_now(painter, self.scene, area, inks)
        chosen = self.scene.boxes_of(self.selected_id) if self.selected_id else []
        ring = self.target_rect() if self._keyed and self.hasFocus() else QRect()
        overlay_painting.paint_rings(painter, chosen, ring, inks)
        if self.ghost:
            overlay_painting.paint_ghost(painter, self.scene, self.ghost, self.verdict, inks)

    def _paint_axis(self, painter: QPainter) -> None:
        area = QRect(0, HEADER, AXIS, self.viewport().height() - HEADER)
        inks, now = self.inks(), self.scene.day.now
        line = self.scene.now_line(now)
        y = self.to_viewport(line).bottom()
        if now is None or line.isEmpty() or y < HEADER:
            frame_painting.paint_axis(painter, self.scene, self.offset(), area, inks)
            return
        words = time_words(now, self.scene.axis, self.scene.day.locale)
        label = frame_painting.now_label_rect(words, y, inks)
        frame_painting.paint_axis(painter, self.scene, self.offset(), area, inks, without=label)
        painter.setClipRect(area)
        frame_painting.paint_now_label(painter, words, label, inks)

    # Scrolling

    def _set_ranges(self) -> None:
        body = self.body()
        for bar, size, page in (
            (self.horizontalScrollBar(), self.scene.width, body.width()),
            (self.verticalScrollBar(), self.scene.height, body.height()),
        ):
            bar.setRange(0, max(0, size - page))
            bar.setPageStep(page)
        if not self._placed_first and self.scene.day.columns and self.isVisible():
            self._placed_first = True
            self.verticalScrollBar().setValue(self._first_view())

    def _first_view(self) -> int:
        # Now stands a third down the page, as long as the page shows open hours: from just above the first on another
        # day and before the opening, to just below the last after closing time.
        line, page = self.scene.now_line(self.scene.day.now), self.body().height()
        opens, closes = self.scene.open_heights()
        first, last = opens - _BESIDE, closes + _BESIDE - page
        return first if line.isEmpty() else max(first, min(last, line.bottom() - page // 3))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._surface.scroll(dx, dy)
        # Scrolled down the heads stay what they are, scrolled sideways the hours do.
        self.viewport().update(self.viewport().rect().adjusted(0 if dy else AXIS, 0 if dx else HEADER, 0, 0))
