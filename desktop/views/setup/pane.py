"""A list at the left with what adds to it, and the form of what is chosen beside it."""

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from desktop.views.build import Button, column, frame, row

LIST_WIDTH = 256


def two_panes(new: Button, listing: QWidget, archived: QCheckBox, form: QWidget, *more: QWidget) -> QHBoxLayout:
    """The two beside one another; `more` stands under the button that adds."""
    left = frame("nav", column(new, *more, listing, archived, space=8, margins=(10, 12, 10, 12)))
    left.setFixedWidth(LIST_WIDTH)
    beside = row(left, form, space=0)
    beside.setStretch(1, 1)
    return beside
