"""When a location or a resource is open: its week, and single dates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from annotated_types import Ge, Le, MaxLen

from shared import ids
from shared.errors import Code, Refusal
from shared.model.base import (
    HoursExceptionId,
    HoursRuleId,
    OwnerId,
    replace,
)
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule
from shared.model.registry import unstructured
from shared.model.resource import Resource
from shared.mutations.registry import Context, Line, Mutation, arguments, as_before, register
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted


@arguments
class Opening:
    """One opening of `hours.set`; minutes of the local day, beyond 1440 on the next.

    It holds from `valid_from` to `valid_to`, both included; null is without a beginning or an end.
    """

    opens: Annotated[int, Ge(0), Le(1440)]
    closes: Annotated[int, Ge(1), Le(2880)]
    valid_from: date | None = None
    valid_to: date | None = None


Openings = Annotated[tuple[Opening, ...], MaxLen(10)]


@arguments
class HoursSet:
    """`hours.set`: one day of an owner's week, whole; no opening means closed.

    Since version 3 it carries what was seen of the day.
    """

    owner_id: OwnerId
    weekday: Annotated[int, Ge(0), Le(6)]
    openings: Openings
    was: Openings | None = None
    """Null is not known: whatever stands there is replaced."""


@arguments
class DateSeen:
    """What an owner's hours on a date said when somebody changed them; null opens means closed all day."""

    opens: Annotated[int, Ge(0), Le(1440)] | None = None
    closes: Annotated[int, Ge(1), Le(2880)] | None = None
    reason: Line = ""
    by_week: bool = False
    """Whether the date had no hours of its own."""


@arguments
class HoursExcept:
    """`hours.except`: an owner's hours on one date; null opens means closed all day."""

    owner_id: OwnerId
    day: date
    opens: Annotated[int, Ge(0), Le(1440)] | None = None
    closes: Annotated[int, Ge(1), Le(2880)] | None = None
    reason: Line = ""
    was: DateSeen | None = None
    """What stands there now, for the way back; a person means the date whatever stands there."""


@arguments
class HoursClear:
    """`hours.clear`: an owner keeps the hours of the week on a date again."""

    owner_id: OwnerId
    day: date
    was: DateSeen | None = None
    """As that of `hours.except`."""


def set_hours(reads: Reads, ctx: Context, args: HoursSet) -> Changes:
    """Replace one weekday of an owner's hours. Appointments outside the new hours stay where they are.

    What others have changed meanwhile stays where this leaves it as it was seen. What holds on the same dates goes as
    one, and is refused where both have changed it.
    """
    for opening in args.openings:
        if opening.closes <= opening.opens:
            raise Refusal(Code.INVALID, what="hours", opens=opening.opens, closes=opening.closes)
        if opening.valid_from and opening.valid_to and opening.valid_to < opening.valid_from:
            raise Refusal(Code.INVALID, what="season")
    owner = _require_owner(reads, args.owner_id)
    before = [rule for rule in reads.hours([args.owner_id]) if rule.weekday == args.weekday]
    meeting = _meeting(reads, args)
    if meeting.contested:
        raise Refusal(
            Code.CHANGED_MEANWHILE,
            what="hours",
            subject=owner.id,
            name=owner.name,
            weekday=args.weekday,
            was=_told(args.was or (), meeting.contested),
            now=_told(meeting.now, meeting.contested),
        )
    if {*meeting.openings} == {*meeting.now}:
        # Another desk has set the same: that is not taken back with this.
        return Changes()
    wanted = tuple(
        HoursRule(
            id=HoursRuleId(ids.derived_id("hours", args.owner_id, str(args.weekday), str(index))),
            owner_id=args.owner_id,
            weekday=args.weekday,
            opens=opening.opens,
            closes=opening.closes,
            valid_from=opening.valid_from,
            valid_to=opening.valid_to,
        )
        for index, opening in enumerate(meeting.openings)
    )
    kept = {rule.id for rule in wanted}
    return Changes(
        put=tuple(rule for rule in wanted if rule not in before),
        removed=tuple((HoursRule, rule.id) for rule in before if rule.id not in kept),
    )


_Dated = TypeVar("_Dated", HoursExcept, HoursClear)
_Dates = tuple[date | None, date | None]
"""On which dates an opening holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """A day as it is now, as it is to be, and the dates of which two have made something else."""

    now: tuple[Opening, ...]
    openings: tuple[Opening, ...]
    contested: frozenset[_Dates] = frozenset()


def _meeting(reads: Reads, args: HoursSet) -> _Meeting:
    now = openings_of(reads, args.owner_id, args.weekday)
    if args.was is None:
        return _Meeting(now=now, openings=args.openings)
    was, theirs, ours = (_by_dates(one) for one in (args.was, now, args.openings))
    changed = {one for one in was.keys() | theirs.keys() if was.get(one) != theirs.get(one)}
    left = {one for one in changed if ours.get(one) == was.get(one)}
    return _Meeting(
        now=now,
        openings=(
            *(one for one in args.openings if _dates(one) not in left),
            *(one for one in now if _dates(one) in left),
        ),
        contested=frozenset(one for one in changed - left if ours.get(one) != theirs.get(one)),
    )


def openings_of(reads: Reads, owner: OwnerId, weekday: int) -> tuple[Opening, ...]:
    """A day of an owner's week as an edit says it."""
    rules = sorted(
        (rule for rule in reads.hours([owner]) if rule.weekday == weekday), key=lambda rule: (rule.opens, rule.id)
    )
    return tuple(
        Opening(opens=rule.opens, closes=rule.closes, valid_from=rule.valid_from, valid_to=rule.valid_to)
        for rule in rules
    )


