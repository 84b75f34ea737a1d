"""The way back from what was added and what was changed field by field: customers and the owner's set-up."""

from typing import Any, Final, TypeVar

from shared.model.base import CustomerId, LocationId, ResourceId, replace
from shared.model.business import Business, Location
from shared.model.customer import Consent, Customer
from shared.model.registry import Entity, entity_type
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.business import BusinessUpdate
from shared.mutations.consent import Say
from shared.mutations.customer import Create, Restore, Update, Withdraw, has_visits, made_of
from shared.mutations.fields import FieldEdit
from shared.mutations.inverse.table import Done, Edit, Edits, inverts
from shared.mutations.location import LocationCreate, LocationRezone, LocationUpdate
from shared.mutations.resource import ResourceCreate, ResourceUpdate
from shared.mutations.service import ServiceCreate, ServiceUpdate, to_sets_back
from shared.rules.merged import kept_of
from shared.store import Reads

R = TypeVar("R", bound=Entity)

_ARCHIVED: Final = (FieldEdit(field="archived", was=False, value=True),)


def _row(reads: Reads, cls: type[R], row_id: str) -> R:
    found = reads.find(cls, row_id)
    if found is None:
        raise LookupError(row_id)
    return found


def _back(done: Done[Any], cls: type[Any], row_id: str) -> tuple[FieldEdit, ...]:
    """Each field that changed, back to what it was, against what it came to."""
    kind = entity_type(cls)
    rows = [kind.encode(_row(reads, cls, row_id)) for reads in (done.before, done.after)]
    fields = zip(kind.names, *rows, strict=True)
    return tuple(
        FieldEdit(field=name, was=after, value=before)
        for name, before, after in fields
        if before != after and name != "tags"
    )


@inverts("customer.create", "customer.restore")
def _withdraw(done: Done[Create | Restore]) -> Edits:
    one = _row(done.after, Customer, done.args.customer_id)
    made = Create(
        customer_id=one.id,
        name=one.name,
        phones=one.phones,
        emails=one.emails,
        language=one.language,
        tags=one.tags,
        alert=one.alert,
        notes=one.notes,
    )
    if one == made_of(made) and not has_visits(done.after, one.id):
        return (Edit(name="customer.withdraw", args=Withdraw(made=made)),)
    # Of whom more is known those archive who manage customers, and no others.
    return (Edit(name="customer.update", args=Update(customer_id=one.id, edits=_ARCHIVED)),)


@inverts("customer.withdraw")
def _restore(done: Done[Withdraw]) -> Edits:
    return (Edit(name="customer.restore", args=Restore(customer_id=done.args.made.customer_id)),)


@inverts("customer.update")
def _correct_back(done: Done[Update]) -> Edits:
    one = kept_of(done.after, _row(done.after, Customer, done.args.customer_id)).id
    before, after = _row(done.before, Customer, one).tags, _row(done.after, Customer, one).tags
    args = Update(
        customer_id=one,
        edits=_back(done, Customer, one),
        tags_added=tuple(tag for tag in before if tag not in after),
        tags_removed=tuple(tag for tag in after if tag not in before),
    )
    # One that added nothing but a note has no way back.
    changes = args.edits or args.tags_added or args.tags_removed
    return (Edit(name="customer.update", args=args),) if changes else ()


@inverts("customer.consent")
def _unsay(done: Done[Say]) -> Edits:
    """The word before in place of the one that was kept, with its own time."""
    one = kept_of(done.after, _row(done.after, Customer, done.args.customer_id)).id
    before, after = (_word(reads, one, done.args.to) for reads in (done.before, done.after))
    args = Say(
        customer_id=one,
        to=done.args.to,
        given=None if before is None else before.given,
        said_at=None if before is None else before.at,
        instead_of=None if after is None else after.at,
    )
    return (Edit(name="customer.consent", args=args),)


def _word(reads: Reads, customer_id: CustomerId, purpose: str) -> Consent | None:
    return next((one for one in _row(reads, Customer, customer_id).consents if one.to == purpose), None)


@inverts("business.update")
def _business_back(done: Done[BusinessUpdate]) -> Edits:
    one = done.args.business_id
    return (Edit(name="business.update", args=BusinessUpdate(business_id=one, edits=_back(done, Business, one))),)


def _location(one: LocationId, edits: tuple[FieldEdit, ...]) -> Edits:
    return (Edit(name="location.update", args=LocationUpdate(location_id=one, edits=edits)),)


def _resource(one: ResourceId, edits: tuple[FieldEdit, ...]) -> Edits:
    return (Edit(name="resource.update", args=ResourceUpdate(resource_id=one, edits=edits)),)


def _service(args: ServiceUpdate) -> Edits:
    return (Edit(name="service.update", args=args),)


@inverts("location.create")
def _close_location(done: Done[LocationCreate]) -> Edits:
    return _location(done.args.location_id, _ARCHIVED)


@inverts("location.update")
def _location_back(done: Done[LocationUpdate]) -> Edits:
    return _location(done.args.location_id, _back(done, Location, done.args.location_id))


@inverts("location.rezone")
def _clock_back(done: Done[LocationRezone]) -> Edits:
    one = done.args.location_id
    before, after = (_row(reads, Location, one).zone for reads in (done.before, done.after))
    # Where only its rules were others, the same edit gives the same again.
    args = LocationRezone(location_id=one, was=after, zone=before)
    return () if before == after else (Edit(name="location.rezone", args=args),)


@inverts("resource.create")
def _retire_resource(done: Done[ResourceCreate]) -> Edits:
    return _resource(done.args.resource_id, _ARCHIVED)


@inverts("resource.update")
def _resource_back(done: Done[ResourceUpdate]) -> Edits:
    return _resource(done.args.resource_id, _back(done, Resource, done.args.resource_id))


@inverts("service.create")
def _retire_service(done: Done[ServiceCreate]) -> Edits:
    return _service(ServiceUpdate(service_id=done.args.service_id, edits=_ARCHIVED))


@inverts("service.update")
def _service_back(done: Done[ServiceUpdate]) -> Edits:
    one = done.args.service_id
    before, after = (_row(reads, Service, one) for reads in (done.before, done.after))
    edits = tuple(edit for edit in _back(done, Service, one) if edit.field not in ("needs", "terms"))
    return _service(replace(to_sets_back(after, before), edits=edits))
