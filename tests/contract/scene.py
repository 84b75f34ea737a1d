"""The business in which the examples of the protocol play: fixed ids, and a morning that does not pass."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from shared.model.base import BusinessId, CustomerId, LocationId, ResourceId, ServiceId
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from syncserver.services.identity import masquerades
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.store.tenants import create_tenant, find_tenant_by_slug
from syncserver.store.users import create_user, find_user_by_email
from tests.support.shop import put_on_tier, put_rows

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


class StoppedClock:
    """It is eight in the morning."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def numbered(number: int) -> str:
    """A short id for reading."""
    return f"01970000-0000-7000-8000-{number:012d}"


def set_scene(engine: Engine) -> dict[str, str]:
    """Make the business and its owner; the short ids that stand for ids that are made anew."""
    business = Business(
        id=BusinessId(numbered(5)), name="Salon Lind", zone="Europe/Berlin", currency="EUR", locale="de-DE",
        first_day_of_week=0, slot_step=15, min_notice=120, max_advance=365, cancel_window=1440, requests_hold=True,
        series_clash="part",
    )  # fmt: skip
    tenant = create_tenant(engine, slug="salon-lind", name="Salon Lind", business=business)
    user = create_user(
        engine, tenant, email="mia@salon-lind.example", name="Mia Lind", role=Role.TENANT_OWNER,
        password_hash=hash_password("ten green bottles"),
    )  # fmt: skip
    put_rows(
        engine,
        tenant,
        Location(id=LocationId(numbered(1)), name="Mitte", zone="Europe/Berlin", address="Torstr. 1"),
        Resource(
            id=ResourceId(numbered(2)), location_id=LocationId(numbered(1)), kind=ResourceKind.STAFF, name="Ana",
            capacity=1, colour="#336699", position=0,
        ),
        Service(
            id=ServiceId(numbered(3)), name="Cut", category="", colour="", price=4500, before=0, active=45,
            processing=0, finishing=0, after=0,
        ),
        Customer(id=CustomerId(numbered(4)), name="Ida Brandt"),
    )  # fmt: skip
    return {user.id: numbered(91), tenant.id: numbered(6)}


def meet_others(server: Server) -> tuple[dict[str, str], dict[str, str]]:
    """A larger plan, somebody who begins to work there, and support that acts as the owner.

    Short ids as above, and what is asked with.
    """
    tenant = find_tenant_by_slug(server.engine, "salon-lind")
    assert tenant is not None
    put_on_tier(server.engine, tenant, Tier.ENTERPRISE)
    owner = find_user_by_email(server.engine, tenant.id, "mia@salon-lind.example")
    assert owner is not None
    nina = create_user(
        server.engine, tenant, email="nina@salon-lind.example", name="Nina Voss", role=Role.TENANT_STAFF,
        password_hash="!",
    )  # fmt: skip
    sam = create_user(
        server.engine, None, email="sam@platform.example", name="Sam Port", role=Role.PLATFORM_SUPPORT,
        password_hash="!",
    )  # fmt: skip
    offer = masquerades.offer_code(
        server, masquerades.start(server, sam, owner.id, reason="Cannot see Tuesday")
    )  # fmt: skip
    return {nina.id: numbered(95)}, {"target": nina.id, "opening": offer.code, "digits": offer.digits}
