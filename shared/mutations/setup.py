"""What the mutations of an owner's set-up have in common."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Annotated, Any, TypeVar

from annotated_types import MaxLen, MinLen

from shared.errors import Code, Refusal
from shared.model.registry import Entity
from shared.mutations.fields import FieldEdit
from shared.mutations.registry import Context, Mutation, as_before, register
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

Edits = Annotated[tuple[FieldEdit, ...], MinLen(1), MaxLen(30)]
_Row = TypeVar("_Row", bound=Entity)


def existing(row: _Row | None, what: str, row_id: str) -> _Row:
    """The row that an edit is about; refused where there is none."""
    if row is None:
        raise Refusal(Code.NOT_FOUND, what=what, subject=row_id)
    return row


def live(row: _Row | None, what: str, row_id: str, edits: Sequence[FieldEdit]) -> _Row:
    """The row that fields are set of; an archived one asks to be brought back, where the edit does not do just that."""
    now = existing(row, what, row_id)
    if getattr(now, "archived", False) and not any(edit.field == "archived" for edit in edits):
        raise Refusal(Code.ARCHIVED, what=what, name=getattr(now, "name", ""), subject=row_id)
    return now


def changed(now: _Row, after: _Row) -> Changes:
    """The edited row, nothing where it is what it was; refused without a name."""
    if not str(getattr(after, "name", "-")).strip():
        raise Refusal(Code.INVALID, what="name")
    return Changes() if after == now else Changes(put=(after,))


def setup(
    name: str,
    arguments_type: type[Any],
    run: Callable[[Reads, Context, Any], Changes],
    subject: str,
    row: type[Entity],
    *,
    capability: Capability = Capability.MANAGE_SETUP,
    version: int = 1,
    refreshed: Callable[[Reads, Any], Any] = lambda reads, args: args,
    makes: Callable[[Any], int] = lambda args: 1,
) -> None:
    """Register a mutation that makes or edits one row, whose id is its argument `subject`.

    Every earlier version of it must mean what it meant, for each only added what may be left out.
    """
    about = attrgetter(subject)

    def wants(args: Any) -> Wanted:
        return Wanted(rows=((row, about(args)),), subjects=(about(args),))

    register(
        Mutation(
            name=name,
            version=version,
            capability=capability,
            arguments=arguments_type,
            run=run,
            wants=wants,
            subject=about,
            refreshed=refreshed,
            makes=makes,
            upcasters=dict.fromkeys(range(1, version), as_before),
        )
    )
