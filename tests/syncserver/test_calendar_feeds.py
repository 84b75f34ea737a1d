"""Secret addresses at which a calendar reads somebody's visits: what stands there, and when nothing does any more."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import icalendar
import pytest
from sqlalchemy import Engine

from desktop.files.calendar_ics import read_calendar
from shared import clock
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, ResourceId, ServiceId
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import E, entity_type
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.protocol.problems import ProblemCode
from shared.visits_ics import calendar_bytes
from syncserver.services.caller import network_of
from syncserver.services.data.erasing import erase_tenant
from syncserver.services.declined import Declined
from syncserver.services.server import open_server
from syncserver.services.team import feed_reading
from syncserver.settings import Settings
from syncserver.store.events import OPERATOR
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import change_user, find_user
from syncserver.web.turns import OneByOne
from tests.support.http_client import TRUST
from tests.support.moving_clock import frozen, moved
from tests.support.running import running
from tests.support.salon import wire
from tests.support.shop import Shop, open_shop, put_on_tier, put_rows, stored_rows
from tests.support.trail import chain
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day

STAFF, MANAGER, OWNER = Role.TENANT_STAFF, Role.TENANT_MANAGER, Role.TENANT_OWNER
NOWHERE = "/feeds/" + "x" * 43 + ".ics"


@pytest.fixture
def shop(new_engine: Engine) -> Shop:
    """A business where somebody of the staff is a resource, with a service and a customer."""
    made = open_shop(new_engine)
    person = Resource(
        id=ResourceId(new_id()), location_id=made.location, kind=ResourceKind.STAFF, name="Nia", capacity=1, colour="",
        position=3, member_id=made.users[STAFF],
    )  # fmt: skip
    nobody = replace(person, id=ResourceId(new_id()), name="Zoe", member_id=None)
    cut = Service(
        id=ServiceId(new_id()), name="Cut", category="", colour="", price=4500, before=0, active=45, processing=0,
        finishing=0, after=0,
    )  # fmt: skip
    mira = Customer(id=CustomerId(new_id()), name="Mira Holm", phones=("+49301234567",), alert="allergic")
    put_rows(new_engine, made.tenant, person, nobody, cut, mira)
    return made


@pytest.fixture
def url(new_engine: Engine, shop: Shop, tmp_path: Path) -> Iterator[str]:
    with running(new_engine, Settings(data=tmp_path, port=0)) as (url, _):
        yield url


@pytest.fixture
def staff(url: str, shop: Shop) -> Iterator[WireDesk]:
    desk = WireDesk(url, shop, STAFF).ready()
    desk.pull()
    yield desk
    desk.http.close()


def signed_in(url: str, shop: Shop, role: Role) -> WireDesk:
    return WireDesk(url, shop, role).sign_in()


def made(desk: WireDesk, user: str | None = None) -> dict[str, Any]:
    reply = desk.http.post("/v1/feeds", json={"user": user})
    assert reply.is_success, reply.text
    told: dict[str, Any] = reply.json()
    return told


def path_of(told: dict[str, Any]) -> str:
    address: str = told["address"]
    return address[address.index("/feeds/") :]


def read(url: str, path: str, **headers: str) -> httpx2.Response:
    """What whoever knows an address is answered, without a session."""
    with httpx2.Client(base_url=url, verify=TRUST) as http:
        return http.get(path, headers=headers)


def events(reply: httpx2.Response) -> list[Any]:
    assert reply.status_code == 200, reply.text
    return list(icalendar.Calendar.from_ical(reply.content).walk("VEVENT"))


def book(desk: WireDesk, start: datetime | None = None, name: str = "Nia") -> str:
    """Book the staff member's time."""
    named = {row[1]: row[0] for table in ("customer", "service") for row in desk.rows[table].values()}
    person = next(row[0] for row in desk.rows["resource"].values() if row[3] == name)
    wish = {"service_id": named["Cut"], "resources": [person]}
    visit = new_id()
    args = {
        "appointment_id": visit, "customer_id": named["Mira Holm"], "location_id": desk.shop.location,
        "start": wire(start or next_day()), "segments": [wish], "notes": "do not tell",
    }  # fmt: skip
    desk.push(desk.edit("appointment.book", args))
    return visit


def test_a_feed_shows_the_visits_of_its_person_and_of_nobody_else(staff: WireDesk, url: str) -> None:
    visit = book(staff)
    book(staff, next_day(12), "Zoe")
    (event,) = events(read(url, path_of(made(staff))))
    assert event["UID"].startswith(visit)
    assert event["SUMMARY"] == "Mira, Cut"
    assert event["STATUS"] == "CONFIRMED"


