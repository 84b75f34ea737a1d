"""Everything that is known of one customer, and who was here lately."""

from datetime import datetime

from desktop.queries.find_customer import FoundCustomer, found_customer
from desktop.queries.notes import NoteLine, notes_about
from desktop.queries.phones import phones_text, region_of
from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, value
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.resource import Resource
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry
from shared.rules.apart import are_apart
from shared.rules.duplicates import Likeness, suggested
from shared.rules.merged import kept_of
from shared.rules.permissions import Capability, may
from shared.rules.regulars import Standing, standing
from shared.rules.waitlist import by_turn


@value
class Duplicate:
    """Somebody who may be the same person."""

    customer: Customer
    phones: tuple[str, ...]
    likeness: Likeness
    is_apart: bool
    """Whether somebody found them to be two people."""


@value
class CustomerPage:
    """A customer with all that belongs to them; `visits` are the latest ones, the newest first."""

    customer: Customer
    phones: tuple[str, ...]
    """As the business writes them."""
    standing: Standing
    visits: tuple[Appointment, ...]
    waits: tuple[tuple[WaitlistEntry, str], ...]
    """What they wait for, each with the name of its service."""
    notes: tuple[NoteLine, ...]
    preferred: str
    """By whom they like to be served; empty where that is nobody in particular."""
    duplicates: tuple[Duplicate, ...]
    may_manage: bool
    pending: bool
    """Changed on this computer and not accepted by the server yet."""


def customer_page(replica: Replica, customer_id: str, *, at: datetime, visits: int = 12) -> CustomerPage | None:
    """The page of a customer or of whom they were merged into; None where there is nobody."""
    reads, database = replica.tx(), replica.database
    row = reads.find(Customer, customer_id)
    if row is None:
        return None
    customer = kept_of(reads, row)
    made = finding.appointments_of(database, customer.id, _EVERY)
    payments = finding.payments_of_customer(database, customer.id)
    business = reads.business()
    region = region_of(business)
    preferred = reads.find(Resource, customer.preferred_id) if customer.preferred_id else None
    alike = finding.perhaps_same(database, customer)
    found = {one.id: one for one in alike}
    role = replica.context().actor.role
    return CustomerPage(
        customer=customer,
        phones=phones_text(customer.phones, region),
        standing=standing(made, payments, at=at),
        visits=tuple(made[:visits]),
        waits=_waits(replica, customer.id),
        notes=notes_about(replica, customer=customer),
        preferred=preferred.name if preferred else "",
        duplicates=tuple(
            Duplicate(
                customer=found[one.customer_id],
                phones=phones_text(found[one.customer_id].phones, region),
                likeness=one.likeness,
                is_apart=are_apart(reads, customer.id, one.customer_id),
            )
            for one in suggested(customer, alike)
        ),
        may_manage=may(Role(role), Capability.MANAGE_CUSTOMERS),
        pending=bool(replica.unsent_rows("customer", [customer.id])),
    )


_EVERY = 10_000


def _waits(replica: Replica, customer: CustomerId) -> tuple[tuple[WaitlistEntry, str], ...]:
    entries = by_turn(one for one in finding.open_entries(replica.database) if one.customer_id == customer)
    services = finding.by_ids(replica.database, Service, [one.service_id for one in entries])
    names = {one.id: one.name for one in services.values()}
    return tuple((one, names.get(one.service_id, "")) for one in entries)


def lately_here(replica: Replica, *, at: datetime, limit: int = 50) -> tuple[FoundCustomer, ...]:
    """Whose visits were the latest before an instant, the latest first."""
    ids = finding.latest_customers(replica.database, at, limit)
    rows = finding.by_ids(replica.database, Customer, ids)
    region = region_of(replica.tx().business())
    known = (rows[one] for one in ids if one in rows)
    return tuple(found_customer(one, region) for one in known if not one.archived)
