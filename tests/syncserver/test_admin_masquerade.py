"""Acting as somebody else from the admin: who may begin, what the other's day shows, the code, and the end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.appointment import Appointment, Segment, Source, Status
from shared.model.base import AppointmentId, BusinessId, CustomerId, LocationId, ResourceId, TimeBlockId
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.registry import ENTITIES
from shared.model.resource import Resource
from syncserver.services.identity import masquerades
from syncserver.services.platform.book_days import home_zone
from syncserver.services.server import Server
from syncserver.store.events import Entry
from syncserver.store.tenancy import Tenant, TenantState
from syncserver.store.tenants import default_business, set_tenant_state
from syncserver.store.users import User, change_user, create_user
from tests.support.admin_staff import PLATFORM, AdminHttp, hire, session_of
from tests.support.masquerade import REASON, member
from tests.support.moving_clock import moved
from tests.support.shop import ROLES, Shop, open_shop, put_rows, stored_rows
from tests.support.trail import chain
from tests.syncserver.conftest import Visit

DAY = date(2027, 3, 14)
"""A Sunday; in New York the clocks skip the hour from two."""
WHO_MAY = {
    Role.SUPERUSER: {*PLATFORM, *ROLES},
    Role.PLATFORM_MANAGER: set(),
    Role.PLATFORM_SALES: set(),
    Role.PLATFORM_SUPPORT: set(ROLES),
}
"""From the design; sales become temporary people alone."""


def begin(somebody: AdminHttp, user: str, reason: str = REASON) -> httpx2.Response:
    return somebody.post(f"/users/{user}/masquerade", reason=reason)


def told(engine: Engine, user: User, tenant: Tenant | None = None) -> list[Entry]:
    """What a chain says of somebody beside their signing in."""
    return [one for one in chain(engine, tenant) if one.actor_id == user.id and not one.kind.startswith("sign_in")]


def temporary(engine: Engine, shop: Shop) -> User:
    email = f"temp-{new_id()}@{shop.tenant.slug}.example"
    return create_user(
        engine, shop.tenant, email=email, name="Temp", role=Role.TENANT_STAFF, password_hash="-", is_temporary=True
    )


# Who may begin


@pytest.mark.parametrize("role", PLATFORM)
def test_the_button_stands_beside_those_whom_one_may_become_and_beside_no_others(
    visit: Visit, engine: Engine, shop: Shop, role: Role
) -> None:
    somebody = visit(role)
    people = {of: (shop.users[of], shop.tenant.slug) for of in ROLES}
    hired = {of: hire(engine, of) for of in PLATFORM}
    people |= {of: (one.id, one.email) for of, one in hired.items()}
    for of, (user, text) in people.items():
        page = somebody.get("/users", q=text).text
        assert (f"/admin/users/{user}/masquerade" in page) is (of in WHO_MAY[role]), of
    temp = temporary(engine, shop)
    offered = f"/admin/users/{temp.id}/masquerade"
    may_become = role is not Role.PLATFORM_MANAGER
    assert (offered in somebody.get(f"/tenants/{shop.tenant.id}").text) is may_become
    assert somebody.user
    assert f"/admin/users/{somebody.user.id}/masquerade" not in somebody.get("/users", q=somebody.user.email).text
    change_user(engine, shop.tenant, replace(temp, is_active=False))
    assert offered not in somebody.get(f"/tenants/{shop.tenant.id}").text
    change_user(engine, shop.tenant, temp)
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    assert "/masquerade" not in somebody.get(f"/tenants/{shop.tenant.id}").text


@pytest.mark.parametrize("role", PLATFORM)
def test_what_no_button_offers_is_refused_and_is_one_event(
    visit: Visit, engine: Engine, shop: Shop, role: Role
) -> None:
    somebody = visit(role)
    assert somebody.user
    owner, root = member(engine, shop, Role.TENANT_OWNER), hire(engine, Role.SUPERUSER)
    wanted = [one for one in (somebody.user, owner, root) if one is somebody.user or one.role not in WHO_MAY[role]]
    for whom in wanted:
        before = len(told(engine, somebody.user))
        reply = begin(somebody, whom.id)
        assert reply.status_code in (403, 404), whom.role
        (event,) = told(engine, somebody.user)[before:]
        assert (event.kind, event.outcome, event.as_whom_id) == ("masquerade.denied", "denied", whom.id)
    assert somebody.get("/masquerade").status_code == 401


def test_nobody_learns_whom_there_is_beyond_their_sight(visit: Visit, engine: Engine) -> None:
    sales, support = visit(Role.PLATFORM_SALES), visit()
    root = hire(engine, Role.SUPERUSER)
    for somebody in (sales, support):
        answers = [begin(somebody, whom) for whom in (root.id, new_id(), "x")]
        assert {(one.status_code, "nothing here" in one.text) for one in answers} == {(404, True)}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x1bb"])
def test_nobody_begins_without_a_reason(visit: Visit, shop: Shop, reason: str) -> None:
    support = visit()
    assert begin(support, shop.users[Role.TENANT_STAFF], reason).status_code == 422
    assert support.get("/masquerade").status_code == 401


def test_a_second_one_is_refused_in_a_sentence_whoever_it_is_for(visit: Visit, engine: Engine, shop: Shop) -> None:
    root = visit(Role.SUPERUSER)
    assert root.user
    assert begin(root, hire(engine, Role.PLATFORM_MANAGER).id).headers["location"] == "/admin/masquerade"
    other = shop.users[Role.TENANT_STAFF]
    reply = begin(root, other)
    assert (reply.status_code, "must stop first" in reply.text) == (409, True)
    last = told(engine, root.user)[-1]
    assert (last.kind, last.as_whom_id) == ("masquerade.denied", other)


# While it goes on


def test_every_page_says_who_acts_as_whom_and_how_to_end_it(visit: Visit, engine: Engine, shop: Shop) -> None:
    support = visit()
    assert support.user
    staff = member(engine, shop, Role.TENANT_STAFF)
    assert begin(support, staff.id).status_code == 303
    for path in (
        "/tenants",
        f"/tenants/{shop.tenant.id}",
        "/users",
        "/devices",
        "/grants",
        "/masquerade",
        "/masquerade/day",
    ):
        page = support.get(path).text
        banner = page.partition("<aside")[2].partition("</aside>")[0]
        assert support.user.name in banner, path
        assert staff.name in banner
        assert 'data-left="1' in banner
        assert 'action="/admin/masquerade/end"' in banner
    assert support.post("/masquerade/end").headers["location"] == "/admin/users?said=masquerade-ended"
    assert "<aside" not in support.get("/users").text
    assert [one.kind for one in told(engine, support.user, shop.tenant)] == ["masquerade.started", "masquerade.ended"]
    assert support.post("/masquerade/end").status_code == 401, "there is none to end"


def test_it_is_over_at_the_next_request(visit: Visit, engine: Engine, shop: Shop) -> None:
    support, paths = visit(), ("/masquerade", "/masquerade/day")
    staff = member(engine, shop, Role.TENANT_STAFF)

    def over() -> bool:
        pages = [support.get(path) for path in paths] + [support.post("/masquerade/code")]
        return all((one.status_code, "This masquerade is over" in one.text) == (401, True) for one in pages)

    begin(support, staff.id)
    change_user(engine, shop.tenant, replace(staff, is_active=False))
    assert over()
    change_user(engine, shop.tenant, staff)
    begin(support, staff.id)
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    assert over()
    set_tenant_state(engine, shop.tenant, TenantState.ACTIVE)
    begin(support, staff.id)
    with moved(timedelta(minutes=29)):
        assert support.get("/masquerade/day").status_code == 200
    with moved(timedelta(minutes=30)):
        assert "<aside" not in support.get("/users").text
        assert support.get("/masquerade/day").status_code == 401
    kinds = [one.kind for one in chain(engine, shop.tenant)]
    assert kinds == [*["masquerade.started", "masquerade.ended"] * 2, "masquerade.started", "masquerade.expired"]


def test_signing_out_ends_it(visit: Visit, server: Server, engine: Engine, shop: Shop) -> None:
    user = hire(engine, Role.PLATFORM_SUPPORT)
    support = AdminHttp(url=visit().url, user=user, token=session_of(server, user)[0])
    begin(support, shop.users[Role.TENANT_STAFF])
    assert support.post("/sign-out").status_code == 303
    assert masquerades.running(server, user) is None
    support.http.close()


# The code for a desk


def test_a_code_opens_a_desk_once_and_the_newest_alone(visit: Visit, shop: Shop, url: str) -> None:
    support = visit()
    begin(support, shop.users[Role.TENANT_STAFF])
    assert "smoothschedule://" not in support.get("/masquerade").text
    (old, _), (code, digits) = (offered(support.post("/masquerade/code"), url) for _ in range(2))
    http = support.http
    assert http.post("/v1/masquerade/code", json={"opening": old}).json()["code"] == "wrong_code"
    assert http.post("/v1/masquerade/code", json={"opening": code}).json()["target"]["role"] == "TENANT_STAFF"
    wish = {"opening": code, "digits": digits}
    assert http.post("/v1/masquerade/redeem", json=wish).status_code == 200
    assert http.post("/v1/masquerade/redeem", json=wish).status_code == 403


def offered(reply: httpx2.Response, url: str) -> tuple[str, str]:
    """The code and the digits that a page shows."""
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")
    link = unescape(reply.text.partition('id="link">')[2].partition("<")[0])
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc) == ("smoothschedule", "masquerade")
    asked = {name: one for name, (one,) in parse_qs(parts.query, strict_parsing=True).items()}
    assert (asked["server"], len(asked)) == (url, 2)
    return asked["code"], reply.text.partition('class="digits">')[2].partition("<")[0]


def test_customers_and_people_of_the_platform_have_no_desk(visit: Visit, engine: Engine, shop: Shop) -> None:
    support, root = visit(), visit(Role.SUPERUSER)
    begin(support, shop.users[Role.CUSTOMER])
    assert "in the browser only" in support.get("/masquerade").text
    assert support.post("/masquerade/code").status_code == 403
    begin(root, hire(engine, Role.PLATFORM_SALES).id)
    assert "At a desk" not in root.get("/masquerade").text
    assert root.post("/masquerade/code").status_code == 403
    assert root.get("/masquerade/day").status_code == 404


# The other's day


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    """An instant in March 2027."""
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


def visit_of(shop: Shop, start: datetime, *, customer: str | None, **other: object) -> Appointment:
    resources = other.pop("resources", (shop.ana,))
    segment = Segment(
        service_id=shop.cut, name="Cut", colour="", price=100, before=0, active=60, processing=0, finishing=0, after=0,
        resources=resources,  # type: ignore[arg-type]
    )  # fmt: skip
    made = Appointment(
        id=AppointmentId(new_id()), customer_id=CustomerId(customer) if customer else None, location_id=shop.location,
        starts_at=start, ends_at=start + timedelta(hours=1), zone="America/New_York", wall_start="2027-03-14T00:00:00",
        segments=(segment,), status=Status.BOOKED, source=Source.DESK, notes="inner note", price=100, currency="USD",
        steps=(),
    )  # fmt: skip
    return replace(made, **other)  # type: ignore[arg-type]


def blocked(resource: ResourceId, start: datetime, end: datetime, *, reason: str, archived: bool = False) -> TimeBlock:
    return TimeBlock(
        id=TimeBlockId(new_id()), resource_id=resource, starts_at=start, ends_at=end, reason=reason, archived=archived
    )


@pytest.fixture
def booked(engine: Engine, shop: Shop) -> dict[str, str]:
    """A day in New York, on which an hour is missing; the ids of the customers by their names."""
    rows = stored_rows(engine, shop.tenant)
    business: Business = ENTITIES["business"].decode(rows["business"].popitem()[1])
    site: Location = ENTITIES["location"].decode(rows["location"][shop.location])
    people = [
        Customer(id=CustomerId(new_id()), name=name, emails=emails)
        for name, emails in (
            ("Mia Own", (shop.email(Role.CUSTOMER).upper(),)),
            ("Tom Other", ("tom@x.example",)),
            ("Old Own", ()),
        )
    ]
    mia, tom, _ = (one.id for one in people)
    put_rows(
        engine, shop.tenant, replace(business, zone="America/New_York", locale="en-US"), *people,
        replace(site, zone="America/New_York"),
        visit_of(shop, at(5), customer=mia),
        visit_of(shop, at(13, day=15), customer=tom, notes="Monday"),
        visit_of(shop, at(4, 30), customer=tom),
        visit_of(shop, at(14), customer=tom, status=Status.CANCELLED),
        visit_of(shop, at(15), customer=tom, status=Status.NO_SHOW, resources=(shop.ben,)),
        visit_of(shop, at(16), customer=None, resources=()),
        blocked(shop.ana, at(20), at(12, day=16), reason="Fair"),
        blocked(shop.ben, at(20), at(21), reason="gone", archived=True),
    )  # fmt: skip
    return {one.name: one.id for one in people}


def day_of(somebody: AdminHttp, day: date = DAY) -> str:
    page = somebody.get("/masquerade/day", day=day.isoformat())
    assert page.status_code == 200
    return " ".join(page.text.partition("<main")[2].partition("</main>")[0].split())


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF])
@pytest.mark.usefixtures("booked")
def test_who_works_there_sees_the_whole_day_in_the_zone_of_the_business(visit: Visit, shop: Shop, role: Role) -> None:
    support = visit()
    begin(support, shop.users[role])
    page = day_of(support)
    assert "<h1>Sun Mar 14, 2027</h1>" in page
    assert "12:00 AM to 1:00 AM" in page, "five in the morning of UTC is midnight there"
    assert "Sat Mar 13, 11:30 PM to 12:30 AM" in page, "what reaches into the day names the other one"
    assert "4:00 PM to Tue Mar 16, 8:00 AM</strong> Blocked" in page
    assert ("Fair" in page, "gone" in page, "Monday" in page) == (True, False, False)
    assert page.count("Tom Other") == 2
    assert "No show" in page
    assert "Nobody yet" in page
    assert day_of(support, date(2027, 3, 17)).count("Nothing that day") == 2
    assert "America/New_York" in support.get("/masquerade/day").text


def test_a_customer_sees_their_own_visits_and_nothing_of_anybody_else(
    visit: Visit, engine: Engine, shop: Shop, booked: dict[str, str]
) -> None:
    support = visit()
    begin(support, shop.users[Role.CUSTOMER])
    page = day_of(support)
    assert page.count('class="visit"') == 1
    assert "12:00 AM to 1:00 AM" in page
    for other in ("Tom", "Fair", "inner note", "No show", "Nobody yet"):
        assert other not in page
    assert day_of(support, date(2027, 3, 15)).count("Nothing that day") == 1
    # A family's e-mail: who of them they are is known to nobody.
    twin = Customer(id=CustomerId(new_id()), name="Twin", emails=(shop.email(Role.CUSTOMER),))
    put_rows(engine, shop.tenant, twin)
    page = day_of(support)
    assert ("does not say for certain" in page, 'class="visit"' in page) == (True, False)
    put_rows(engine, shop.tenant, replace(twin, merged_into=CustomerId(booked["Mia Own"])))
    assert 'class="visit"' in day_of(support)


def test_odd_days_are_today(visit: Visit, shop: Shop) -> None:
    support = visit()
    begin(support, shop.users[Role.TENANT_STAFF])
    for odd in ("", "x", "0001-01-01", "9999-12-31", "2027-02-30", "' OR 1=1", "\0"):
        page = support.get("/masquerade/day", day=odd)
        assert page.status_code == 200, odd
        assert 'aria-current="date"' in page.text


@pytest.mark.parametrize(
    ("zones", "zone"), [((), "UTC"), (("Asia/Tokyo",) * 2, "Asia/Tokyo"), (("Asia/Tokyo", "America/New_York"), "UTC")]
)
def test_today_is_the_day_of_the_places_where_they_agree(zones: tuple[str, ...], zone: str) -> None:
    """Who has not told the business's own clock yet sees today nevertheless, also near midnight."""
    business = default_business(BusinessId(new_id()), "Praxis")
    places = [Location(id=LocationId(new_id()), name=one, zone=one, address="") for one in zones]
    assert home_zone(business, places) == zone