def test_a_feed_tells_no_more_of_a_customer_than_a_first_name(staff: WireDesk, url: str) -> None:
    book(staff)
    body = read(url, path_of(made(staff))).text
    assert "Mira" in body
    assert not [word for word in ("Holm", "301234567", "allergic", "do not tell") if word in body]


def test_a_visit_that_is_moved_and_cancelled_keeps_its_uid_and_counts_up(staff: WireDesk, url: str) -> None:
    visit, path = book(staff), path_of(made(staff))
    first, later = next_day(), next_day(14)
    seen = events(read(url, path))
    was = {"status": "booked", "start": wire(first)}
    staff.push(staff.edit("appointment.reschedule", {"appointment_id": visit, "was": was, "start": wire(later)}))
    seen += events(read(url, path))
    was["start"] = wire(later)
    staff.push(staff.edit("appointment.cancel", {"appointment_id": visit, "was": was}))
    seen += events(read(url, path))
    assert len({one["UID"] for one in seen}) == 1
    assert [int(one["SEQUENCE"]) for one in seen] == [0, 1, 2]
    assert seen[1]["DTSTART"].dt == later
    assert seen[2]["STATUS"] == "CANCELLED"


def test_what_is_long_over_is_left_out(staff: WireDesk, url: str) -> None:
    book(staff, start=next_day(days=-40))
    near = book(staff, start=next_day(days=-20))
    assert [one["UID"][:36] for one in events(read(url, path_of(made(staff))))] == [near]


