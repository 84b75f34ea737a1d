"""What two people change of one visit while they do not know of one another: what goes together, and what does not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from shared.clock import instant_text
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import ResourceId, ServiceId, replace
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.appointment.arguments import Reschedule, SegmentSeen, SegmentWish, WasBooked
from shared.store import Reads

T = TypeVar("T")
L = TypeVar("L", Segment, SegmentSeen, SegmentWish)
Key = tuple[ServiceId | None, int]
"""A service of a visit, and how many of the same there are before it."""


def seen_segments(visit: Appointment) -> tuple[SegmentSeen, ...]:
    """What is done in a visit, as an edit says that it was seen."""
    return tuple(
        SegmentSeen(service_id=one.service_id, resources=one.resources, minutes=one.minutes) for one in visit.segments
    )


def was_booked(visit: Appointment, *, segments: object = None, party: object = None) -> WasBooked:
    """A visit as it was seen by whoever changes its segments or its party, where these are not None."""
    return WasBooked(
        status=visit.status,
        start=visit.starts_at,
        segments=None if segments is None else seen_segments(visit),
        party=None if party is None else visit.party,
    )


def met(reads: Reads, now: Appointment, args: Reschedule) -> Reschedule:
    """The same edit with what others have changed meanwhile that it leaves as it was.

    Refused with both sides where it changes what they have made something else of.
    """
    meeting, wish = _meeting(now, args)
    if meeting.contested:
        raise Refusal(
            Code.CHANGED_MEANWHILE,
            subject=now.id,
            was=_told(reads, args.was, _was_lines(reads, now, args.was), args.was.party, meeting.contested),
            now=_told(reads, was_booked(now), _now_lines(reads, now), now.party, meeting.contested),
        )
    return wish


def kept(now: Appointment, args: Reschedule) -> Reschedule:
    """The same edit of somebody who has seen both sides and keeps theirs, where the two do not go together."""
    _, wish = _meeting(now, args)
    return replace(wish, was=was_booked(now, segments=wish.segments, party=wish.party))


class _Meeting:
    """Takes each part from whoever has changed it, and remembers what both have."""

    def __init__(self) -> None:
        self.contested: set[str] = set()

    def either(self, part: str, was: T | None, theirs: T, ours: T) -> T:
        if theirs in (was, ours):
            return ours
        if ours == was:
            return theirs
        self.contested.add(part)
        return ours

    def segments(
        self, was: Sequence[SegmentSeen], theirs: Sequence[Segment], ours: Sequence[SegmentWish]
    ) -> tuple[SegmentWish, ...]:
        """The services of whoever has changed which there are; each with whom and as long as either has made it."""
        seen, there, wished = _keyed(was), _keyed(theirs), _keyed(ours)
        order = self.either("booked", tuple(seen), tuple(there), tuple(wished))
        gone = [key for key in seen if key not in order]
        # Who takes a service out has not seen what another has made of it, and the other way round.
        if any(_is_other(seen[key], there.get(key)) or _is_other(seen[key], wished.get(key)) for key in gone):
            self.contested.add("booked")
            order = tuple(wished)
        alone = {key: _as_it_is(there[key]) for key in order if key not in wished}
        both = {
            key: self._line(seen.get(key), there[key], wished[key]) for key in order if key in there.keys() & wished
        }
        return tuple((wished | alone | both)[key] for key in order)

    def _line(self, seen: SegmentSeen | None, there: Segment, wished: SegmentWish) -> SegmentWish:
        if seen is not None and not _is_other(seen, there):
            return wished
        taken = set(there.resources)
        was = None if seen is None else set(seen.resources)
        who = self.either("booked", was, taken, taken if _is_met(wished, taken) else set(wished.resources))
        before = None if seen is None else seen.minutes
        length = self.either("booked", before, there.minutes, _minutes(wished, there))
        if who == taken:
            wished = replace(wished, resources=there.resources, fill=False, exchangeable=())
        return replace(wished, minutes=length)


def _meeting(now: Appointment, args: Reschedule) -> tuple[_Meeting, Reschedule]:
    """The edit as it is to be made now: where it contests something, as it says itself."""
    meeting, was = _Meeting(), args.was
    if args.start is not None and now.starts_at not in (was.start, args.start):
        meeting.contested.add("start")
    segments, party = args.segments, args.party
    if segments is not None and was.segments is not None and was.segments != seen_segments(now):
        segments = meeting.segments(was.segments, now.segments, segments)
    if party is not None and was.party is not None:
        party = meeting.either("party", was.party, now.party, party)
    return meeting, replace(args, segments=segments, party=party)


def _keyed(lines: Iterable[L]) -> dict[Key, L]:
    before: Counter[ServiceId | None] = Counter()
    found: dict[Key, L] = {}
    for one in lines:
        found[one.service_id, before[one.service_id]] = one
        before[one.service_id] += 1
    return found


def _as_it_is(there: Segment) -> SegmentWish:
    return SegmentWish(service_id=there.service_id, resources=there.resources, minutes=there.minutes)


def _is_other(seen: SegmentSeen, line: Segment | SegmentWish | None) -> bool:
    """Whether somebody has made a service that was seen another; one that they have not is none."""
    if line is None:
        return False
    return set(line.resources) != set(seen.resources) or line.minutes not in (None, seen.minutes)


def _is_met(wished: SegmentWish, taken: set[ResourceId]) -> bool:
    """Whether who and what takes part is all that somebody wished for who left the rest to be found."""
    return (wished.fill or bool(wished.exchangeable)) and set(wished.resources) - set(wished.exchangeable) <= taken


def _minutes(wished: SegmentWish, there: Segment) -> int:
    return there.minutes if wished.minutes is None else wished.minutes


# In words


def _told(
    reads: Reads, was: WasBooked, lines: Sequence[Mapping[str, Any]], party: int | None, contested: set[str]
) -> dict[str, Any]:
    """One side: where the visit stands, and of what is contested what it is."""
    more = {"booked": lines, "party": party}
    told = {name: said for name, said in more.items() if name in contested}
    return {"status": was.status.value, "start": instant_text(was.start)} | told


def _now_lines(reads: Reads, now: Appointment) -> list[dict[str, Any]]:
    return [_line_told(reads, one.name, one) for one in now.segments]


def _was_lines(reads: Reads, now: Appointment, was: WasBooked) -> list[dict[str, Any]]:
    names = {one.service_id: one.name for one in now.segments}
    return [_line_told(reads, _name_of(reads, one, names), one) for one in was.segments or ()]


def _name_of(reads: Reads, one: SegmentSeen, names: Mapping[ServiceId | None, str]) -> str:
    if one.service_id is None or one.service_id in names:
        return names.get(one.service_id, "")
    service = reads.find(Service, one.service_id)
    return "" if service is None else service.name


def _line_told(reads: Reads, name: str, one: Segment | SegmentSeen) -> dict[str, Any]:
    found = (reads.find(Resource, row_id) for row_id in one.resources)
    # By its service a name is known for one that nobody typed.
    return {
        "service_id": one.service_id,
        "name": name,
        "with": [each.name for each in found if each is not None],
        "minutes": one.minutes,
    }
