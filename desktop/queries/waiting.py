"""Who waits, what could be offered to them, and whom a freed slot fits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from desktop.queries.phones import phones_text, region_of
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import ResourceId, Span, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.appointment.arguments import SegmentWish
from shared.mutations.waitlist import wishes_of
from shared.rules import choosing, wall_time
from shared.rules.status import HOLDS_NOTHING
from shared.rules.waitlist import Fit, Freed, by_turn, state_at, whom_it_fits

_DAYS: Final = 21
"""Local days that are looked through for what could be offered."""


@value
class Slot:
    """A start at which a wish could be booked, with what, and in which words of the booking."""

    start: datetime
    resources: tuple[ResourceId, ...]
    names: str
    segments: tuple[SegmentWish, ...]


@value
class Waiting:
    """One wish with the names of whom and what it is about, and where it stands now."""

    entry: WaitlistEntry
    state: WaitlistState
    customer: Customer | None
    phones: tuple[str, ...]
    """The customer's, as the business writes them."""
    service: Service | None
    people: tuple[str, ...]
    zone: str
    slot: Slot | None
    """Where it fits into what has become free; None where nothing in particular has."""
    pending: bool


def waiting(replica: Replica, *, at: datetime) -> tuple[Waiting, ...]:
    """Everybody who waits or has an offer, in the order of their turn."""
    entries = by_turn(finding.open_entries(replica.database))
    told = _told(replica, [(one, None) for one in entries], at=at)
    return tuple(one for one in told if one.state in (WaitlistState.WAITING, WaitlistState.OFFERED))


def fitting(replica: Replica, freed: Freed, *, at: datetime) -> tuple[Waiting, ...]:
    """Whom a freed slot fits, best first."""
    fits = whom_it_fits(replica.tx(), finding.open_entries(replica.database), freed, at=at)
    return _told(replica, [(fit.entry, _slot(replica, fit)) for fit in fits], at=at)


def _told(
    replica: Replica, entries: Sequence[tuple[WaitlistEntry, Slot | None]], *, at: datetime
) -> tuple[Waiting, ...]:
    database = replica.database
    customers = finding.by_ids(database, Customer, [one.customer_id for one, _ in entries])
    services = finding.by_ids(database, Service, [one.service_id for one, _ in entries])
    people = finding.by_ids(database, Resource, [each for one, _ in entries for each in one.people])
    places = finding.by_ids(database, Location, [one.location_id for one, _ in entries])
    business = replica.tx().business()
    region = region_of(business)
    unsent = replica.changed_rows("waitlist_entry", [one.id for one, _ in entries])
    made = []
    for one, slot in entries:
        place = places.get(one.location_id)
        customer = customers.get(one.customer_id)
        zone = place.zone if place else business.zone
        made.append(
            Waiting(
                entry=one,
                state=state_at(one, at, zone),
                customer=customer,
                phones=phones_text(customer.phones, region) if customer else (),
                service=services.get(one.service_id),
                people=tuple(people[each].name for each in one.people if each in people),
                zone=zone,
                slot=slot,
                pending=one.id in unsent,
            )
        )
    return tuple(made)


def _slot(replica: Replica, fit: Fit) -> Slot:
    found = finding.by_ids(replica.database, Resource, fit.resources)
    return Slot(
        start=fit.start,
        resources=fit.resources,
        names=", ".join(found[one].name for one in fit.resources if one in found),
        segments=wishes_of(replica.tx(), fit.entry, fit.resources),
    )


def slots_for(replica: Replica, entry_id: str, *, at: datetime, count: int = 5) -> tuple[Slot, ...]:
    """The first start of each of the next days at which a wish could be booked."""
    reads = replica.tx()
    entry = reads.find(WaitlistEntry, entry_id)
    location = None if entry is None else reads.find(Location, entry.location_id)
    service = None if entry is None else reads.find(Service, entry.service_id)
    if entry is None or location is None or service is None:
        return ()
    able = _able(replica, entry, service)
    today = wall_time.local(at, location.zone).date()
    found: list[Slot] = []
    for number in range(_DAYS):
        day = today + timedelta(days=number)
        opens, closes = (wall_time.minute_of(day, one, location.zone) for one in (entry.earliest, entry.latest))
        for resources in able:
            freed = Freed(span=Span(max(opens, _whole(at)), closes), location_id=location.id, resources=resources)
            fits = whom_it_fits(reads, [entry], freed, at=at) if freed.span.start < closes else ()
            found += [_slot(replica, fit) for fit in fits]
            if fits:
                break
        if len(found) >= count:
            break
    return tuple(found[:count])


def _able(replica: Replica, entry: WaitlistEntry, service: Service) -> Sequence[tuple[ResourceId, ...]]:
    """With whom it could be, in turn; what else the service needs is chosen for it."""
    at = [one for one in finding.resources(replica.database) if one.location_id == entry.location_id]
    people = [one for one in at if one.kind is ResourceKind.STAFF]
    able = [one for one in people if not service.needs or any(choosing.serves(one, need) for need in service.needs)]
    wished = [one for one in able if one.id in entry.people] if entry.people else able
    if wished or entry.people:
        return [(one.id,) for one in wished]
    return [(one.id,) for one in at if any(choosing.serves(one, need) for need in service.needs)]


def _whole(at: datetime) -> datetime:
    """The next whole minute."""
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def freed_by(before: Appointment, after: Appointment | None) -> Freed | None:
    """What a visit has left by its cancelling or moving; None where it is still there."""
    gone = after is None or after.status in HOLDS_NOTHING
    if not gone and after is not None and (after.starts_at, after.resources) == (before.starts_at, before.resources):
        return None
    span = Span(before.starts_at, before.ends_at)
    return Freed(span=span, location_id=before.location_id, resources=before.resources)
