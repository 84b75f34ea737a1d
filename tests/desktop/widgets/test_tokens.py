"""Every colour comes from the one token file, and what is written in it can be read."""

import re
from pathlib import Path

import pytest

from desktop.widgets.book.inks import Inks
from desktop.widgets.colours import contrast, mixed
from desktop.widgets.tokens import SHAPE_PAIRS, TEXT_PAIRS, THEMES, load

DESKTOP = Path(__file__).parents[3] / "desktop"
TENANT_COLOURS = ("#000000", "#ffffff", "#ffff00", "#2563eb", "#db2777", "#7c3aed", "#ea580c", "#00ff00", "#808080")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_keeps_four_and_a_half_to_one(theme: str, ink: str, ground: str) -> None:
    tokens = load(theme)
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_shapes_keep_three_to_one(theme: str, shape: str, ground: str) -> None:
    tokens = load(theme)
    assert contrast(getattr(tokens, shape), getattr(tokens, ground)) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colour", TENANT_COLOURS)
@pytest.mark.parametrize("status", ["booked", "in_service", "completed", "arrived"])
def test_a_booking_in_any_colour_of_the_tenant_can_be_read(theme: str, colour: str, status: str) -> None:
    tokens = load(theme)
    fill = Inks(tokens).box(colour, status).fill.color().name()
    assert contrast(tokens.text, fill) >= 4.5
    assert contrast(tokens.text_muted, fill) >= 4.5


def test_contrast_is_measured_as_the_guidelines_do() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_a_mix_lies_between_its_colours() -> None:
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"


def test_no_code_names_a_colour() -> None:
    said = re.compile(r"""["'#]#?[0-9a-fA-F]{6}\b["']|rgba?\(|QColor\(\s*\d|Qt\.GlobalColor\.(?!transparent)""")
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in (DESKTOP / "widgets", DESKTOP / "views")
        for path in path.rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if said.search(line)
    ]
    assert found == []
