"""Edits of single fields, each made against the value that its editor saw."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, Final, TypeVar

from annotated_types import MaxLen, Predicate

from shared.errors import Code, Refusal
from shared.model.base import LONGEST_LINE, LONGEST_TEXT
from shared.model.registry import Entity, canonical, entity_type
from shared.mutations.registry import arguments

R = TypeVar("R", bound=Entity)

DEAREST: Final = 10**12
"""Minor units: a visit's sum of such prices is still a number that every JSON reader keeps exact."""


_LARGEST = 40_000
"""Characters of a value's JSON: beyond the largest list that a field takes."""


def _is_small(value: object) -> bool:
    return len(canonical(value)) <= _LARGEST


@arguments
class FieldEdit:
    """One field: the value that was seen and the value that is wanted, both as on the wire."""

    field: Annotated[str, MaxLen(60)]
    was: Annotated[Any, Predicate(_is_small)]
    value: Annotated[Any, Predicate(_is_small)]


def edited(
    row: R, edits: Sequence[FieldEdit], *, editable: Collection[str], contested: Collection[str], takes_back: bool
) -> R:
    """The row with the edits made.

    A field that changed meanwhile takes the last edit to arrive, save the `contested` ones: those are refused with both
    values, because a wrong name or phone hurts, and a lost allergy more. What `takes_back` an edit is for its own value
    alone: another one that stands there since is not what it has made. A field that may not be edited, or a value that
    does not fit, is refused as invalid.
    """
    values = values_of(row)
    for edit in edits:
        if edit.field not in editable:
            raise Refusal(Code.INVALID, what="field", field=edit.field)
        now = values[edit.field]
        require_fit(edit, now)
        # In a list others add and remove beside it.
        if edit.field in contested or (takes_back and not isinstance(now, list)):
            require_seen(row.id, edit, now)
        values[edit.field] = edit.value
    kind = entity_type(type(row))
    return kind.decode([values[name] for name in kind.names])


def values_of(row: Entity) -> dict[str, Any]:
    """The fields of a row as on the wire, by their names."""
    kind = entity_type(type(row))
    return dict(zip(kind.names, kind.encode(row), strict=True))


def require_seen(row_id: str, edit: FieldEdit, now: Any) -> None:
    """Refuse an edit of what its editor has not seen so, with both values; what is so already is nothing new."""
    if now not in (edit.was, edit.value):
        sides = {"was": edit.was, "now": now, "wanted": edit.value}
        raise Refusal(Code.CHANGED_MEANWHILE, subject=row_id, field=edit.field, **sides)


def require_fit(edit: FieldEdit, now: Any) -> None:
    """Refuse a value that is not of the kind of what stands there, or too long."""
    fits = type(edit.value) is type(now) if now is not None else isinstance(edit.value, (str, int))
    if isinstance(edit.value, str):
        fits = fits and len(edit.value) <= LONGEST_TEXT
    if isinstance(edit.value, list):
        fits = (
            fits
            and len(edit.value) <= 100
            and all(isinstance(item, str) and len(item) <= LONGEST_LINE for item in edit.value)
        )
    if not fits:
        raise Refusal(Code.INVALID, what="value", field=edit.field)
