"""What the booking panel offers and says of its form."""

from collections.abc import Sequence
from typing import Any

from desktop.models.rows import BookingForm, Choice
from desktop.queries.find_customer import FoundCustomer
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service


def missing_words(form: BookingForm) -> str:
    """What a form lacks before it can be saved; empty where it lacks nothing."""
    if form.new_customer is not None and not form.new_customer.name:
        return "The new customer needs a name."
    if form.customer is None and form.new_customer is None:
        return "Choose a customer first."
    if not form.service_id:
        return "Choose a service first."
    if not (form.staff_id or form.room_id or form.equipment_id):
        return "Choose who does it, or a room."
    return ""


def length_words(form: BookingForm, service: Service | None) -> str:
    """How long the service takes, where the form's length is another."""
    if service is None or form.minutes == service.minutes:
        return ""
    return f"{service.name} takes {service.minutes} min as a rule."


def resource_choices(resources: Sequence[Resource], kind: ResourceKind, service: Service | None) -> tuple[Choice, ...]:
    """The resources of a kind that may take part in a service, all where it does not say."""
    needs = [need for need in service.needs if need.kind is kind] if service else []
    allowed: set[Any] = {one for need in needs for one in need.any_of}
    return tuple(
        Choice(id=one.id, text=one.name, colour=one.colour)
        for one in resources
        if one.kind is kind and (not allowed or one.id in allowed)
    )


def customer_choice(found: FoundCustomer) -> Choice:
    """A customer as the boxes offer one, with the alert that comes first."""
    detail = " · ".join((*found.phones[:2], *found.emails[:1]))
    alert = "Blocked from booking." if found.blocked else found.alert
    return Choice(id=found.id, text=found.name, detail=detail, alert=alert)
