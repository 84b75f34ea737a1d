"""Everything that an owner has set up, what is archived too."""

from datetime import date, timedelta
from typing import Final

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.base import OwnerId, ResourceId, Span, value
from shared.model.business import Business, Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Member, Role
from shared.model.resource import Resource
from shared.model.service import Service
from shared.rules import wall_time

AHEAD: Final = timedelta(days=2 * 366)
"""How far ahead dates and blocked times are listed."""


@value
class BusinessSetup:
    """What the set-up page shows; dates and blocked times from today on."""

    role: Role
    today: date
    business: Business
    locations: tuple[Location, ...]
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]
    members: tuple[Member, ...]
    rules: tuple[HoursRule, ...]
    dates: tuple[HoursException, ...]
    blocks: tuple[TimeBlock, ...]


def business_setup(replica: Replica) -> BusinessSetup:
    """The business as it is set up."""
    reads, database, now = replica.tx(), replica.database, replica.now()
    business = reads.business()
    today = wall_time.local(now, business.zone).date()
    places, things = finding.every_location(database), finding.every_resource(database)
    owners = [*(OwnerId(one.id) for one in places), *(OwnerId(one.id) for one in things)]
    # A visit of tonight may go by the hours of yesterday.
    dates = reads.exceptions(owners, today - timedelta(days=1), today + AHEAD) if owners else ()
    blocks = reads.blocks([ResourceId(one.id) for one in things], Span(now, now + AHEAD)) if things else ()
    return BusinessSetup(
        role=replica.context().actor.role,
        today=today,
        business=business,
        locations=tuple(places),
        resources=tuple(things),
        services=tuple(finding.every_service(database)),
        members=tuple(finding.members(database).values()),
        rules=tuple(reads.hours(owners)) if owners else (),
        dates=tuple(sorted(dates, key=lambda one: (one.day, one.id))),
        blocks=tuple(sorted(blocks, key=lambda one: (one.starts_at, one.id))),
    )
