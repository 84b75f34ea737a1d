"""The next free starts for a visit, with whom and what it would take at each."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import LocationId, OwnerId, ResourceId, Span, replace, value
from shared.model.hours import HoursException, HoursRule
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Service
from shared.rules import booking, choosing, hours, limits, planning, wall_time
from shared.rules.calendars import Calendars
from shared.rules.narrowing import Planned, worth_trying
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.planning import Asked
from shared.store import Reads

_ELSEWHEN = frozenset({Code.SLOT_TAKEN, Code.LIMIT_REACHED})
"""What another start can mend."""


@value
class Ask:
    """What a place is looked for: a visit with its party, location and zone, and what is to be done in it.

    Without `services` it keeps its segments; with them, one of a service that it has keeps the snapshot of then.
    """

    visit: Appointment
    services: tuple[Asked, ...] = ()
    title: str = ""

    def at(
        self, reads: Reads, start: datetime, *, free: planning.FreePlaces | None = None, over: bool = False
    ) -> Appointment:
        """The visit as it would be at a start; refused where a need is met by nothing that is free.

        `over` takes what is not free where nothing is.
        """
        wall_start = wall_time.wall_text(start, self.visit.zone)
        if not self.services:
            length = sum(segment.minutes for segment in self.visit.segments)
            ends_at = start + timedelta(minutes=length)
            return replace(self.visit, starts_at=start, ends_at=ends_at, wall_start=wall_start)
        bare = replace(self.visit, starts_at=start, ends_at=start, wall_start=wall_start, segments=(), price=0)
        booked = self.visit.segments
        return planning.planned(reads, bare, self.services, booked=booked, title=self.title, free=free, over=over)


@value
class Wishes:
    """When and by whom somebody would like to come; days and minutes are the location's, empty is any."""

    people: tuple[ResourceId, ...] = ()
    """Of all people these alone."""
    weekdays: tuple[int, ...] = ()
    """0 is Monday (ISO 8601), 6 is Sunday."""
    earliest: int = 0
    """With the next: minutes of the local day between which the visit begins and ends; 1440 lets it end whenever."""
    latest: int = 24 * 60

    def would_do(self, resource: Resource) -> bool:
        """Whether nobody else is wished for in place of a resource."""
        return not self.people or resource.kind is not ResourceKind.STAFF or resource.id in self.people


def find_slots(
    reads: Reads, ask: Ask, window: Span, wishes: Wishes | None = None, *, at: datetime, role: Role, count: int = 5
) -> tuple[Appointment, ...]:
    """The next `count` visits that start in the window and would be taken where they are, the soonest first.

    The starts of a day are the location's openings and every step of the business after them, by the clock on its
    wall: an hour that it skips has none, one that it shows twice has them twice. `at` is now, and `role` is whose
    notice and horizon count. An unknown or archived resource or service is refused.
    """
    return tuple(islice(_Search(reads, ask, wishes or Wishes(), at=at, role=role).slots(window), count))


class _Search:
    """One search: goes through the days and reads each by itself."""

    def __init__(self, reads: Reads, ask: Ask, wishes: Wishes, *, at: datetime, role: Role) -> None:
        self._reads, self._ask, self._wishes = reads, ask, wishes
        self._business = reads.business()
        self._reach = _reach(self._business.max_advance, self._business.min_notice, at=at, role=role)
        self._is_new = reads.find(Appointment, ask.visit.id) is None
        self._parts = _parts(reads, ask)
        self._resources = _candidates(reads, ask.visit.location_id, self._parts, wishes)
        self._around = _around(self._parts)

    def slots(self, window: Span) -> Iterator[Appointment]:
        """The visits that could be, in order."""
        earliest, latest = max(window.start, self._reach.start), min(window.end, self._reach.end)
        if earliest >= latest:
            return
        zone = self._ask.visit.zone
        first, last = hours.days_of(Span(earliest, latest), zone)
        owners = [OwnerId(self._ask.visit.location_id)]
        rules = self._reads.hours(owners)
        dated = self._reads.exceptions(owners, first - timedelta(days=1), last)
        for day in _days(first, last, self._wishes.weekdays):
            grid = _starts(rules, dated, zone, day, step=self._business.slot_step)
            starts = [one for one in grid if earliest <= one < latest and self._begins_well(one, zone)]
            if starts:
                yield from self._of_day(starts)

    def _begins_well(self, start: datetime, zone: str) -> bool:
        wishes = self._wishes
        if not wishes.earliest:
            return True
        local = wall_time.local(start, zone)
        return wishes.earliest <= local.hour * 60 + local.minute

    def _ends_well(self, visit: Appointment) -> bool:
        latest = self._wishes.latest
        if latest >= 24 * 60:
            return True
        begins, ends = (wall_time.local(one, visit.zone) for one in (visit.starts_at, visit.ends_at))
        return ends.date() == begins.date() and ends.hour * 60 + ends.minute <= latest

    def _of_day(self, starts: Sequence[datetime]) -> Iterator[Appointment]:
        before, after = self._around
        visit = self._ask.visit
        within = Span(starts[0] - before, starts[-1] + after)
        calendars = Calendars(
            self._reads, visit.location_id, visit.zone, self._resources, within=within, but=visit.id
        )  # fmt: skip
        free = partial(self._free_places, calendars)
        for start in worth_trying(calendars, visit, self._parts, self._resources, starts=starts):
            try:
                found = self._ask.at(self._reads, start, free=free)
                if calendars.take(found) and self._ends_well(found):
                    yield self._checked(found)
            except Refusal as refusal:
                if refusal.code not in _ELSEWHEN:
                    raise

    def _free_places(
        self, calendars: Calendars, visit: Appointment, segment: Segment, resource: Resource, during: During
    ) -> int:
        """As the calendars say; nothing of those whom nobody wished for."""
        wished = self._wishes.would_do(resource) and resource.id in calendars
        return calendars.free_places(visit, segment, resource, during) if wished else 0

    def _checked(self, found: Appointment) -> Appointment:
        booking.require_sound(found.segments)
        planning.require_party(self._reads, found)
        if self._is_new:
            limits.require_room_in_month(self._reads, found.starts_at)
        return found


