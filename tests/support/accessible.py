"""What a screen reader, or a program that reads the screen, finds in the application."""

from collections.abc import Iterator

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QApplication


def everything_said(app: QApplication) -> str:
    """Every name, value and description in the tree, of what is hidden, too."""
    return "\n".join(_texts(QAccessible.queryAccessibleInterface(app)))


def _texts(node: QAccessibleInterface | None) -> Iterator[str]:
    if node is None or not node.isValid():
        return
    for kind in (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description):
        if told := node.text(kind):
            yield told
    for place in range(node.childCount()):
        yield from _texts(node.child(place))
