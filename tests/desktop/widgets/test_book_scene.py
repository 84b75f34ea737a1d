"""A scene finds what lies where without a look at every booking, and takes over what has not changed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect

from desktop.widgets.book.scene import Scene
from tests.support.book_days import at, box, day

BOXES = st.lists(
    st.builds(
        lambda who, hour, minute, length, buffer: (who, at(hour, minute), length, buffer),
        st.sampled_from(["bo", "ann", "r1"]),
        st.integers(0, 23),
        st.sampled_from([0, 5, 15, 40]),
        st.integers(1, 600),
        st.sampled_from([0, 0, 20]),
    ),
    max_size=40,
)
AREAS = st.builds(QRect, st.integers(-50, 500), st.integers(-50, 2400), st.integers(0, 300), st.integers(0, 700))


def scene_of(rows: list[tuple[str, object, int, int]], room: int = 400) -> Scene:
    boxes = (box(f"n{n}", w, s, m, buffer_before=b, buffer_after=b) for n, (w, s, m, b) in enumerate(rows))  # type: ignore[arg-type]
    return Scene(day(*boxes), room)


@given(BOXES, AREAS)
def test_what_meets_an_area_is_found(rows: list[tuple[str, object, int, int]], area: QRect) -> None:
    scene = scene_of(rows)
    assert scene.boxes_in(area) == [item for item in scene.flat if item.outer.intersects(area)]


@given(BOXES, st.integers(0, 399), st.integers(0, 2303))
def test_what_lies_under_a_point_is_found(rows: list[tuple[str, object, int, int]], x: int, y: int) -> None:
    scene, point = scene_of(rows), QPoint(x, y)
    under = [item for item in scene.flat if item.body.contains(point)]
    number = scene.column_at(x)
    mine = [] if number is None else [item for item in under if item in scene.placed[number]]
    assert scene.box_at(point) == (mine[-1] if mine else None)


def test_a_column_that_is_as_it_was_is_not_laid_out_again() -> None:
    old = Scene(day(box("Jo", "bo", at(10)), box("Kim", "ann", at(14))), 400)
    moved = day(box("Jo", "bo", at(10)), box("Kim", "ann", at(15)))
    new = Scene(moved, 400, before=old)
    assert [mine is theirs for mine, theirs in zip(new.placed, old.placed, strict=True)] == [True, False, True]
    assert new.flat == Scene(moved, 400).flat


def test_another_width_zone_or_day_is_laid_out_anew() -> None:
    old = Scene(day(box("Jo", "bo", at(10))), 400)
    for wanted, room in (
        (old.day, 700),
        (replace(old.day, zone="Europe/Berlin"), 400),
        (replace(old.day, day=old.day.day.replace(day=22)), 400),
    ):
        assert Scene(wanted, room, before=old).flat == Scene(wanted, room).flat
