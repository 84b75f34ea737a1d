"""Value objects are what dataclasses makes of them, made by a shorter way."""

import dataclasses
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from shared.model.base import replace, value
from shared.model.registry import ENTITIES
from tests.support.salon import Salon


@value
class Point:
    """Two fields, the second of which may be left out."""

    x: int
    y: int = 0


@value
class Cube(Point):
    """One that adds to another."""

    z: int = 0


@dataclass(frozen=True, slots=True)
class Plain:
    """A dataclass that is none of ours."""

    x: int


def made(**fields: Any) -> Point:
    """A point of whatever is given."""
    return Point(**fields)


def test_it_is_made_of_its_fields_by_name_alone() -> None:
    assert (made(x=1).x, made(x=1).y, made(x=1, y=2).y) == (1, 0, 2)
    for wrong in ({}, {"x": 1, "z": 2}):
        with pytest.raises(TypeError):
            made(**wrong)
    assert made(x=1) == made(x=1, y=0) != made(x=2)
    assert hash(made(x=1)) == hash(made(x=1))


@pytest.mark.parametrize(
    "point",
    [Point(x=1), replace(Point(x=0), x=1), next(iter(Salon().tx.rows.values()))],
    ids=lambda one: type(one).__name__,
)
def test_nothing_of_it_is_changed(point: Any) -> None:
    name = dataclasses.fields(point)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(point, name, 2)
    with pytest.raises((AttributeError, TypeError)):
        point.unheard_of = 1


def test_it_is_made_again_with_other_values_as_dataclasses_would() -> None:
    rows: list[Any] = list(Salon().tx.rows.values())
    for row in rows:
        first = dataclasses.fields(row)[0].name
        again = replace(row, **{first: "another"})
        assert again == dataclasses.replace(row, **{first: "another"})
        assert type(again) is type(row)
        assert replace(row) == row
        assert getattr(row, first) != "another"


def test_a_field_that_there_is_none_of_is_refused() -> None:
    unheard_of: Any = {"unheard_of": 1}
    with pytest.raises((AttributeError, TypeError)):
        replace(Point(x=1), **unheard_of)


def test_what_is_no_value_object_is_made_again_too() -> None:
    assert replace(Plain(1), x=2) == Plain(2)


def test_one_that_adds_to_another_stays_what_it_is() -> None:
    again = replace(Cube(x=1, z=3), y=2)
    assert type(again) is Cube
    assert again == Cube(x=1, y=2, z=3)


def test_a_row_of_too_many_or_too_few_values_makes_none() -> None:
    kind, row = ENTITIES["location"], ["an id"] * len(ENTITIES["location"].columns)
    for wrong in (row[:-1], [*row, 1]):
        with pytest.raises(ValueError, match="values to unpack"):
            kind.decode(wrong)
