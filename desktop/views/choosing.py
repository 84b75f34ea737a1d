"""What a box offers, and which of it is chosen."""

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QComboBox

from desktop.models.rows import Choice


def choose(box: QComboBox, wanted: object) -> None:
    """Let the entry with this id be chosen, the first where none has it."""
    box.setCurrentIndex(max(0, box.findData(wanted)))


def offer(box: QComboBox, choices: Iterable[Choice], wanted: object) -> None:
    """Offer these in place of those before, with `wanted` chosen."""
    box.clear()
    for one in choices:
        box.addItem(one.text, one.id)
    choose(box, wanted)


def offer_several(box: QComboBox, choices: Sequence[Choice], wanted: object) -> None:
    """The same, in a box that is there only where there is more than one to choose from."""
    offer(box, choices, wanted)
    box.setVisible(len(choices) > 1)
