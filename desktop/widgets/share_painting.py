"""Paints the cells of a table as shares of a whole: as bars, or as more or less of a colour."""

from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.widgets import theme
from desktop.widgets.colours import contrast, mixed
from desktop.widgets.tokens import RADIUS, TYPE, Tokens

Index = QModelIndex | QPersistentModelIndex
SHARE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The role of a cell's share, 0 to 1; None where there is nothing to have a share of."""
_BAR: Final = 10
_PALEST: Final = 0.06
_DEEPEST: Final = 0.75
"""How much of the accent is in a full cell: with more neither a dark nor a light text could be read on all of them."""


class BarPainter(QStyledItemDelegate):
    """Draws a bar as long as the share of its cell, on a track as long as the cell."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        share = index.data(SHARE)
        if share is None:
            return
        tokens, cell = theme.tokens(), QRectF(option.rect)
        track = QRectF(cell.left() + 4, cell.center().y() - _BAR / 2, cell.width() - 8, _BAR)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.sunken))
        painter.drawRoundedRect(track, RADIUS.s, RADIUS.s)
        if share > 0:
            painter.setBrush(QColor(tokens.accent))
            track.setWidth(max(2.0, track.width() * min(1.0, share)))
            painter.drawRoundedRect(track, RADIUS.s, RADIUS.s)
        painter.restore()


class HeatPainter(QStyledItemDelegate):
    """Fills a cell with more of the accent the larger its share is, and writes its text over it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, share = theme.tokens(), index.data(SHARE)
        ground = heat_of(share, tokens)
        cell = QRectF(option.rect).adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(ground))
        # What has the focus is not told by the depth of a colour.
        chosen = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(tokens.focus), 2) if chosen else QPen(Qt.PenStyle.NoPen))
        painter.drawRoundedRect(cell, RADIUS.s, RADIUS.s)
        painter.setFont(theme.font(TYPE.small))
        painter.setPen(QColor(text_on(ground, tokens)))
        painter.drawText(cell, int(Qt.AlignmentFlag.AlignCenter), str(index.data() or ""))
        painter.restore()


def heat_of(share: float | None, tokens: Tokens) -> str:
    """The ground of a share."""
    if share is None:
        return tokens.closed
    return mixed(tokens.accent, tokens.surface, _PALEST + (_DEEPEST - _PALEST) * max(0.0, min(1.0, share)))


def text_on(ground: str, tokens: Tokens) -> str:
    """The colour of the theme in which text is read best on a ground."""
    return max((tokens.text, tokens.accent_text, tokens.canvas), key=partial(contrast, ground))
