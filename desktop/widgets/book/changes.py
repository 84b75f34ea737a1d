"""What differs between two pictures of the same day."""

from collections.abc import Iterator, Sequence
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
    # A column that was taken over as it was has nothing to look for.
    apart = [number for number, mine in enumerate(new.placed) if mine is not old.placed[number]]
    before, after = _by_place(old, apart), _by_place(new, apart)
    for key, item in before.items():
        if after.get(key) != item:
            yield item.outer.adjusted(-1, -1, 1, 1)
    for key, item in after.items():
        if before.get(key) != item:
            yield item.outer.adjusted(-1, -1, 1, 1)


def _by_place(scene: Scene, columns: Sequence[int]) -> dict[Key, PlacedBox]:
    items = (item for number in columns for item in scene.placed[number])
    return {(*item.box.key, item.body.left(), item.body.top()): item for item in items}
