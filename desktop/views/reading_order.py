"""Tab goes as the eye does: through what is laid out, in the order of the layouts, whenever it was made."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCalendarWidget,
    QComboBox,
    QLayout,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from desktop.views.layouts import held_by
from desktop.widgets.search_box import SearchBox


def arrange(root: QWidget) -> list[QWidget]:
    """Put what Tab stops at in `root`, as it is shown now, into the order in which it is laid out, and give it.

    Qt goes by the time at which each part was made: what is made anew, such as the next steps of a visit, comes after
    everything else in the window.
    """
    stops = list(_stops(root))
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)
    return stops


def _led_to(focused: QWidget | None, stops: Sequence[QWidget]) -> QWidget | None:
    """Where Tab leads from `focused` where Qt would lead elsewhere; None where it would not.

    From the last stop on Qt goes through all that is no stop, and enters the first part there that stands in for
    another: the box of a search, say. What comes before that one in the window would never be reached.
    """
    if focused is None or not _is_stop(focused):
        return _first_in(focused)
    usable = [one for one in stops if one.isEnabled() and one.isVisible()]
    return usable[0] if usable and focused is usable[-1] else None


def _first_in(part: QWidget | None) -> QWidget | None:
    """Where Tab leads from a page or panel that has the focus itself: Qt would go by when that was made."""
    if part is None or _is_stop(part):
        return None
    return next((one for one in _stops(part) if one.isEnabled() and one.isVisible()), None)


def stands_in(part: QWidget) -> bool:
    """Whether another takes the focus that is given to it: the part around it, or the one within.

    Qt would say so, by `focusProxy`. But the binding takes what a method returns for a part of what was asked: an area
    for a part of its own page. Nothing holds the two then, and the next search for garbage takes a page in use apart.
    """
    around = part.parentWidget()
    if isinstance(around, QAbstractScrollArea):
        return around.viewport() is part
    return isinstance(part, SearchBox | QCalendarWidget) or (
        isinstance(part, QLineEdit) and isinstance(around, QAbstractSpinBox | QComboBox)
    )


def _is_stop(part: QWidget) -> bool:
    # What only stands in for the part around it, such as the line of an editable choice, is reached through that.
    return part.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus and not stands_in(part)


def _stops(part: QWidget) -> Iterator[QWidget]:
    if _is_stop(part):
        yield part
    for inner in _inside(part):
        if not inner.isHidden():
            yield from _stops(inner)


def _inside(part: QWidget) -> Iterator[QWidget]:
    """The parts of a part: first what is laid out, then what lies over it, such as a message."""
    laid = list(_laid(part.layout()))
    seen = set(laid)
    if isinstance(part, QScrollArea) and (page := part.widget()) is not None:
        laid.append(page)
        # The page lies in it.
        seen.add(part.viewport())
    yield from laid
    for child in part.children():
        if isinstance(child, QWidget) and not child.isWindow() and child not in seen:
            yield child


def _laid(layout: QLayout | None) -> Iterator[QWidget]:
    for one in held_by(layout) if layout is not None else ():
        if isinstance(one, QLayout):
            yield from _laid(one)
        else:
            yield one


class InReadingOrder:
    """A window in which Tab goes as the eye does; stands before the class of Qt."""

    def focusNextPrevChild(self, on: bool) -> bool:  # noqa: FBT001 - as Qt calls it
        window = cast(QWidget, self)
        stops = arrange(window)
        led_to = _led_to(window.focusWidget(), stops) if on else None
        if led_to is None:
            return bool(super().focusNextPrevChild(on))  # type: ignore[misc]
        led_to.setFocus(Qt.FocusReason.TabFocusReason)
        return True
