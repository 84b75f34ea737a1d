"""What is painted for each box of a layout, worked out once: its picture, and its texts with their places."""

from typing import NamedTuple

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPixmap

from desktop.widgets.book.box_picture import body_picture
from desktop.widgets.book.box_text import Written, written
from desktop.widgets.book.inks import Inks, Look
from desktop.widgets.book.layout import PlacedBox
from desktop.widgets.book.scene import Scene


class Drawn(NamedTuple):
    """One box, ready to be painted in content coordinates."""

    at: QPoint
    picture: QPixmap
    text: Written


class Plan:
    """The boxes of one scene in one theme on a screen of one ratio; each is worked out when it is first asked for."""

    def __init__(self, scene: Scene, inks: Inks, ratio: float) -> None:
        self.scene, self.inks, self.ratio = scene, inks, ratio
        self._drawn: dict[int, Drawn] = {}

    def is_for(self, scene: Scene, inks: Inks, ratio: float) -> bool:
        return self.scene is scene and self.inks is inks and self.ratio == ratio

    def drawn(self, item: PlacedBox) -> Drawn:
        """How a box of the scene is drawn."""
        # By identity: the scene keeps its boxes for as long as the plan keeps the scene.
        found = self._drawn.get(id(item))
        if found is None:
            found = self._drawn[id(item)] = self._draw(item)
        return found

    def _draw(self, item: PlacedBox) -> Drawn:
        body, box = item.body, item.box
        look = Look(box.colour, box.status, box.pending, box.refused, body.width(), body.height(), self.ratio)
        return Drawn(body.topLeft(), body_picture(look, self.inks), written(item, self.scene, self.inks))
