"""The grid and the bookings as a picture of what is visible: only what changed is painted again, the rest is copied."""

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from desktop.widgets.book.box_painting import paint_boxes
from desktop.widgets.book.grid_painting import paint_grid
from desktop.widgets.book.inks import Inks
from desktop.widgets.book.plan import Plan
from desktop.widgets.book.scene import Scene

_MANY = 12


class Surface:
    """A picture of the book's body; rectangles are in logical pixels, (0, 0) is the body's top left corner."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._stale = QRegion()
        self._size = QSize()
        self._ratio = 0.0
        self._plan: Plan | None = None

    def fit(self, size: QSize, ratio: float) -> None:
        """Have this size in logical pixels on a screen of this ratio; a new size paints everything again."""
        if size == self._size and ratio == self._ratio:
            return
        self._size, self._ratio = size, ratio
        self._picture = QPixmap(size * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self.spoil()

    def spoil(self, area: QRect | None = None) -> None:
        """Note that an area, or everything, is no longer what it should show."""
        whole = QRect(QPoint(), self._size)
        self._stale += whole if area is None else area & whole

    def scroll(self, dx: int, dy: int) -> None:
        """Move the picture; what comes into view is painted at the next refresh."""
        device_x, device_y = dx * self._ratio, dy * self._ratio
        if self._picture.isNull() or device_x % 1 or device_y % 1 or abs(dy) >= self._size.height():
            self.spoil()
            return
        self._picture.scroll(int(device_x), int(device_y), self._picture.rect())
        whole = QRegion(QRect(QPoint(), self._size))
        self._stale = self._stale.translated(dx, dy) & whole
        self._stale += whole - whole.translated(dx, dy)

    def refresh(self, scene: Scene, offset: QPoint, inks: Inks) -> None:
        """Paint what is stale; `offset` is the content's point at the body's top left corner."""
        if self._stale.isEmpty() or self._picture.isNull():
            return
        many = self._stale.rectCount() > _MANY
        rects = [self._stale.boundingRect()] if many else list(cast(Iterable[QRect], self._stale))
        self._stale = QRegion()
        plan = self._planned(scene, inks)
        painter = QPainter(self._picture)
        for rect in rects:
            area = QRect(rect).translated(offset)
            painter.save()
            painter.setClipRect(rect)
            painter.translate(-offset)
            paint_grid(painter, scene, area, inks)
            paint_boxes(painter, plan, scene.boxes_in(area))
            painter.restore()
        painter.end()

    def _planned(self, scene: Scene, inks: Inks) -> Plan:
        if self._plan is None or not self._plan.is_for(scene, inks, self._ratio):
            self._plan = Plan(scene, inks, self._ratio)
        return self._plan

    def copy_to(self, painter: QPainter, area: QRect, at: QPoint) -> None:
        """Copy an area of the picture to the point `at`."""
        ratio = self._ratio
        source = QRect(QPoint(int(area.x() * ratio), int(area.y() * ratio)), area.size() * ratio)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawPixmap(QRect(at, area.size()), self._picture, source)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
