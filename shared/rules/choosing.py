"""Which resources serve the needs of a service: those that were named, and of others the first that are free."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from shared.errors import Code, Refusal
from shared.model.appointment import Part, Segment
from shared.model.base import ResourceId, replace
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service

Places = Callable[[Segment, Resource, During], int]
"""How many places of a resource are free for a segment, in these of its phases; 0 where it is closed or blocked."""
_Place = tuple[ResourceId, int]
"""One of the places of a resource."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom and what somebody asked for; what is `exchangeable` may be another that meets the same need."""

    resources: tuple[ResourceId, ...]
    exchangeable: tuple[ResourceId, ...] = ()

    @property
    def fixed(self) -> tuple[ResourceId, ...]:
        """What must take part."""
        return tuple(one for one in self.resources if one not in self.exchangeable)


def serves(resource: Resource, need: Need) -> bool:
    """Whether a resource is one that a need can be met by."""
    if resource.archived or resource.kind is not need.kind:
        return False
    return resource.id in need.any_of if need.any_of else need.pool in ("", resource.pool)


def parts_of(needs: Sequence[Need], resources: Sequence[Resource], party: int) -> tuple[Part, ...]:
    """How these take part where it is not throughout with one place: by the need that each meets, and the party."""
    if not is_partly(needs, party):
        return ()
    slots = _slots(needs)
    return _parts(slots, _Matching(slots, resources).met(), resources, party)


def _parts(
    slots: Sequence[Need], met: Mapping[int, Resource], resources: Sequence[Resource], party: int
) -> tuple[Part, ...]:
    during: dict[ResourceId, list[During]] = {}
    for number, resource in met.items():
        during.setdefault(resource.id, []).append(slots[number].during)
    parts = [_part(one, during.get(one.id, ()), party) for one in resources]
    return tuple(part for part in parts if part.units > 1 or part.during is not During.ALL)


def _part(resource: Resource, during: Sequence[During], party: int) -> Part:
    """Of several needs that one resource meets the longest phase counts, and each takes a place.

    Of a party each takes a place of a person or a room that has several; equipment is counted by the needs alone.
    """
    longest = next((one for one in During if one in during), During.ALL)
    counted = resource.kind is ResourceKind.EQUIPMENT
    units = max(1, len(during)) if counted else places_taken(resource, party)
    return Part(resource_id=resource.id, during=longest, units=units)


def snapshot(service: Service, resources: tuple[ResourceId, ...] = ()) -> Segment:
    """A service as it is booked, with what takes part throughout."""
    return Segment(
        service_id=service.id, name=service.name, colour=service.colour, price=service.price, before=service.before,
        active=service.active, processing=service.processing, finishing=service.finishing, after=service.after,
        resources=resources,
    )  # fmt: skip


def is_partly(needs: Sequence[Need], party: int) -> bool:
    """Whether anything could take part otherwise than throughout with one place."""
    return party > 1 or any(need.count > 1 or need.during is not During.ALL for need in needs)


def by_terms(segment: Segment, service: Service, lead: ResourceId | None) -> Segment:
    """A segment as the terms of whoever does it say."""
    terms = next((one for one in service.terms if one.resource_id == lead), None)
    if terms is None:
        return segment
    return replace(
        segment,
        price=segment.price if terms.price is None else terms.price,
        active=segment.active if terms.active is None else terms.active,
        processing=segment.processing if terms.processing is None else terms.processing,
        finishing=segment.finishing if terms.finishing is None else terms.finishing,
    )


def lasting(segment: Segment, minutes: int | None) -> Segment:
    """A segment of so many minutes altogether, where somebody has said how many: its active phase gives or takes."""
    if minutes is None or minutes == segment.minutes:
        return segment
    return replace(segment, active=minutes - segment.processing - segment.finishing)


def filled(
    segment: Segment,
    service: Service,
    named: Named,
    at: Sequence[Resource],
    *,
    minutes: int | None,
    party: int,
    places: Places,
    before: Sequence[ResourceId] = (),
) -> Segment:
    """The segment with resources for every need of its service; refused where one is met by nothing that is free.

    `at` are the location's resources. What was named and may not be exchanged is taken whether it is free or not: that
    is told when it is booked. Then comes what may be exchanged, then whom an earlier part of the visit has (`before`),
    then the others in their order. By whose terms it goes is the first person whom the service needs.
    """
    by_id = {one.id: one for one in at}
    pinned = [by_id[one] for one in named.fixed if one in by_id]
    rank = {one: place for place, one in reversed(list(enumerate((*named.exchangeable, *before))))}
    others = sorted(
        (one for one in at if one not in pinned), key=lambda one: (rank.get(one.id, len(rank)), one.position, one.id)
    )
    needs = needs_of(service, named.fixed)
    slots = _slots(needs)
    led = next((number for number, need in enumerate(slots) if need.kind is ResourceKind.STAFF), None)
    lacking: list[Need] = []
    for lead in _leads(service, pinned, others):
        shaped = lasting(by_terms(segment, service, lead), minutes)
        matching = _Matching(slots, pinned)
        for number, need in enumerate(slots):
            able = others if lead is None or number != led else [by_id[lead]]
            for one in able:
                if one not in pinned and serves(one, need):
                    matching.offer(number, one, partial(_free_for, places, shaped, one, need.during, party))
        if (unmet := matching.unmet()) is None:
            taken = dict.fromkeys((*(one.id for one in pinned), *(one.id for one in matching.met().values())))
            parts = _parts(slots, matching.met(), [by_id[one] for one in taken], party)
            return replace(shaped, resources=tuple(taken), parts=parts)
        lacking.append(unmet)
    raise _unmet(lacking[0], at)


