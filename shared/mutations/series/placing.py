"""Putting several visits where they are wished for, one after the other, each decided over those before it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from shared import ids
from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment
from shared.model.attention import AttentionItem
from shared.model.base import AppointmentId, AttentionItemId, MutationId, SeriesId
from shared.model.registry import Entity, unstructured
from shared.mutations import attention
from shared.mutations.attention import Refused
from shared.mutations.registry import Context
from shared.rules import booking
from shared.rules.limits import require_room_in_month
from shared.store import Changes, Overlay, Reads

_CLASHES: Final = frozenset(
    {Code.SLOT_TAKEN, Code.OUTSIDE_HOURS, Code.BLOCKED, Code.TOO_FAR_AHEAD, Code.TOO_SOON, Code.LIMIT_REACHED}
)
"""What is in the way of one date only; anything else is in the way of all."""
_TOLD: Final = 10
"""Dates that a refusal names at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A date that could not be had: the series and its original start there, the visit that was wished for, and why."""

    series_id: SeriesId
    wish: Appointment
    refusal: Refusal
    original: str

    def told(self) -> dict[str, Any]:
        """What a person needs to know of it, as JSON values."""
        return {
            "original": self.original,
            "start": instant_text(self.wish.starts_at),
            "code": self.refusal.code.value,
            "details": self.refusal.details,
        }


class Placing:
    """A state on which visits are placed; what they hold is seen by the next ones, what was let go of by none."""

    def __init__(self, reads: Reads, ctx: Context, released: tuple[tuple[type[Entity], str], ...] = ()) -> None:
        """`released` are allocations that count no more, as keys of rows."""
        self.reads, self.ctx, self.released = reads, ctx, released
        self.made = Changes()

    def place(
        self,
        wish: Appointment,
        *,
        override: str | None = None,
        over: Collection[AppointmentId] | None = None,
        is_new: bool = False,
    ) -> Refusal | None:
        """Place a visit, or say what is in the way of this one; raises Refusal for what is in the way of all."""
        # Its own place stays its own until it has the new one: who was put over it there does not push it out.
        own = frozenset(() if is_new or not self.released else holdings(self.reads, (wish,)))
        released = tuple(key for key in self.released if key not in own)
        state = Overlay(self.reads, Changes(removed=released) + self.made)
        try:
            if is_new:
                require_room_in_month(state, wish.starts_at)
            role = self.ctx.actor.role
            self.made += booking.place(
                state, wish, at=self.ctx.at, role=role, override=override, over=over, comes_back=self.ctx.takes_back
            )
        except Refusal as refusal:
            if refusal.code not in _CLASHES:
                raise
            return refusal
        self.released = released
        return None

    def changes(self) -> Changes:
        """All that was placed, and what is let go of for good."""
        held = {row.id for row in self.made.put if isinstance(row, Allocation)}
        return self.made + Changes(removed=tuple(key for key in self.released if key[1] not in held))


def holdings(reads: Reads, visits: Iterable[Appointment]) -> tuple[tuple[type[Entity], str], ...]:
    """What visits hold, as keys of rows."""
    return tuple((Allocation, held.id) for one in visits for held in reads.allocations_of(one.id))


def item_of_clash(series_id: SeriesId, original: str) -> AttentionItemId:
    """The id of the item that keeps a date which could not be had."""
    return attention.item_id_of(_mutation_of_clash(series_id, original))


def _mutation_of_clash(series_id: SeriesId, original: str) -> MutationId:
    return MutationId(ids.derived_id("clash", series_id, original))


def kept(reads: Reads, ctx: Context, clash: Clash, name: str, args: Any) -> Changes:
    """The item under which a person finds another place for a date: an edit of it alone that was refused."""
    refused = Refused(
        mutation_id=_mutation_of_clash(clash.series_id, clash.original),
        name=name,
        args=unstructured(args),
        subject=args.appointment_id,
        refusal=clash.refusal,
    )
    made = attention.record(ctx, refused, under=None)
    return Changes() if any(reads.find(AttentionItem, row.id) for row in made.put) else made


def require_agreed(reads: Reads, clashes: list[Clash], *, taken: int) -> None:
    """Refuse a series of which dates cannot be had, where the business takes all or nothing, or where none can be."""
    if not clashes or (taken and reads.business().series_clash == "part"):
        return
    raise Refusal(
        Code.SERIES_CLASH,
        count=len(clashes),
        of=taken + len(clashes),
        clashes=[one.told() for one in clashes[:_TOLD]],
    )


def adjusted(clashes: list[Clash]) -> Changes:
    """What is told of dates that could not be had."""
    return Changes(adjusted={"clashes": [one.told() for one in clashes]} if clashes else {})


def left_closed(ctx: Context, meant: Iterable[Appointment]) -> Changes:
    """What is told of visits ahead that an edit of all of them leaves alone, because they are paid and closed."""
    found = (one for one in meant if one.locked and one.starts_at >= ctx.at)
    closed = sorted(found, key=lambda one: one.original_start)
    told = [{"original": one.original_start, "start": instant_text(one.starts_at)} for one in closed]
    return Changes(adjusted={"closed": told} if told else {})
