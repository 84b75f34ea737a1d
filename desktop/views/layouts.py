"""What a layout holds, without its items.

Qt deletes an item with its widget and tells nobody. The binding keeps a wrapper of every item that was asked for, as
long as the layout lives, and takes the next object of Qt's at that address for the item, whatever it is: the line of an
editor, a dialog. So nobody asks a layout for its items.
"""

from typing import cast

from PySide6.QtWidgets import QGridLayout, QLayout, QWidget


def held_by(layout: QLayout) -> list[QWidget | QLayout]:
    """The widgets and layouts directly in `layout`, in its order; those of a grid line by line, however it was filled.

    Nothing of a layout that is on no widget yet: what is in it belongs to none either.
    """
    placed: list[tuple[int, QWidget | QLayout]] = []
    around = layout.parentWidget()
    for one in (*layout.children(), *(around.children() if around is not None else ())):
        if isinstance(one, QLayout | QWidget) and (place := layout.indexOf(one)) >= 0:
            placed.append((place, one))
    if isinstance(layout, QGridLayout):
        # The row, then the column.
        placed.sort(key=lambda found: cast(tuple[int, int, int, int], layout.getItemPosition(found[0]))[:2])
        return [one for _, one in placed]
    return [one for _, one in sorted(placed, key=lambda found: found[0])]


def widgets_in(layout: QLayout) -> list[QWidget]:
    """The widgets directly in a layout, in its order."""
    return [one for one in held_by(layout) if isinstance(one, QWidget)]
