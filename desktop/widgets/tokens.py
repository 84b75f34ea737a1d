"""The colours, distances and type sizes of each theme, read from the one token file."""

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

RESOURCES = Path(__file__).parent.parent / "resources"

TEXT_PAIRS = (
    ("text", "canvas"), ("text", "surface"), ("text", "raised"), ("text", "sunken"), ("text", "hover"),
    ("text", "pressed"), ("text", "closed"), ("text", "accent_soft"), ("text", "warning_soft"), ("text", "danger_soft"),
    ("text", "success_soft"), ("text_muted", "canvas"), ("text_muted", "surface"), ("text_muted", "raised"),
    ("text_muted", "sunken"), ("text_muted", "hover"), ("text_muted", "closed"), ("text_faint", "canvas"),
    ("text_faint", "surface"), ("text_faint", "raised"), ("text_faint", "sunken"), ("text_faint", "closed"),
    ("accent_text", "accent"), ("accent_text", "accent_hover"), ("accent_text", "accent_pressed"),
    ("accent_soft_text", "accent_soft"), ("accent_soft_text", "surface"), ("accent_soft_text", "canvas"),
    ("success_soft_text", "success_soft"), ("warning_soft_text", "warning_soft"), ("danger_soft_text", "danger_soft"),
    ("danger_soft_text", "surface"), ("danger_text", "danger"), ("danger_text", "danger_hover"), ("now_text", "now"),
    ("masquerade_text", "masquerade"),
    ("tip_text", "tip"),
)  # fmt: skip
"""Which text is ever written on which ground; each pair keeps 4.5:1 (WCAG 2.2, 1.4.3)."""

SHAPE_PAIRS = (
    ("focus", "canvas"), ("focus", "surface"), ("focus", "raised"), ("focus", "closed"), ("now", "surface"),
    ("success", "surface"), ("warning", "surface"), ("danger", "surface"), ("warning", "warning_soft"),
    ("masquerade", "canvas"), ("masquerade", "surface"),
)  # fmt: skip
"""Which shape has to be seen on which ground; each pair keeps 3:1 (WCAG 2.2, 1.4.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Distances in logical pixels."""

    xs: int
    s: int
    m: int
    l: int  # noqa: E741 - the sizes are called xs, s, m, l, xl everywhere
    xl: int
    xxl: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Radius:
    """Corner radii in logical pixels."""

    s: int
    m: int
    l: int  # noqa: E741
    pill: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSizes:
    """Type sizes in logical pixels at a text scale of 1."""

    caption: int
    small: int
    body: int
    title: int
    heading: int
    display: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme; `tint` and `tint_line` say how much of a data colour goes into a box and its edge."""

    name: str
    canvas: str
    surface: str
    raised: str
    sunken: str
    hover: str
    pressed: str
    line: str
    line_strong: str
    control_line: str
    grid: str
    grid_minor: str
    closed: str
    hatch: str
    text: str
    text_muted: str
    text_faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    accent_text: str
    accent_soft: str
    accent_soft_text: str
    focus: str
    success: str
    success_soft: str
    success_soft_text: str
    warning: str
    warning_soft: str
    warning_soft_text: str
    danger: str
    danger_hover: str
    danger_text: str
    danger_soft: str
    danger_soft_text: str
    masquerade: str
    masquerade_text: str
    now: str
    now_text: str
    tip: str
    tip_text: str
    box: str
    shadow: str
    scrim: str
    tint: float
    tint_line: float

    def colours(self) -> dict[str, str]:
        """Each colour by its name."""
        return {name: value for name, value in asdict(self).items() if str(value).startswith("#")}


@cache
def _file() -> dict[str, dict[str, object]]:
    return tomllib.loads((RESOURCES / "tokens.toml").read_text("utf-8"))


THEMES = ("light", "dark", "high_contrast")


@cache
def load(name: str) -> Tokens:
    """The tokens of the theme `name`; a token too many or too few in the file is a TypeError."""
    return Tokens(name=name, **_file()[name])  # type: ignore[arg-type]


SPACE = Space(**_file()["space"])  # type: ignore[arg-type]
RADIUS = Radius(**_file()["radius"])  # type: ignore[arg-type]
TYPE = TypeSizes(**_file()["type"])  # type: ignore[arg-type]
