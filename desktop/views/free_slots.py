"""The next free starts, to be chosen from."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, clear, column, label, named
from desktop.views.layouts import widgets_in

SLOT_WIDTH = 276
"""Logical pixels that the words of a free slot may take, a scroll bar beside them."""


class FreeSlots(QWidget):
    """A button for each start; hidden where there is none."""

    chosen = Signal(str)
    """The id of one of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.offered: tuple[Choice, ...] = ()
        self._chips = QVBoxLayout()
        self._chips.setSpacing(6)
        self.setLayout(column(label("Next free", "caption"), self._chips, space=4))
        self.hide()

    def show_slots(self, slots: tuple[Choice, ...]) -> None:
        """Offer these, the next one first."""
        self.offered = slots
        clear(self._chips)
        for place, slot in enumerate(slots):
            chip = Button("", kind="slot")
            chip.setText(chip.fontMetrics().elidedText(slot.text, Qt.TextElideMode.ElideRight, SLOT_WIDTH))
            named(chip, f"Next free: {slot.detail or slot.text}")
            chip.setToolTip(f"{slot.detail} (Alt+{place + 1})".lstrip())
            chip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            chip.clicked.connect(lambda _=False, chosen=slot.id: self.chosen.emit(chosen))
            self._chips.addWidget(chip)
        self.setVisible(bool(slots))

    @property
    def first(self) -> QWidget | None:
        """The button of the next one."""
        return next(iter(widgets_in(self._chips)), None)
