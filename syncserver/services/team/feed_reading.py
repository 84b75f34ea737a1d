"""What stands at somebody's secret address: their visits, with no more of the customers than a first name."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Final

from shared import clock
from shared.model.appointment import Appointment
from shared.model.base import Span, value
from shared.model.customer import Customer
from shared.model.registry import canonical
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, may
from shared.rules.plans import includes
from shared.visits_ics import VisitEvent, calendar_bytes
from syncserver.services.declined import Declined
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.store.calendar_feeds import FeedRows, feed_behind, feed_written, visits_with
from syncserver.store.plans import plan_in_force
from syncserver.store.tenancy import Tenant, TenantState, control_transaction, tenant_transaction
from syncserver.store.tenants import find_tenant
from syncserver.store.users import User, find_user

BACK: Final = timedelta(days=30)
_AHEAD: Final = timedelta(days=366)
"""A feed goes no further, however far ahead may be booked."""
_LONGEST_SECRET: Final = 100
_FORM: Final = "1"
"""To be raised when the same rows make another calendar than before: programs that have one ask whether it is new."""


@value
class Whose:
    """Whose visits stand at an address, and in which business."""

    user: User
    tenant: Tenant


@value
class FeedShown:
    """A feed as it is sent; the same rows on the same day have the same tag. No body where its tag was known."""

    body: bytes | None
    tag: str


def whose(server: Server, secret: str) -> Whose:
    """Who is behind an address.

    Declined as `not_found` for whatever reason there is nothing: that it was revoked tells nobody more than that it
    never was.
    """
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
    return Whose(user=user, tenant=tenant)


def read(server: Server, whose: Whose, *, known: Collection[str] = ()) -> FeedShown:
    """The visits of somebody, from thirty days back to the furthest day that can be booked.

    Nothing is made where its tag is `known`. Declined as `not_found` under a plan without feeds.
    """
    user, today = whose.user, _begin_of_day(clock.now())
    # Whole days: what stands in them changes with the rows alone, and so does the tag.
    span = Span(today - BACK, today + timedelta(days=1) + _AHEAD)
    with tenant_transaction(server.engine, whose.tenant, read_only=True) as connection:
        if not includes(plan_in_force(connection).features, Capability.SHARE_CALENDAR):
            raise Declined(ProblemCode.NOT_FOUND)
        # Before the rows: what is written in between has another tag next time, and is sent once more.
        written = feed_written(connection, user.id, span)
        tag = _tag(_FORM, server.epoch, user.id, user.name, today.isoformat(), written)
        if tag in known:
            return FeedShown(body=None, tag=tag)
        rows = visits_with(connection, user.id, span)
    until = today + timedelta(days=1 + rows.business.max_advance)
    events = [_event(rows, one) for one in rows.visits if one.starts_at < until]
    body = calendar_bytes(f"{user.name}, {rows.business.name}", events, made_at=today)
    return FeedShown(body=body, tag=tag)


def _tag(*parts: str) -> str:
    return f'"{hashlib.sha256(canonical(parts).encode()).hexdigest()[:32]}"'


def _event(rows: FeedRows, visit: Appointment) -> VisitEvent:
    people: Mapping[str, Customer] = {one.id: one for one in rows.customers}
    places = {one.id: one.name for one in rows.locations}
    person = people.get(visit.customer_id or "")
    first_name = next(iter(person.name.split()), "") if person else ""
    services = visit.service_names
    title = ", ".join(one for one in (first_name, services) if one)
    return VisitEvent(visit=visit, title=title, place=places.get(visit.location_id, ""))


def _begin_of_day(now: datetime) -> datetime:
    """So that a calendar that asks again and again is answered with nothing new, where there is nothing new."""
    return datetime.combine(now.date(), time(), now.tzinfo)
