"""What a visit is made of: a segment for each service that was asked for, with whom and what it takes."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Part, Segment
from shared.model.base import ResourceId, ServiceId, replace
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Service
from shared.rules import booking, choosing
from shared.rules.choosing import Named
from shared.store import Reads

FreePlaces = Callable[[Appointment, Segment, Resource, During], int]
"""How many places of a resource are free for a segment that goes on with a visit, as `booking.free_places` has it."""


class Asked(Protocol):
    """One service of a visit, as somebody asked for it."""

    @property
    def service_id(self) -> ServiceId | None:
        """None for what no service names."""

    @property
    def resources(self) -> tuple[ResourceId, ...]:
        """Who and what was named."""

    @property
    def minutes(self) -> int | None:
        """How long, where that is otherwise than the service says."""

    @property
    def fill(self) -> bool:
        """Whether what the service needs besides is chosen from what is free."""

    @property
    def exchangeable(self) -> tuple[ResourceId, ...]:
        """Of `resources` those that may be another that meets the same need."""


def named_by(asked: Asked) -> Named:
    """Who and what was named for a service."""
    return Named(resources=asked.resources, exchangeable=asked.exchangeable)


def planned(
    reads: Reads,
    visit: Appointment,
    asked: Sequence[Asked],
    *,
    booked: Sequence[Segment] = (),
    title: str = "",
    over: bool = False,
    free: FreePlaces | None = None,
) -> Appointment:
    """The visit with a segment for each that was asked for, one after the other, from the end of what it has.

    One of a service that is `booked` keeps the snapshot of then, whatever the service is today; where it is booked more
    than once, that with the same people, else the first that nothing has yet. `over` takes what is
    not free where nothing else is; `free` says what is, the book where it is None. Refused where a service is unknown
    or archived, or a need is met by nothing.
    """
    before_that = kept(asked, booked)
    free = free or partial(booking.free_places, reads)
    for one, before in zip(asked, before_that, strict=True):
        segment = _segment(reads, visit, one, before, title=title, over=over, free=free)
        visit = replace(
            visit,
            segments=(*visit.segments, segment),
            ends_at=visit.ends_at + timedelta(minutes=segment.minutes),
            price=visit.price + segment.price,
        )
    return visit


def kept(asked: Sequence[Asked], booked: Sequence[Segment]) -> list[Segment | None]:
    """For each that was asked for what is booked of its service; one more than there are is like the last of them."""
    left = list(booked)
    found: list[Segment | None] = []
    for one in asked:
        same = [segment for segment in left if segment.service_id == one.service_id]
        before = next((segment for segment in same if segment.resources == one.resources), same[0] if same else None)
        if before is not None and len(same) > 1:
            left.remove(before)
        found.append(before)
    return found


def _segment(
    reads: Reads,
    visit: Appointment,
    wish: Asked,
    booked: Segment | None,
    *,
    title: str,
    over: bool,
    free: FreePlaces,
) -> Segment:
    service = None if wish.service_id is None else reads.find(Service, wish.service_id)
    if booked is None:
        bare = plain(title, wish) if wish.service_id is None else snapshot(service, wish.service_id, wish.resources)
    else:
        bare = replace(booked, parts=())
        service = service and replace(service, terms=())
    if service is not None and wish.fill:
        return _filled(reads, visit, wish, bare, service, over=over, free=free)
    if service is not None and service.terms:
        bare = choosing.by_terms(bare, service, _lead(reads, wish.resources))
    segment = choosing.lasting(bare if booked is None else replace(bare, resources=wish.resources), wish.minutes)
    return with_parts(reads, segment, visit.party, kept=() if booked is None else booked.parts)


def plain(title: str, asked: Asked) -> Segment:
    """A segment of no service, as long as it was asked for."""
    return Segment(
        service_id=None, name=title, colour="", price=0, before=0, active=asked.minutes or 0, processing=0, finishing=0,
        after=0, resources=asked.resources,
    )  # fmt: skip


def snapshot(service: Service | None, wanted: ServiceId, resources: tuple[ResourceId, ...] = ()) -> Segment:
    """A service as it is booked; refused where there is none, or it is archived."""
    if service is None:
        raise Refusal(Code.NOT_FOUND, what="service", subject=wanted)
    if service.archived:
        raise Refusal(Code.ARCHIVED, what="service", name=service.name, subject=wanted)
    return choosing.snapshot(service, resources)


def _at_hand(reads: Reads, visit: Appointment, wish: Asked) -> Sequence[Resource]:
    """What the location has, and what was named from elsewhere; what must take part must be there."""
    fixed = booking.require_resources(reads, named_by(wish).fixed)
    here = reads.resources_at(visit.location_id)
    ids = {one.id for one in here}
    return [*here, *(one for one in fixed if one.id not in ids)]


def _filled(
    reads: Reads,
    visit: Appointment,
    wish: Asked,
    bare: Segment,
    service: Service,
    *,
    over: bool,
    free: FreePlaces,
) -> Segment:
    """The segment with what its service needs. Whoever passes over rules gets what is taken, where nothing is free."""
    fill = partial(
        choosing.filled,
        bare,
        service,
        named_by(wish),
        _at_hand(reads, visit, wish),
        minutes=wish.minutes,
        party=visit.party,
        before=visit.resources,
    )
    try:
        return fill(places=partial(free, visit))
    except Refusal as refusal:
        if not over or refusal.code is not Code.SLOT_TAKEN:
            raise
        return fill(places=lambda segment, resource, during: resource.capacity)


def _lead(reads: Reads, resources: Sequence[ResourceId]) -> ResourceId | None:
    """By whose terms it goes: the first person who was named."""
    found = (reads.find(Resource, one) for one in resources)
    return next((one.id for one in found if one is not None and one.kind is ResourceKind.STAFF), None)


def with_parts(reads: Reads, segment: Segment, party: int, *, kept: Sequence[Part] = ()) -> Segment:
    """How its resources take part by what its service needs today, or as they did where that is gone."""
    service = None if segment.service_id is None else reads.find(Service, segment.service_id)
    if segment.service_id is not None and service is None:
        return replace(segment, parts=tuple(one for one in kept if one.resource_id in segment.resources))
    needs = () if service is None else service.needs
    if not choosing.is_partly(needs, party):
        return replace(segment, parts=()) if segment.parts else segment
    found = [one for one in (reads.find(Resource, one) for one in segment.resources) if one is not None]
    return replace(segment, parts=choosing.parts_of(needs, found, party))


def require_party(reads: Reads, visit: Appointment) -> None:
    """Refuse a party that is larger than a service of the visit takes."""
    if visit.party == 1:
        return
    for segment in visit.segments:
        service = None if segment.service_id is None else reads.find(Service, segment.service_id)
        if service is not None and visit.party > service.capacity:
            raise Refusal(Code.INVALID, what="party", most=service.capacity, name=service.name)
