"""Visits for calendars of other programs: one for whom it is of, and the span of a person, a room or a thing."""

from collections.abc import Mapping, Sequence
from datetime import date

from desktop.queries.taken_along import require_taken_along
from desktop.store import finding
from desktop.store.replica import Replica
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.base import Span, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.rules import wall_time
from shared.rules.permissions import Capability
from shared.visits_ics import VisitEvent


@value
class VisitCalendar:
    """What a calendar is called, and its events by start."""

    name: str
    events: tuple[VisitEvent, ...]


def calendar_of_visit(replica: Replica, visit_id: str) -> VisitCalendar:
    """One visit as its customer keeps it: what, where and with whom. Refused to whoever may not see the book."""
    require_taken_along(replica, Capability.SEE_BOOK)
    visit = replica.tx().find(Appointment, visit_id)
    if visit is None:
        raise Refusal(Code.NOT_FOUND, what="appointment", subject=visit_id)
    business, names = replica.tx().business().name, _names(replica)
    place = replica.tx().find(Location, visit.location_id)
    people = [names[one] for one in visit.resources if one in names]
    event = VisitEvent(
        visit=visit,
        title=", ".join(one for one in (visit.service_names, business) if one),
        description=f"With {', '.join(people)}" if people else "",
        place=", ".join(one for one in (place.name, place.address) if one) if place else "",
    )
    return VisitCalendar(name=business, events=(event,))


def calendar_of_resource(replica: Replica, resource_id: str, first: date, last: date) -> VisitCalendar:
    """The visits of a resource that start on a day from `first` to `last`, both included, whatever became of them.

    Refused to whoever may not take lists along, because it names the customers.
    """
    require_taken_along(replica, Capability.EXPORT)
    resource = replica.tx().find(Resource, resource_id)
    location = None if resource is None else replica.tx().find(Location, resource.location_id)
    if resource is None or location is None:
        raise Refusal(Code.NOT_FOUND, what="resource", subject=resource_id)
    span = Span(wall_time.day_span(first, location.zone).start, wall_time.day_span(last, location.zone).end)
    found = finding.appointments_with(replica.database, resource.id, span)
    visits = [one for one in found if one.location_id == location.id and one.starts_at >= span.start]
    return VisitCalendar(name=resource.name, events=tuple(_for_the_team(replica, visits, location)))


def _for_the_team(replica: Replica, visits: Sequence[Appointment], location: Location) -> Sequence[VisitEvent]:
    people = finding.by_ids(replica.database, Customer, [one.customer_id for one in visits if one.customer_id])
    return [
        VisitEvent(
            visit=one,
            title=", ".join(said for said in (_name(people, one), one.service_names) if said),
            description=one.notes,
            place=location.name,
        )
        for one in visits
    ]


def _name(people: Mapping[str, Customer], visit: Appointment) -> str:
    person = people.get(visit.customer_id or "")
    return person.name if person else ""


def _names(replica: Replica) -> Mapping[str, str]:
    return {one.id: one.name for one in finding.every_resource(replica.database)}
