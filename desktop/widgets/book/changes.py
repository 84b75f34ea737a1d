"""What differs between two pictures of the same day."""

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QRect

from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene

Key = tuple[object, ...]


def same_frame(old: Scene, new: Scene) -> bool:
    """Whether everything but the bookings and the time of now lies where it lay."""
    a, b = old.day, new.day
    rows_apart = replace(a, boxes=b.boxes, now=b.now) == b
    return rows_apart and (old.width, old.height) == (new.width, new.height)


def differing(old: Scene, new: Scene) -> Iterator[QRect]:
    """The areas of all bookings that came, went, moved or look different."""
    before, after = _by_place(old), _by_place(new)
    for key, item in before.items():
        if after.get(key) != item:
            yield item.outer.adjusted(-1, -1, 1, 1)
    for key, item in after.items():
        if before.get(key) != item:
            yield item.outer.adjusted(-1, -1, 1, 1)


def _by_place(scene: Scene) -> dict[Key, PlacedBox]:
    return {(*item.box.key, item.body.left(), item.body.top()): item for item in scene.flat}