def test_a_calendar_that_asks_again_is_told_that_nothing_is_new(staff: WireDesk, url: str) -> None:
    path = path_of(made(staff))
    first = read(url, path)
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}'):
        again = read(url, path, **{"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    book(staff)
    assert read(url, path, **{"if-none-match": first.headers["etag"]}).status_code == 200


def test_the_secret_is_kept_nowhere_and_has_256_bits(staff: WireDesk, new_engine: Engine) -> None:
    secret = path_of(made(staff)).removeprefix("/feeds/").removesuffix(".ics")
    assert len(secret) == 43
    with new_engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT to_jsonb(t)::text FROM calendar_feeds t").scalars().all()
    assert len(kept) == 1
    assert secret not in kept[0]
    assert secret not in staff.http.get("/v1/feeds").text


def test_a_revoked_address_answers_as_one_that_never_was(staff: WireDesk, url: str) -> None:
    told = made(staff)
    assert staff.http.post(f"/v1/feeds/{told['feed']['id']}/revoke", json={}).status_code == 204
    gone, never = read(url, path_of(told)), read(url, NOWHERE)
    assert (gone.status_code, gone.content) == (never.status_code, never.content)
    assert never.status_code == 404
    assert staff.http.get("/v1/feeds").json() == {"feeds": []}


@pytest.mark.parametrize("what", ["disabled", "customer", "suspended", "closed", "plan"])
def test_a_feed_ends_with_the_right_to_see_the_book(
    staff: WireDesk, url: str, new_engine: Engine, shop: Shop, what: str
) -> None:
    path = path_of(made(staff))
    user = find_user(new_engine, shop.users[STAFF])
    assert user is not None
    assert read(url, path).is_success
    if what == "disabled":
        change_user(new_engine, shop.tenant, replace(user, is_active=False))
    elif what == "customer":
        change_user(new_engine, shop.tenant, replace(user, role=Role.CUSTOMER))
    elif what == "plan":
        put_on_tier(new_engine, shop.tenant, Tier.FREE)
    else:
        set_tenant_state(new_engine, shop.tenant, TenantState(what))
    assert read(url, path).content == read(url, NOWHERE).content


def test_who_manages_somebody_makes_sees_and_revokes_theirs(staff: WireDesk, url: str, shop: Shop) -> None:
    owner, manager = signed_in(url, shop, OWNER), signed_in(url, shop, MANAGER)
    told = made(manager, shop.users[STAFF])
    assert [one["id"] for one in staff.http.get("/v1/feeds").json()["feeds"]] == [told["feed"]["id"]]
    assert owner.http.get("/v1/feeds").json()["feeds"] == manager.http.get("/v1/feeds").json()["feeds"]
    made(owner)
    assert len(manager.http.get("/v1/feeds").json()["feeds"]) == 1
    for desk, user in ((manager, shop.users[OWNER]), (staff, shop.users[MANAGER])):
        assert desk.http.post("/v1/feeds", json={"user": user}).json()["code"] == "not_allowed"
    assert owner.http.post(f"/v1/feeds/{told['feed']['id']}/revoke", json={}).status_code == 204
    assert not read(url, path_of(told)).is_success
    owner.http.close()
    manager.http.close()


def test_nobody_has_more_addresses_than_they_need(staff: WireDesk) -> None:
    for _ in range(10):
        made(staff)
    reply = staff.http.post("/v1/feeds", json={})
    assert reply.json()["code"] == "limit_reached"


def test_the_trail_tells_who_made_and_who_revoked_one(
    staff: WireDesk, url: str, shop: Shop, new_engine: Engine
) -> None:
    owner = signed_in(url, shop, OWNER)
    told = made(owner, shop.users[STAFF])
    staff.http.post(f"/v1/feeds/{told['feed']['id']}/revoke", json={})
    found = [one for one in chain(new_engine, shop.tenant) if one.kind.startswith("feed.")]
    assert [(one.kind, one.actor_id) for one in found] == [
        ("feed.made", shop.users[OWNER]), ("feed.revoked", shop.users[STAFF]),
    ]  # fmt: skip
    owner.http.close()


def test_whoever_asks_too_often_is_asked_to_wait(url: str) -> None:
    with httpx2.Client(base_url=url, verify=TRUST) as http:
        codes = [http.get(NOWHERE).status_code for _ in range(250)]
    assert set(codes) == {404, 429}


def asked_from(http: httpx2.Client, address: str) -> int:
    return http.get(NOWHERE, headers={"x-forwarded-for": address}).status_code


def test_a_network_of_ipv6_asks_as_one_and_others_as_before(url: str) -> None:
    with httpx2.Client(base_url=url, verify=TRUST) as http, frozen(clock.now()):
        codes = [asked_from(http, f"2001:db8:1:2:{number:x}::{number:x}") for number in range(121)]
        assert codes == [404] * 120 + [429]
        assert asked_from(http, "2001:db8:1:3::1") == 404
        codes = [asked_from(http, f"{'::ffff:' * (number % 2)}192.0.2.1") for number in range(121)]
        assert codes == [404] * 120 + [429]
        assert [asked_from(http, one) for one in ("192.0.2.2", "::ffff:192.0.2.3", "fe80::1%eth0")] == [404] * 3


@pytest.mark.parametrize("address", ["", "testclient", "/run/desk.sock", "1.2.3", "::1::", "2001:db8::/64", "é"])
def test_what_is_no_address_counts_as_it_is(address: str) -> None:
    assert network_of(address) == address


def test_an_erased_business_leaves_no_feed(staff: WireDesk, shop: Shop, new_engine: Engine, tmp_path: Path) -> None:
    made(staff)
    erase_tenant(open_server(new_engine, Settings(data=tmp_path / "other")), shop.tenant, by=OPERATOR)
    with new_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM calendar_feeds").scalar_one() == 0


def test_own_visits_that_come_back_from_a_feed_are_known(staff: WireDesk, url: str) -> None:
    visit = book(staff)
    file = read_calendar(read(url, path_of(made(staff))).content, zone="UTC", now=clock.now())
    assert [event.id for row in file.rows for event in row.events] == [visit]


@pytest.mark.parametrize("by", ["PUT", "POST", "PATCH", "DELETE", "OPTIONS", "HEAD"])
def test_an_address_is_for_reading_and_nothing_else(staff: WireDesk, url: str, by: str) -> None:
    path = path_of(made(staff))
    with httpx2.Client(base_url=url, verify=TRUST) as http:
        assert http.request(by, path).status_code == 405


def test_an_address_that_is_not_quite_it_leads_nowhere(staff: WireDesk, url: str) -> None:
    path = path_of(made(staff))
    secret = path.removeprefix("/feeds/").removesuffix(".ics")
    others = (
        f"{path}/", f"{path}.ics", f"/feeds/{secret}", f"/feeds/{secret}.ICS", f"/feeds/{secret}%00.ics",
        f"/feeds/{secret}%0d%0a.ics", f"/feeds/%20{secret}.ics", f"/feeds/x%2f..%2f{secret}.ics",
        f"/FEEDS/{secret}.ics", f"//feeds/{secret}.ics", "/feeds/%ff%fe.ics", "/feeds/.ics",
        "/feeds/..%2f..%2fdocs%2fopenapi.json", f"/feeds/{'x' * 20_000}.ics",
    )  # fmt: skip
    assert {one: read(url, one).status_code for one in others} == dict.fromkeys(others, 404)


def test_a_tag_opens_nothing_that_was_revoked(staff: WireDesk, url: str) -> None:
    told = made(staff)
    tag = read(url, path_of(told)).headers["etag"]
    assert staff.http.post(f"/v1/feeds/{told['feed']['id']}/revoke", json={}).is_success
    assert read(url, path_of(told), **{"if-none-match": tag}).status_code == 404


def test_a_calendar_that_is_known_is_not_made_again(staff: WireDesk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    book(staff)
    path = path_of(made(staff))
    tag = read(url, path).headers["etag"]
    book(staff, next_day(12), "Zoe")
    monkeypatch.setattr(feed_reading, "calendar_bytes", lambda *_, **__: pytest.fail("it is made"))
    again = read(url, path, **{"if-none-match": tag})
    assert (again.status_code, again.headers["etag"]) == (304, tag)


CHANGES: dict[str, Callable[[Engine, Shop], object]] = {
    "a visit": lambda engine, shop: change(engine, shop, Appointment, lambda one: replace(one, sequence=7)),
    "a customer": lambda engine, shop: change(engine, shop, Customer, lambda one: replace(one, name="Mia")),
    "the business": lambda engine, shop: change(engine, shop, Business, lambda one: replace(one, name="Locks")),
    "how far ahead": lambda engine, shop: change(engine, shop, Business, lambda one: replace(one, max_advance=9)),
    "a place": lambda engine, shop: change(engine, shop, Location, lambda one: replace(one, name="East")),
    "whose resource": lambda engine, shop: change(engine, shop, Resource, lambda one: replace(one, member_id=None)),
    "the person": lambda engine, shop: rename(engine, shop, "Nia Lund"),
}


def change(engine: Engine, shop: Shop, cls: type[E], by: Callable[[E], E]) -> None:
    kind = entity_type(cls)
    put_rows(
        engine, shop.tenant, *[by(kind.decode(row)) for row in stored_rows(engine, shop.tenant)[kind.table].values()]
    )


def rename(engine: Engine, shop: Shop, name: str) -> None:
    user = find_user(engine, shop.users[STAFF])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, name=name))


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_a_calendar_tells_gives_it_another_tag(
    staff: WireDesk, url: str, new_engine: Engine, shop: Shop, what: str
) -> None:
    book(staff)
    path = path_of(made(staff))
    before = read(url, path)
    CHANGES[what](new_engine, shop)
    after = read(url, path, **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert what == "how far ahead" or after.content != before.content


def test_another_day_has_another_tag(staff: WireDesk, url: str) -> None:
    path = path_of(made(staff))
    tag = read(url, path).headers["etag"]
    with moved(timedelta(days=1)):
        assert read(url, path, **{"if-none-match": tag}).status_code == 200


def test_a_few_wait_for_a_calendar_and_pushes_for_none(
    staff: WireDesk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, held, making = path_of(made(staff)), threading.Event(), list[int]()

    def make_late(*given: Any, **named: Any) -> bytes:
        making.append(1)
        held.wait(20)
        making.append(-1)
        return calendar_bytes(*given, **named)

    monkeypatch.setattr(feed_reading, "calendar_bytes", make_late)
    replies = list[httpx2.Response]()
    askers = [threading.Thread(target=lambda: replies.append(read(url, path))) for _ in range(9)]
    for one in askers:
        one.start()
    until(lambda: len(replies) == 9 - 4)
    assert {(one.status_code, one.headers["retry-after"]) for one in replies} == {(503, "10")}
    book(staff)
    assert making == [1]
    held.set()
    for one in askers:
        one.join(20)
    assert sorted(one.status_code for one in replies) == [200] * 4 + [503] * 5
    assert making == [1, -1] * 4


def test_nobody_waits_for_a_calendar_without_end() -> None:
    feeds = OneByOne(longest=0)

    async def twice() -> None:
        async with feeds.turn("ann"):
            with pytest.raises(Declined) as late:
                async with feeds.turn("ben"):
                    pytest.fail("two at once")
            assert (late.value.code, late.value.retry_after) == (ProblemCode.RETRY, 10)
        async with feeds.turn("ben"):
            pass

    asyncio.run(twice())


def test_whoever_asks_again_and_again_leaves_others_a_place_in_line() -> None:
    feeds = OneByOne(in_line=3, of_one=2)

    async def ask(whose: str, done: list[str]) -> None:
        try:
            async with feeds.turn(whose):
                await asyncio.sleep(0)
                done.append(whose)
        except Declined:
            done.append(f"not {whose}")

    async def crowd() -> list[str]:
        done = list[str]()
        await asyncio.gather(*(ask(one, done) for one in ("ann", "ann", "ann", "ben", "cleo", "dora")))
        return done

    assert asyncio.run(crowd()) == ["not ann", "not dora", "ann", "ann", "ben", "cleo"]