def test_the_day_that_opens_is_today_at_the_only_site(visit: Visit, engine: Engine) -> None:
    shop, support = open_shop(engine), visit()
    begin(support, shop.users[Role.TENANT_STAFF])
    site: Location = ENTITIES["location"].decode(stored_rows(engine, shop.tenant)["location"][shop.location])
    # Whichever hour it is: with one of them it is another day than with UTC.
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        put_rows(engine, shop.tenant, replace(site, zone=zone))
        today = datetime.now(ZoneInfo(zone)).date()
        assert f'value="{today}"' in support.get("/masquerade/day").text


@pytest.mark.usefixtures("booked")
def test_a_day_names_the_site_where_there_are_several(visit: Visit, engine: Engine, shop: Shop) -> None:
    put_rows(engine, shop.tenant, Location(id=LocationId(new_id()), name="Annex", zone="America/New_York", address=""))
    support = visit()
    begin(support, shop.users[Role.TENANT_OWNER])
    (site,) = {row[1] for key, row in stored_rows(engine, shop.tenant)["location"].items() if key == shop.location}
    assert f'<span class="under"><bdi>{site}</bdi></span>' in day_of(support)


@pytest.mark.usefixtures("booked")
def test_a_site_with_another_clock_has_the_day_of_that_clock(visit: Visit, engine: Engine, shop: Shop) -> None:
    """The 14th in Tokyo is from 15:00 to 15:00, as UTC has it: over before it begins at noon of New York."""
    site, tessa = LocationId(new_id()), ResourceId(new_id())
    ana: Resource = ENTITIES["resource"].decode(stored_rows(engine, shop.tenant)["resource"][shop.ana])
    starts = (at(14, day=13), at(15, day=13), at(14), at(15))
    put_rows(
        engine, shop.tenant, Location(id=site, name="Shibuya", zone="Asia/Tokyo", address=""),
        replace(ana, id=tessa, name="Tessa", location_id=site),
        *(visit_of(shop, one, customer=None, resources=(tessa,), location_id=site) for one in starts),
    )  # fmt: skip
    support = visit()
    begin(support, shop.users[Role.TENANT_OWNER])
    page = day_of(support)
    column = page[page.index("<bdi>Tessa</bdi>") :].partition("</ol>")[0]
    assert "Asia/Tokyo" in column
    assert [one for one in column.split("strong>") if " to " in one] == [
        "12:00 AM to 1:00 AM</", "11:00 PM to 12:00 AM</",
    ]  # fmt: skip
    assert page.count("Asia/Tokyo") == 1, "where it is the clock of the business, no zone is named"


def test_a_day_holds_nothing_of_another_business(visit: Visit, engine: Engine, shop: Shop) -> None:
    other = open_shop(engine)
    put_rows(engine, other.tenant, visit_of(other, at(12), customer=other.customer))
    support = visit()
    begin(support, shop.users[Role.TENANT_OWNER])
    assert other.canary not in support.get("/masquerade/day", day=DAY.isoformat()).text