def _reach(max_advance: int, min_notice: int, *, at: datetime, role: Role) -> Span:
    """From when to when one can book, the end included in whole seconds."""
    notice = min_notice if scope(role, Capability.BOOK) is Scope.OWN else None
    earliest = datetime.min.replace(tzinfo=at.tzinfo) if notice is None else at + timedelta(minutes=notice)
    return Span(earliest, at + timedelta(days=max_advance, seconds=1))


def _parts(reads: Reads, ask: Ask) -> Sequence[Planned]:
    """What is to be done, service by service, as far as it is the same at every start."""
    if not ask.services:
        return [
            Planned(shapes=(one,), pinned=booking.require_resources(reads, one.resources), parts=one.parts)
            for one in ask.visit.segments
        ]
    booked = planning.kept(ask.services, ask.visit.segments)
    return [_part(reads, asked, before) for asked, before in zip(ask.services, booked, strict=True)]


def _part(reads: Reads, asked: Asked, booked: Segment | None) -> Planned:
    service = None if asked.service_id is None else reads.find(Service, asked.service_id)
    fill = service is not None and asked.fill
    fixed = planning.named_by(asked).fixed if fill else asked.resources
    needs = () if service is None else tuple(choosing.needs_of(service, fixed))
    return Planned(
        shapes=tuple(_shapes(service, asked, booked)),
        pinned=booking.require_resources(reads, fixed),
        parts=booked.parts if booked is not None and service is None and asked.service_id is not None else None,
        needs=needs,
        fill=fill,
    )


def _shapes(service: Service | None, asked: Asked, booked: Segment | None) -> Iterable[Segment]:
    """What a service that was asked for may come to, by whoever does it."""
    if booked is not None or asked.service_id is None:
        return [choosing.lasting(booked or planning.plain("", asked), asked.minutes)]
    bare = planning.snapshot(service, asked.service_id)
    terms = () if service is None else service.terms
    by_terms = (choosing.by_terms(bare, service, one.resource_id) for one in terms if service is not None)
    return dict.fromkeys(replace(choosing.lasting(one, asked.minutes), price=0) for one in (bare, *by_terms))


def _candidates(reads: Reads, location: LocationId, parts: Sequence[Planned], wishes: Wishes) -> Sequence[Resource]:
    """Whatever could take part: what is named, and what could meet a need."""
    found = {one.id: one for part in parts for one in part.pinned}
    needs = list(dict.fromkeys(need for part in parts if part.fill for need in part.needs))
    for one in reads.resources_at(location) if needs else ():
        if wishes.would_do(one) and any(choosing.serves(one, need) for need in needs):
            found[one.id] = one
    return tuple(found.values())


def _around(parts: Sequence[Planned]) -> tuple[timedelta, timedelta]:
    """How far at most what is held reaches before and after a start."""
    before = max((one.before for part in parts for one in part.shapes), default=0)
    after = max((one.after for part in parts for one in part.shapes), default=0)
    longest = sum(max(one.minutes for one in part.shapes) for part in parts)
    return timedelta(minutes=before), timedelta(minutes=longest + after)


def _days(first: date, last: date, weekdays: Sequence[int]) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if not weekdays or day.weekday() in weekdays:
            yield day


def _starts(
    rules: Sequence[HoursRule], dated: Sequence[HoursException], zone: str, day: date, *, step: int
) -> Sequence[datetime]:
    """The starts that the book offers on a local day, in order: of the openings that begin on it or reach into it."""
    minutes = sorted({
        minute - behind * 24 * 60
        for behind in (0, 1)
        for opens, closes in hours.openings_of(rules, dated, day - timedelta(days=behind))
        for minute in range(opens, closes, step)
        if 0 <= minute - behind * 24 * 60 < 24 * 60
    })  # fmt: skip
    whole = wall_time.day_span(day, zone)
    if whole.minutes == 24 * 60:
        return [whole.start + timedelta(minutes=minute) for minute in minutes]
    midnight = datetime.combine(day, time())
    return sorted({start for minute in minutes for start in _instants(midnight + timedelta(minutes=minute), zone)})


def _instants(wall: datetime, zone: str) -> Iterator[datetime]:
    if wall_time.exists(wall, zone):
        yield wall_time.resolve(wall, zone)
        if wall_time.is_repeated(wall, zone):
            yield wall_time.resolve(wall, zone, fold=1)