def _dates(one: Opening) -> _Dates:
    return one.valid_from, one.valid_to


def _by_dates(openings: Iterable[Opening]) -> Mapping[_Dates, frozenset[Opening]]:
    found: dict[_Dates, frozenset[Opening]] = {}
    for one in openings:
        found[_dates(one)] = found.get(_dates(one), frozenset()) | {one}
    return found


def _told(openings: Iterable[Opening], contested: frozenset[_Dates]) -> dict[str, Any]:
    """One side: what is open on the dates in question, as JSON values."""
    return {"openings": [unstructured(one) for one in openings if _dates(one) in contested]}


def _against_now(reads: Reads, args: HoursSet) -> HoursSet:
    """The same wish against the day as it is: what it leaves alone is taken from there."""
    meeting = _meeting(reads, args)
    return args if args.was is None else replace(args, openings=meeting.openings, was=meeting.now)


def except_hours(reads: Reads, ctx: Context, args: HoursExcept) -> Changes:
    """Set an owner's hours on one date."""
    if (args.opens is None) != (args.closes is None):
        raise Refusal(Code.INVALID, what="hours", opens=args.opens, closes=args.closes)
    if args.opens is not None and args.closes is not None and args.closes <= args.opens:
        raise Refusal(Code.INVALID, what="hours", opens=args.opens, closes=args.closes)
    _require_owner(reads, args.owner_id)
    made = HoursException(
        id=exception_id(args.owner_id, args.day),
        owner_id=args.owner_id,
        day=args.day,
        opens=args.opens,
        closes=args.closes,
        reason=args.reason,
    )
    if reads.find(HoursException, made.id) == made:
        return Changes()
    _require_date_as_seen(reads, args)
    return Changes(put=(made,))


def clear_hours(reads: Reads, ctx: Context, args: HoursClear) -> Changes:
    """Let a date go by the week again; one that does already is left alone."""
    now = reads.find(HoursException, exception_id(args.owner_id, args.day))
    if now is None:
        return Changes()
    _require_date_as_seen(reads, args)
    return Changes(removed=((HoursException, now.id),))


def date_seen(reads: Reads, owner: OwnerId, day: date) -> DateSeen:
    """What an owner's hours on a date say, as an edit of it says that it is made against."""
    now = reads.find(HoursException, exception_id(owner, day))
    if now is None:
        return DateSeen(by_week=True)
    return DateSeen(opens=now.opens, closes=now.closes, reason=now.reason)


def _require_date_as_seen(reads: Reads, args: HoursExcept | HoursClear) -> None:
    """Refuse to take back what others have made of a date since."""
    now = date_seen(reads, args.owner_id, args.day)
    if args.was is not None and args.was != now:
        owner = _owner(reads, args.owner_id)
        raise Refusal(
            Code.CHANGED_MEANWHILE,
            what="date",
            subject=args.owner_id,
            name="" if owner is None else owner.name,
            day=args.day.isoformat(),
            was=unstructured(args.was),
            now=unstructured(now),
        )


def _date_against_now(reads: Reads, args: _Dated) -> _Dated:
    """The same wish against what stands on the date now."""
    return args if args.was is None else replace(args, was=date_seen(reads, args.owner_id, args.day))


def exception_id(owner: OwnerId, day: date) -> HoursExceptionId:
    """The id that every desk makes for an owner's hours on a date."""
    return HoursExceptionId(ids.derived_id("exception", owner, day.isoformat()))


def _require_owner(reads: Reads, owner: OwnerId) -> Location | Resource:
    found = _owner(reads, owner)
    if found is None:
        raise Refusal(Code.NOT_FOUND, what="resource", subject=owner)
    return found


def _owner(reads: Reads, owner: OwnerId) -> Location | Resource | None:
    return reads.find(Location, owner) or reads.find(Resource, owner)


def _about(args: HoursSet | HoursExcept | HoursClear) -> OwnerId:
    return args.owner_id


def _wanted(args: HoursSet | HoursExcept) -> Wanted:
    owner = args.owner_id
    return Wanted(rows=((Location, owner), (Resource, owner)), owners=(owner,))


SET = register(
    Mutation(
        name="hours.set",
        version=3,
        capability=Capability.MANAGE_SETUP,
        arguments=HoursSet,
        run=set_hours,
        wants=_wanted,
        subject=_about,
        refreshed=_against_now,
        upcasters={1: as_before, 2: as_before},
    )
)
EXCEPT = register(
    Mutation(
        name="hours.except",
        version=2,
        capability=Capability.MANAGE_SETUP,
        arguments=HoursExcept,
        run=except_hours,
        wants=_wanted,
        subject=_about,
        refreshed=_date_against_now,
        upcasters={1: as_before},
    )
)
CLEAR = register(
    Mutation(
        name="hours.clear",
        version=2,
        capability=Capability.MANAGE_SETUP,
        arguments=HoursClear,
        run=clear_hours,
        wants=lambda args: Wanted(rows=((HoursException, exception_id(args.owner_id, args.day)),)),
        subject=_about,
        refreshed=_date_against_now,
        upcasters={1: as_before},
    )
)
