"""The visit that the form of the booking panel asks for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desktop.models.rows import BookingForm
from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.queries.setup import Setup
from shared.model.appointment import Appointment
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import choosing


def services_of(form: BookingForm, setup: Setup) -> tuple[Service, ...]:
    """The services in the order in which they are done; those that are there no more are left out."""
    by_id = {one.id: one for one in setup.services}
    return tuple(by_id[one] for one in (form.service_id, *form.more) if one in by_id)  # type: ignore[index]


def chosen_of(form: BookingForm, setup: Setup) -> tuple[Resource, ...]:
    """Who and what was chosen by hand."""
    ids = {form.resource(kind) for kind in ResourceKind}
    return tuple(one for one in setup.resources if one.id in ids)


def takes_part(resource: Resource, service: Service) -> bool:
    """Whether a resource may be chosen for a service: any of a kind of which it does not say."""
    needs = [need for need in service.needs if need.kind is resource.kind]
    return not needs or any(choosing.serves(resource, need) for need in needs)


def needed(kind: ResourceKind, services: Sequence[Service]) -> bool:
    """Whether something of a kind is found for these services, where nothing of it was chosen."""
    return any(need.kind is kind for service in services for need in choosing.needs_of(service))


def minutes_of(services: Sequence[Service]) -> int:
    """How long services take in a row, as a rule."""
    return sum(one.minutes for one in services)


def booking_of(form: BookingForm, setup: Setup, *, start: datetime | None, appointment_id: str) -> Operation | None:
    """The booking; None for a form that does not say enough for one."""
    services, chosen = services_of(form, setup), chosen_of(form, setup)
    if start is None or not form.location_id or not (services or chosen):
        return None
    return appointments.book(
        location_id=form.location_id,
        start=start,
        segments=_segments(form, services, chosen),
        customer_id=form.customer.id if form.customer else None,
        notes=form.notes.strip(),
        override=form.override,
        appointment_id=appointment_id,
        party=form.party,
        source=form.source,
    )


def _segments(form: BookingForm, services: Sequence[Service], chosen: Sequence[Resource]) -> list[SegmentWish]:
    if not services:
        return [appointments.wish(None, [one.id for one in chosen], form.minutes)]
    own_length = len(services) == 1 and form.minutes != services[0].minutes
    return [
        appointments.wish(
            one.id,
            [resource.id for resource in chosen if takes_part(resource, one)],
            form.minutes if own_length else None,
            fill=True,
        )
        for one in services
    ]


def as_shown(wish: Operation, visit: Appointment) -> Operation:
    """The booking with whom and what the desk has found for it; the server may exchange what nobody chose."""
    args = wish.args
    segments = tuple(
        replace(
            asked,
            resources=found.resources,
            exchangeable=tuple(one for one in found.resources if one not in asked.resources),
        )
        if asked.fill
        else asked
        for asked, found in zip(args.segments, visit.segments, strict=True)
    )
    return replace(wish, args=replace(args, segments=segments))