def _free_for(places: Places, segment: Segment, resource: Resource, during: During, party: int) -> int:
    return _needs_met(resource, places(segment, resource, during), party)


def _needs_met(resource: Resource, free: int, party: int) -> int:
    """How many needs of one visit a resource with so many free places can meet."""
    if resource.kind is ResourceKind.EQUIPMENT:
        return free
    return int(free >= places_taken(resource, party))


def places_taken(resource: Resource, party: int) -> int:
    """How many places a party takes of a person or a room: of what has but one, that one."""
    return party if resource.capacity > 1 else 1


def _leads(service: Service, pinned: Sequence[Resource], others: Sequence[Resource]) -> Sequence[ResourceId | None]:
    """Who could do the service, in turn; None where it makes no difference."""
    person = _first_person(service.needs)
    if not service.terms:
        return [None]
    able = [one.id for one in pinned if one.kind is ResourceKind.STAFF and (person is None or serves(one, person))]
    if able or person is None:
        return able[:1] or [None]
    return [one.id for one in others if serves(one, person)] or [None]


def needs_of(service: Service, fixed: Sequence[ResourceId] = ()) -> Sequence[Need]:
    """What a service needs; of one that does not say, and in which nobody must take part, a person."""
    return service.needs if service.needs or fixed else (Need(kind=ResourceKind.STAFF),)


def _first_person(needs: Sequence[Need]) -> Need | None:
    return next((need for need in needs if need.kind is ResourceKind.STAFF), None)


def _unmet(need: Need, at: Sequence[Resource]) -> Refusal:
    """The refusal of a need: taken where something could meet it at another time."""
    if sum(serves(one, need) for one in at) < need.count and need.kind is not ResourceKind.EQUIPMENT:
        return Refusal(Code.NEED_UNMET, kind=need.kind.value, pool=need.pool, count=need.count)
    return Refusal(Code.SLOT_TAKEN, kind=need.kind.value, pool=need.pool, count=need.count)


def _slots(needs: Sequence[Need]) -> Sequence[Need]:
    """The needs one by one: a need of two is there twice."""
    return [need for need in needs for _ in range(need.count)]


class _Offer:
    """A resource that could meet a need; how many of its places could is asked once, and only if it comes to that."""

    __slots__ = ("_places", "_several", "resource_id")

    def __init__(self, resource_id: ResourceId, several: Callable[[], int]) -> None:
        self.resource_id = resource_id
        self._several = several
        self._places: int | None = None

    def places(self) -> int:
        if self._places is None:
            self._places = self._several()
        return self._places


class _Matching:
    """Needs and the places that meet them: as many as can be, by augmenting paths (Kuhn's algorithm).

    Each need is met by the first that is left, so that the same resources meet the same needs whenever it is asked. A
    place that is taken stays taken, whichever need it meets in the end.
    """

    def __init__(self, slots: Sequence[Need], resources: Sequence[Resource]) -> None:
        self._slots = slots
        self._resources: dict[ResourceId, Resource] = {}
        self._offers: list[list[_Offer]] = [[] for _ in slots]
        self._takers: dict[_Place, int] = {}
        for number, need in enumerate(slots):
            for one in resources:
                if serves(one, need):
                    self.offer(number, one, partial(_needs_met, one, one.capacity, 1))
        self.unmet()

    def offer(self, number: int, resource: Resource, several: Callable[[], int]) -> None:
        """Let a need be met by a resource too, after what it was offered before; `several` it can meet in all."""
        self._resources[resource.id] = resource
        self._offers[number].append(_Offer(resource.id, several))

    def _places(self, number: int) -> Iterator[_Place]:
        """What could meet a need; nobody is asked before their turn."""
        for offer in self._offers[number]:
            for place in range(min(offer.places(), len(self._slots))):
                yield offer.resource_id, place

    def unmet(self) -> Need | None:
        """Meet every need that can be met; the first that is not."""
        met = set(self._takers.values())
        left = [number for number in range(len(self._slots)) if number not in met]
        failed = [number for number in left if not self._take(number, set())]
        return self._slots[failed[0]] if failed else None

    def met(self) -> Mapping[int, Resource]:
        """What meets each need, by its number."""
        return {number: self._resources[place[0]] for place, number in sorted(self._takers.items(), key=_by_number)}

    def _take(self, number: int, seen: set[_Place]) -> bool:
        for place in self._places(number):
            if place not in self._takers:
                self._takers[place] = number
                return True
        for place in self._places(number):
            if place in seen:
                continue
            seen.add(place)
            if self._take(self._takers[place], seen):
                self._takers[place] = number
                return True
        return False


def _by_number(taken: tuple[_Place, int]) -> int:
    return taken[1]
