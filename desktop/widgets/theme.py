"""The look: Fusion, a palette and a small style sheet made from the tokens, switched while the application runs.

Views choose looks by two properties: `kind` of a button (`primary`, `quiet`, `danger`, `link`; without one the plain
button) and `role` of a label or frame (`display`, `heading`, `title`, `strong`, `muted`, `caption`, `error`; `card`,
`bar`, `side`, `rule`). A field whose content is wrong has `invalid` set to `true`.
"""

from enum import StrEnum
from typing import Final
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from desktop.widgets.style_sheet import style_sheet
from desktop.widgets.tokens import RESOURCES, TYPE, Tokens, load

FAMILIES = ["Inter", "Segoe UI", "SF Pro Text", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "sans-serif"]
"""What text is set in: the font that comes with the product, then what the systems have."""


class Scheme(StrEnum):
    """What a person can choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"


_DRESSED: Final[WeakSet[QWidget]] = WeakSet()
"""The windows that wear the style sheet."""


class _Look:
    """What is in force. One application has one look, so that painted widgets need not be told."""

    tokens: Tokens = load("light")
    scheme: Scheme = Scheme.SYSTEM
    scale: float = 1.0
    worn: tuple[str, float] | None = None
    """The tokens by name, and the scale, that the application is dressed in."""


def tokens() -> Tokens:
    """The tokens now in force. A painted widget asks again at each `PaletteChange`."""
    return _Look.tokens


def scheme() -> Scheme:
    """What was chosen last."""
    return _Look.scheme


def text_scale() -> float:
    """How much larger than designed text is set."""
    return _Look.scale


def apply(app: QApplication, chosen: Scheme = Scheme.SYSTEM, scale: float = 1.0) -> None:
    """Give the application its look and each of its windows; called again it changes the look at once."""
    _Look.scheme, _Look.scale = chosen, scale
    if _Look.worn is None:
        _load_fonts()
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(_follow_system)
    _dress(app)


def dress(window: QWidget) -> None:
    """Let a window, and whatever is in it or belongs to it, wear the style sheet: this one, and each that comes later.

    Windows wear it and the application does not: Qt would polish every widget anew each time a layout takes it in, and
    those of pages that nobody sees.
    """
    _DRESSED.add(window)
    window.setStyleSheet(style_sheet(tokens(), text_scale()))


def font(size: int = TYPE.body, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The product's font at a type size of the tokens, times the text scale."""
    chosen = QFont(FAMILIES)
    chosen.setPixelSize(max(1, round(size * text_scale())))
    chosen.setWeight(weight)
    chosen.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    chosen.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    return chosen


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and let it look again."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _follow_system() -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and scheme() is Scheme.SYSTEM:
        _dress(app)


def _dress(app: QApplication) -> None:
    look = _resolved(app), _Look.scale
    if look == _Look.worn:
        # Every widget there is would be polished anew.
        return
    _Look.worn = look
    chosen = _Look.tokens = load(look[0])
    app.setFont(font())
    app.setPalette(_palette(chosen))
    for window in tuple(_DRESSED):
        if shiboken6.isValid(window):
            dress(window)


def _resolved(app: QApplication) -> str:
    chosen = scheme()
    if chosen is not Scheme.SYSTEM:
        return chosen.value
    hints = app.styleHints()
    if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
        return Scheme.HIGH_CONTRAST.value
    return (Scheme.DARK if hints.colorScheme() == Qt.ColorScheme.Dark else Scheme.LIGHT).value


def _load_fonts() -> None:
    for path in sorted((RESOURCES / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def _palette(t: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for where, colour in {
        role.Window: t.canvas, role.WindowText: t.text, role.Base: t.surface, role.AlternateBase: t.sunken,
        role.Text: t.text, role.PlaceholderText: t.text_faint, role.Button: t.surface, role.ButtonText: t.text,
        role.BrightText: t.danger_text, role.Highlight: t.accent, role.HighlightedText: t.accent_text,
        role.Accent: t.accent, role.Link: t.accent_soft_text, role.LinkVisited: t.accent_soft_text,
        role.ToolTipBase: t.tip, role.ToolTipText: t.tip_text, role.Light: t.raised, role.Midlight: t.hover,
        role.Mid: t.line_strong, role.Dark: t.line_strong, role.Shadow: t.line_strong,
    }.items():  # fmt: skip
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(t.text_faint))
    return palette
