"""Small makers for the parts of a view: labels, buttons and rows with their names for screen readers."""

from collections.abc import Iterable
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QVBoxLayout,
    QWidget,
)

from desktop.models.rows import Fact
from desktop.widgets import theme
from desktop.widgets.banner import Banner
from desktop.widgets.buttons import PushButton, ToolButton
from desktop.widgets.icons import SIZE, icon

W = TypeVar("W", bound=QWidget)
S = TypeVar("S", bound=QAbstractSpinBox)


def indented(editor: S) -> S:
    """The spin box with its text away from its edge: a style sheet's padding does not reach it where it has buttons."""
    editor.lineEdit().setTextMargins(9, 0, 0, 0)
    return editor


def named(widget: W, name: str, description: str = "") -> W:
    """The widget, found and read aloud by this name."""
    widget.setObjectName(name)
    widget.setAccessibleName(name)
    if description:
        widget.setAccessibleDescription(description)
    return widget


def marked(widget: W, name: str) -> W:
    """A label found by this name; a screen reader says its text."""
    widget.setObjectName(name)
    return widget


def titled(dialog: QWidget, title: str, *shown: QLabel) -> None:
    """Call a dialog this: in its frame, for a screen reader, and in the labels that show it."""
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    for heading in shown:
        heading.setText(title)


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A plain text label with the look of a role."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def frame(role: str, content: QLayout | None = None) -> QFrame:
    """A frame with the look of a role."""
    made = QFrame()
    made.setProperty("role", role)
    if content is not None:
        made.setLayout(content)
    return made


class FittingCard(QFrame):
    """A card as high as what it holds needs at its width: words that are wrapped later on are not cut off."""

    def __init__(self, content: QLayout, width: int) -> None:
        super().__init__()
        self._content = content
        self.setProperty("role", "card")
        self.setLayout(content)
        self.setFixedWidth(width)

    def fit(self) -> None:
        """Take the height that is needed now."""
        height = height_needed(self, self._content)
        if height > 0:
            self.setFixedHeight(height)


def height_needed(widget: QWidget, content: QLayout) -> int:
    """Logical pixels that the content of a widget needs at the widget's width; not above 0 where no height is fixed."""
    widget.ensurePolished()
    content.invalidate()
    # What stands in it was measured when it was empty, and not shown.
    content.activate()
    return content.totalHeightForWidth(widget.width())


def fitting_card(content: QLayout, width: int = 420) -> FittingCard:
    """A card of a page on which one says who one is."""
    return FittingCard(content, width)


def rule() -> QFrame:
    """A thin line between two parts."""
    return frame("rule")


def column(
    *parts: QWidget | QLayout | None, space: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Parts below one another; None stretches."""
    made = QVBoxLayout()
    return _filled(made, parts, space, margins)


def row(
    *parts: QWidget | QLayout | None, space: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Parts beside one another; None stretches."""
    made = QHBoxLayout()
    return _filled(made, parts, space, margins)


L = TypeVar("L", bound=QBoxLayout)


def _filled(layout: L, parts: Iterable[QWidget | QLayout | None], space: int, margins: tuple[int, int, int, int]) -> L:
    layout.setSpacing(space)
    layout.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout


def field(text: str, editor: QWidget) -> QVBoxLayout:
    """An editor under its label; the label's mnemonic and reader's relation lead to the editor."""
    above = label(text, "caption")
    above.setBuddy(editor)
    return column(above, editor, space=4)


def inset(banner: Banner) -> Banner:
    """A banner that stands inside a panel or card, with its round corners."""
    banner.setProperty("inset", True)
    return banner


def part(content: QLayout) -> QWidget:
    """A layout as a widget, which can be hidden."""
    made = QWidget()
    made.setLayout(content)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if inner is not None:
            clear(inner)
            continue
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        # It belongs to whoever takes it out, and neither Qt nor the binding would ever free it.
        shiboken6.delete(item)


def show_facts(into: QBoxLayout, facts: Iterable[Fact]) -> None:
    """Replace the lines of a layout: each fact under its label."""
    clear(into)
    for fact in facts:
        text = label(fact.text, wrap=True)
        text.setAccessibleName(f"{fact.label}: {fact.text}")
        caption = label(fact.label, "caption")
        into.addLayout(column(caption, text, space=1))
        if into.parentWidget() is not None:
            # On a page that is open they would count as nothing until the next turn of the loop.
            caption.show()
            text.show()


class Button(PushButton):
    """A push button whose icon follows the theme."""

    def __init__(self, text: str, *, kind: str = "", icon_name: str = "", tint: str = "") -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self._icon, self._tint = icon_name, tint
        self.setAutoDefault(False)
        self._dress()
        named(self, text.replace("&", ""))

    def say(self, text: str, why_not: str = "") -> None:
        """Read otherwise from now on; `why_not` is what a screen reader says of it besides."""
        self.setText(text)
        named(self, text, why_not)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        if self._icon:
            self.setIcon(icon(self._icon, getattr(theme.tokens(), self._tint) if self._tint else ""))
            self.setIconSize(QSize(SIZE - 2, SIZE - 2))


class IconButton(ToolButton):
    """A button that is only an icon; its name is its tooltip and what a screen reader says."""

    def __init__(self, icon_name: str, name: str) -> None:
        super().__init__()
        self._icon = icon_name
        self.setIconSize(QSize(SIZE, SIZE))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        named(self, name)
        self.setToolTip(name)
        self._dress()

    def set_icon(self, icon_name: str) -> None:
        self._icon = icon_name
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        self.setIcon(icon(self._icon))


class IconLabel(QLabel):
    """An icon that only accompanies a text."""

    def __init__(self, icon_name: str, *, size: int = SIZE, tint: str = "") -> None:
        super().__init__()
        self._icon, self._size, self._tint = icon_name, size, tint
        self.setFixedSize(size, size)
        self._dress()

    def set_icon(self, icon_name: str, tint: str = "") -> None:
        self._icon, self._tint = icon_name, tint
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        colour = getattr(theme.tokens(), self._tint) if self._tint else ""
        self.setPixmap(icon(self._icon, colour).pixmap(QSize(self._size, self._size)))
