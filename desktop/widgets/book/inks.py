"""The colours, pens, fonts and prepared texts with which the book is painted, made once for each theme."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen, QPixmap, QStaticText

from desktop.widgets import theme
from desktop.widgets.colours import contrast, mixed
from desktop.widgets.tokens import TYPE, Tokens

NO_FILL = frozenset({"cancelled", "declined", "expired", "no_show"})
"""Statuses that hold nothing any more: an outline with the name struck through."""

FADED = frozenset({"completed"})

STATUS_ICONS = {
    "requested": "question",
    "confirmed": "check",
    "arrived": "arrived",
    "in_service": "play",
    "completed": "check-double",
    "declined": "close",
    "expired": "clock",
    "cancelled": "close",
    "no_show": "slash",
}
"""The shape of each status. A plain booking has none: it is what all others are told from."""

_MAX_TEXTS = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """How one box is drawn."""

    fill: QBrush
    edge: QPen
    stripe: QBrush
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AvatarInk:
    """How the badge of a column is drawn."""

    fill: QBrush
    edge: QPen
    text: QColor


class Look(NamedTuple):
    """All that the body of a box looks like depends on; lengths are in logical pixels."""

    colour: str
    status: str
    pending: bool
    refused: bool
    width: int
    height: int
    ratio: float


class Inks:
    """All inks of one theme."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        bold = QFont.Weight.DemiBold
        self.title = theme.font(TYPE.small, bold)
        self.small = theme.font(TYPE.caption)
        self.small_medium = theme.font(TYPE.caption, QFont.Weight.Medium)
        self.head = theme.font(TYPE.body, bold)
        fonts = (self.title, self.small, self.small_medium, self.head)
        self.metrics = {id(font): QFontMetricsF(font) for font in fonts}
        self._heights = {key: round(metrics.height()) for key, metrics in self.metrics.items()}
        self._inks: dict[tuple[str, str], Ink] = {}
        self._avatars: dict[str, AvatarInk] = {}
        self._texts: dict[tuple[str, int, int], QStaticText] = {}
        self._advances: dict[tuple[str, int], int] = {}
        self._colours: dict[str, QColor] = {}
        self.bodies: dict[Look, QPixmap] = {}

    def colour(self, token: str) -> QColor:
        """The colour of a token, or of a `#rrggbb` text."""
        if token not in self._colours:
            self._colours[token] = QColor(token if token.startswith("#") else getattr(self.tokens, token))
        return self._colours[token]

    def pen(self, token: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        return QPen(self.colour(token), width, style)

    def box(self, colour: str, status: str) -> Ink:
        """The ink for a data colour and a status."""
        key = (colour, status)
        if key not in self._inks:
            self._inks[key] = self._box(colour if _is_colour(colour) else self.tokens.box, status)
        return self._inks[key]

    def avatar(self, colour: str) -> AvatarInk:
        """The ink for the badge of a column with a data colour."""
        if colour not in self._avatars:
            self._avatars[colour] = self._avatar(colour)
        return self._avatars[colour]

    def _avatar(self, colour: str) -> AvatarInk:
        t = self.tokens
        fill, tinted = mixed(colour, t.surface, min(0.5, t.tint * 1.4)), mixed(colour, t.text, 0.55)
        return AvatarInk(
            fill=QBrush(QColor(fill)),
            edge=QPen(QColor(mixed(colour, t.surface, t.tint_line)), 1.0),
            text=QColor(t.text if contrast(tinted, fill) < 4.5 else tinted),
        )

    def _box(self, colour: str, status: str) -> Ink:
        t = self.tokens
        share = {"in_service": t.tint * 2, "arrived": t.tint * 1.4, "completed": t.tint * 0.45}.get(status, t.tint)
        hollow = status in NO_FILL
        fill = t.surface if hollow or status == "requested" else self._legible(colour, min(0.5, share))
        edge = t.line_strong if hollow else mixed(colour, t.surface, t.tint_line if status not in FADED else t.tint)
        dashed = status == "requested" or hollow
        pen = QPen(QColor(edge), 1.0, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
        stripe = mixed(colour, t.surface, 0.45) if hollow or status in FADED else colour
        return Ink(fill=QBrush(QColor(fill)), edge=pen, stripe=QBrush(QColor(stripe)), dashed=dashed)

    def _legible(self, colour: str, share: float) -> str:
        # Tenants choose any colour: less of it is taken until the second line of text keeps 4.5:1 on it.
        while share > 0.02 and contrast(self.tokens.text_muted, mixed(colour, self.tokens.surface, share)) < 4.5:
            share -= 0.02
        return mixed(colour, self.tokens.surface, share)

    def text(self, words: str, font: QFont, width: int) -> QStaticText:
        """The words prepared in this font and cut with an ellipsis at a width."""
        key = (words, id(font), width)
        made = self._texts.get(key)
        if made is None:
            if len(self._texts) > _MAX_TEXTS:
                self._texts.clear()
            made = QStaticText(self.metrics[id(font)].elidedText(words, Qt.TextElideMode.ElideRight, width))
            made.setTextFormat(Qt.TextFormat.PlainText)
            # Without this its size is that of another font, and each call lays it out again.
            made.prepare(font=font)
            self._texts[key] = made
        return made

    def advance(self, words: str, font: QFont) -> int:
        """How wide the words are in this font, in logical pixels."""
        key = (words, id(font))
        if key not in self._advances:
            if len(self._advances) > _MAX_TEXTS:
                self._advances.clear()
            self._advances[key] = round(self.metrics[id(font)].horizontalAdvance(words))
        return self._advances[key]

    def line_height(self, font: QFont) -> int:
        return self._heights[id(font)]


def _is_colour(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and QColor.isValidColorName(text)


@cache
def inks(tokens: Tokens, scale: float) -> Inks:
    """The inks of a theme at a text scale."""
    return Inks(tokens)


def current() -> Inks:
    """The inks of the theme in force."""
    return inks(theme.tokens(), theme.text_scale())
