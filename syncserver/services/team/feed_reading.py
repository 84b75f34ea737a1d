"""What stands at somebody's secret address: their visits, with no more of the customers than a first name."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from shared import clock
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, may
from shared.rules.plans import includes
from shared.visits_ics import VisitEvent, calendar_bytes
from syncserver.services.declined import Declined
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.store.calendar_feeds import FeedRows, feed_behind, visits_with
from syncserver.store.tenancy import Tenant, TenantState, control_transaction, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user

BACK: Final = timedelta(days=30)
_LONGEST_SECRET: Final = 100


@value
class FeedShown:
    """A feed as it is sent; the same visits on the same day have the same tag."""

    body: bytes
    tag: str


def read(server: Server, secret: str) -> FeedShown:
    """The visits behind an address, from thirty days back to the furthest day that can be booked.

    Declined as `not_found` for whatever reason there is nothing: that it was revoked tells nobody more than that it
    never was.
    """
    user, tenant = _whose(server, secret)
    now = clock.now()
    with tenant_transaction(server.engine, tenant, read_only=True) as connection:
        # The furthest day is the business's to say, and a year and a day where it says more.
        rows = visits_with(connection, user.id, now - BACK, now + timedelta(days=366))
    if not includes(rows.plan.features, Capability.SHARE_CALENDAR):
        raise Declined(ProblemCode.NOT_FOUND)
    until = now + timedelta(days=rows.business.max_advance)
    events = [_event(rows, one) for one in rows.visits if one.starts_at < until]
    body = calendar_bytes(f"{user.name}, {rows.business.name}", events, made_at=_begin_of_day(now))
    return FeedShown(body=body, tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _whose(server: Server, secret: str) -> tuple[User, Tenant]:
    found = None
    if len(secret) <= _LONGEST_SECRET:
        with control_transaction(server.engine, read_only=True) as connection:
            found = feed_behind(connection, token_hash(secret))
    user = None if found is None else find_user(server.engine, found.user_id)
    tenant = None if found is None else find_tenant(server.engine, found.tenant_id)
    if user is None or tenant is None or tenant.state is not TenantState.ACTIVE:
        raise Declined(ProblemCode.NOT_FOUND)
    if not user.is_active or not may(user.role, Capability.SHARE_CALENDAR):
        raise Declined(ProblemCode.NOT_FOUND)
    return user, tenant


def _event(rows: FeedRows, visit: Appointment) -> VisitEvent:
    people: Mapping[str, Customer] = {one.id: one for one in rows.customers}
    places = {one.id: one.name for one in rows.locations}
    person = people.get(visit.customer_id or "")
    first_name = next(iter(person.name.split()), "") if person else ""
    services = " + ".join(one.name for one in visit.segments if one.name)
    title = ", ".join(one for one in (first_name, services) if one)
    return VisitEvent(visit=visit, title=title, place=places.get(visit.location_id, ""))


def _begin_of_day(now: datetime) -> datetime:
    """So that a calendar that asks again and again is answered with nothing new, where there is nothing new."""
    return datetime.combine(now.date(), time(), now.tzinfo)
