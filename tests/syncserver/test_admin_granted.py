"""What a grant opens: billing to be seen, the schedule to be edited, archived rows to be brought back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest
from sqlalchemy import Engine, update

from shared.clock import instant_text, now, parse_instant
from shared.dates import Dates
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.base import CustomerId, LocationId, ResourceId
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.model.registry import entity_type
from shared.model.resource import Resource, ResourceKind
from shared.rules.grants import EDITS, Action
from shared.rules.plans import Override
from shared.rules.wall_time import local
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform import grants, platform_edits
from syncserver.services.platform.grants import Grant
from syncserver.services.server import Server
from syncserver.store.events import Entry
from syncserver.store.tables import control
from syncserver.store.tenancy import TenantState, control_transaction, take_clock, tenant_transaction
from syncserver.store.tenants import write_tenant_state
from syncserver.store.users import change_user
from tests.support.admin_staff import AdminHttp, hire, session_of
from tests.support.moving_clock import moved
from tests.support.shop import Shop, open_shop, put_on_tier, put_rows, stored_rows
from tests.support.trail import chain
from tests.support.waiting import until
from tests.support.wire_desk import next_day
from tests.syncserver.conftest import DeskMaker, Visit
from tests.syncserver.test_gateway import booking, edit, recorded

ZONE: Final = "Europe/Berlin"
PAGES: Final = {Action.VIEW_BILLING: "billing", Action.EDIT_SCHEDULE: "book", Action.RESTORE_DELETED: "archived"}


@pytest.fixture
def root(visit: Visit) -> AdminHttp:
    return visit(Role.SUPERUSER)


@pytest.fixture
def support(visit: Visit) -> AdminHttp:
    return visit(Role.PLATFORM_SUPPORT)


Give = Callable[..., Grant]


@pytest.fixture
def give(server: Server, root: AdminHttp, support: AdminHttp, shop: Shop) -> Give:
    """Gives support an action, in the business of the test."""
    assert root.user
    assert support.user
    giver, getter = root.user, support.user

    def made(action: Action, *, at: Shop = shop, **how: Any) -> Grant:
        return grants.create(server, giver, getter.id, at.tenant, action, reason="the call", **how)

    return made


def told(engine: Engine, shop: Shop) -> list[tuple[str, str]]:
    beside = ("grant.created", "sign_in.tried")
    return [(one.kind, one.outcome) for one in chain(engine, shop.tenant) if one.kind not in beside]


def deed(engine: Engine, shop: Shop) -> Entry:
    (found,) = (one for one in chain(engine, shop.tenant) if one.kind == "book.edited")
    return found


def booked(engine: Engine, shop: Shop, hour: int = 10) -> dict[str, str]:
    """A visit, and what a form says of it."""
    made = booking(shop, hour)
    recorded(engine, shop, made)
    start = made.args["start"]
    return {"visit": made.args["appointment_id"], "status": "booked", "start": start, "day": start[:10]}


def form(seen: dict[str, str], **other: str) -> dict[str, str]:
    return {"key": new_id(), **seen, "reason": "they called", **other}


def path(shop: Shop, what: str) -> str:
    return f"/tenants/{shop.tenant.id}/{what}"


def visit_row(engine: Engine, shop: Shop, visit: str) -> dict[str, Any]:
    row = stored_rows(engine, shop.tenant)["appointment"][visit]
    return dict(zip(entity_type(Appointment).names, row, strict=True))


def wall(start: str, hour: int) -> str:
    """What a field for a time holds, by the clock of the place: that of an hour of UTC on the day of a start."""
    at = parse_instant(start).replace(hour=hour, minute=0)
    return local(at, ZONE).strftime("%Y-%m-%dT%H:%M")


def deeds(engine: Engine, shop: Shop) -> dict[str, tuple[str, dict[str, str]]]:
    """Each deed of a grant, in good shape: its path and its form."""
    seen = booked(engine, shop)
    gone = Customer(id=CustomerId(new_id()), name="Gone", archived=True)
    put_rows(engine, shop.tenant, gone)
    args = {"block_id": new_id(), "resource_id": shop.ben, **span(8, 9), "reason": "the van"}
    return {
        "cancel": ("book/cancel", form(seen)),
        "move": ("book/move", form(seen, wall=wall(seen["start"], 15))),
        "edit": ("edits", api("block.put", args)),
        "restore": ("archived/restore", {"key": new_id(), "kind": "customer", "row": gone.id, "reason": "a slip"}),
    }


def span(start: int, end: int) -> dict[str, str]:
    return {"start": instant_text(next_day(start)), "end": instant_text(next_day(end))}


def api(name: str, args: Any, **other: str) -> dict[str, str]:
    return {"key": new_id(), "name": name, "args": orjson.dumps(args).decode(), "reason": "they called", **other}


ACTION: Final = {
    "cancel": Action.EDIT_SCHEDULE, "move": Action.EDIT_SCHEDULE, "edit": Action.EDIT_SCHEDULE,
    "restore": Action.RESTORE_DELETED,
}  # fmt: skip


def test_a_visit_is_moved_by_the_rules_and_everybody_reads_by_whom(
    desk: DeskMaker, engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    mine, seen = desk(), booked(engine, shop)
    give(Action.EDIT_SCHEDULE)
    page = support.get(path(shop, "book"), day=seen["day"])
    assert seen["visit"] in page.text
    reply = support.post(path(shop, "book/move"), **form(seen, wall=wall(seen["start"], 15)))
    assert reply.headers["location"].endswith(f"/book?said=moved&day={seen['day']}")
    mine.pull()
    assert visit_row(engine, shop, seen["visit"])["starts_at"] == f"{seen['day']}T15:00:00Z"
    assert f"{seen['day']}T15:00:00Z" in mine.rows["appointment"][seen["visit"]]
    assert told(engine, shop) == [("grant.used", "allowed"), ("grant.used", "allowed"), ("book.edited", "allowed")]
    found = deed(engine, shop)
    assert support.user
    assert (found.actor_id, found.actor_email) == (support.user.id, support.user.email)
    assert (found.subject, found.reason) == ("appointment.reschedule", "they called")
    details = orjson.loads(found.details)
    assert (details["was"], details["now"]) == (seen["start"], f"{seen['day']}T15:00:00Z")
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        *_, logged = connection.exec_driver_sql("SELECT * FROM mutation_log ORDER BY version, ordinal").all()
    assert (str(logged.id), str(logged.user_id), logged.role) == (details["edit"], support.user.id, "TENANT_STAFF")
    assert (logged.replica_id, logged.session_id, logged.as_whom) == (None, None, None)


def test_the_owner_reads_it_at_the_desk(
    desk: DeskMaker, engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    support.post(path(shop, "book/cancel"), **form(booked(engine, shop)))
    told_there = desk(Role.TENANT_OWNER).http.get("/v1/audit").json()["events"]
    (done,) = (one for one in told_there if one["kind"] == "book.edited")
    assert support.user
    assert (done["actor"]["email"], done["reason"]) == (support.user.email, "they called")


def test_a_visit_is_cancelled_for_the_business_with_the_reason(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    seen = booked(engine, shop)
    assert support.post(path(shop, "book/cancel"), **form(seen)).status_code == 303
    row = visit_row(engine, shop, seen["visit"])
    assert (row["status"], row["cancel_reason"], row["cancelled_by"]) == ("cancelled", "they called", "business")
    assert support.user
    assert row["steps"][-1]["by"] == support.user.id


def test_a_form_that_is_sent_twice_is_one_edit(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    wish = form(booked(engine, shop))
    assert [support.post(path(shop, "book/cancel"), **wish).status_code for _ in range(2)] == [303, 303]
    deed(engine, shop)


def test_what_is_so_already_is_no_deed(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    give(Action.RESTORE_DELETED)
    seen = booked(engine, shop)
    for _ in range(2):
        assert support.post(path(shop, "book/cancel"), **form(seen)).status_code == 303, "as two who press at once"
    for kind, row in (("customer", shop.customer), ("service", shop.cut)):
        wish = {"key": new_id(), "kind": kind, "row": row, "reason": "a slip"}
        assert support.post(path(shop, "archived/restore"), **wish).status_code == 303
    assert deed(engine, shop).subject == "appointment.cancel"


@pytest.mark.parametrize("by", [{}, {"by": "customer"}, {"by": None}])
def test_nobody_owes_a_fee_by_a_grant(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give, by: dict[str, Any]
) -> None:
    wanted = [{"field": "late_fee", "was": 0, "value": 2500}, {"field": "cancel_window", "was": 1440, "value": 10_000}]
    recorded(engine, shop, edit("business.update", business_id=shop.tenant.id, edits=wanted))
    give(Action.EDIT_SCHEDULE)
    seen = booked(engine, shop)
    args = {"appointment_id": seen["visit"], "was": {"status": "booked", "start": seen["start"]}}
    reply = support.post(path(shop, "edits"), **api("appointment.cancel", {**args, **by}))
    assert reply.status_code == 422
    assert "cancelled by the business" in reply.text
    assert visit_row(engine, shop, seen["visit"])["status"] == "booked"
    assert told(engine, shop) == []
    assert support.post(path(shop, "edits"), **api("appointment.cancel", {**args, "by": "business"})).status_code == 303
    row = visit_row(engine, shop, seen["visit"])
    assert (row["status"], row["cancelled_late"], row["fee"]) == ("cancelled", True, 0)


def test_the_trail_has_times_as_the_log_has_them(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    wish = {**booking(shop, 10).args, "start": str(int(next_day(10).timestamp()))}
    assert support.post(path(shop, "edits"), **api("appointment.book", wish)).status_code == 303
    assert orjson.loads(deed(engine, shop).details)["now"] == instant_text(next_day(10))


def test_a_used_key_with_other_words_is_another_edit(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    key, seen = new_id(), booked(engine, shop)
    for hour in (15, 16):
        wish = {**form(seen, wall=wall(seen["start"], hour)), "key": key}
        assert support.post(path(shop, "book/move"), **wish).status_code == 303
        seen["start"] = f"{seen['day']}T{hour}:00:00Z"
    assert visit_row(engine, shop, seen["visit"])["starts_at"] == f"{seen['day']}T16:00:00Z"


@pytest.mark.parametrize("name", ACTION)
def test_without_a_grant_of_this_action_here_and_now_nothing_is_done(
    server: Server, engine: Engine, shop: Shop, root: AdminHttp, support: AdminHttp, give: Give, name: str
) -> None:
    where, wish = deeds(engine, shop)[name]
    for other in Action:
        if other is not ACTION[name]:
            give(other)
    give(ACTION[name], at=open_shop(engine))
    before = stored_rows(engine, shop.tenant)
    assert support.post(path(shop, where), **wish).status_code == 403, "another action, another business"
    revoked = give(ACTION[name])
    assert root.user
    grants.revoke(server, root.user, revoked.id)
    assert support.post(path(shop, where), **wish).status_code == 403, "revoked"
    short = give(ACTION[name], minutes=1)
    with moved(timedelta(minutes=1)):
        assert support.post(path(shop, where), **wish).status_code == 403, "expired"
    assert stored_rows(engine, shop.tenant) == before
    denied = [one for one in chain(engine, shop.tenant) if one.outcome == "denied"]
    assert [one.kind for one in denied] == ["grant.used", "grant.used", "grant.expired"]
    assert {one.subject for one in denied} == {ACTION[name].value}
    assert short.id in denied[-1].details
    give(ACTION[name])
    assert support.post(path(shop, where), **wish).status_code == 303


@pytest.mark.parametrize("action", PAGES)
def test_a_page_is_shown_by_its_own_grant_alone(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give, action: Action
) -> None:
    for other in Action:
        if other is not action:
            give(other)
    assert support.get(path(shop, PAGES[action])).status_code == 403
    assert f'/{PAGES[action]}"' not in support.get(f"/tenants/{shop.tenant.id}").text
    give(action)
    assert support.get(path(shop, PAGES[action])).status_code == 200
    assert f'/{PAGES[action]}"' in support.get(f"/tenants/{shop.tenant.id}").text
    assert told(engine, shop) == [("grant.used", "denied"), ("grant.used", "allowed")]


@pytest.mark.parametrize("name", ACTION)
def test_nothing_is_done_under_a_masquerade(
    server: Server, engine: Engine, shop: Shop, support: AdminHttp, give: Give, name: str
) -> None:
    give(ACTION[name])
    where, wish = deeds(engine, shop)[name]
    token = support.form_token()
    assert support.user
    masquerades.start(server, support.user, shop.users[Role.TENANT_OWNER], reason="a look")
    before = stored_rows(engine, shop.tenant)
    own = {"Origin": support.url, "Sec-Fetch-Site": "same-origin"}
    assert support.post_as(own, path(shop, where), csrf=token, **wish).status_code == 403
    assert support.get(path(shop, PAGES[ACTION[name]])).status_code == 403
    assert stored_rows(engine, shop.tenant) == before
    assert ("grant.used", "allowed") not in told(engine, shop)
    assert told(engine, shop).count(("masquerade.action_denied", "denied")) == 2


@pytest.mark.parametrize("name", ACTION)
def test_a_form_of_others_does_nothing(engine: Engine, shop: Shop, support: AdminHttp, give: Give, name: str) -> None:
    give(ACTION[name])
    where, wish = deeds(engine, shop)[name]
    before, token = stored_rows(engine, shop.tenant), support.form_token()
    own = {"Origin": support.url, "Sec-Fetch-Site": "same-origin"}
    theirs = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for headers, shown in ((theirs, token), ({}, token), (own, ""), (own, "x" * len(token))):
        assert support.post_as(headers, path(shop, where), csrf=shown, **wish).status_code == 403
    assert stored_rows(engine, shop.tenant) == before
    assert told(engine, shop) == []


def test_a_grant_carries_no_other_edit(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    before = stored_rows(engine, shop.tenant)
    for name in ("payment.take", "customer.erase", "service.update", "customer.restore", "appointment.lock"):
        assert support.post(path(shop, "edits"), **api(name, {})).status_code == 403, name
    assert support.post(path(shop, "edits"), **api("appointment.burn", {})).status_code == 422
    assert stored_rows(engine, shop.tenant) == before
    assert told(engine, shop) == [("access.refused", "denied")] * 5


def test_a_grant_books_over_no_rule(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    booked(engine, shop, 10)
    before = stored_rows(engine, shop.tenant)
    for override, status in ((None, 422), ("because", 403)):
        wish = {**booking(shop, 10).args, "override": override}
        assert support.post(path(shop, "edits"), **api("appointment.book", wish)).status_code == status
    assert stored_rows(engine, shop.tenant) == before
    assert told(engine, shop) == [("access.refused", "denied")]


def test_each_edit_of_the_schedule_is_made(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    give(Action.EDIT_SCHEDULE)
    first, second = dict(booking(shop, 8).args), dict(booking(shop, 9).args)
    second["segments"] = [{"service_id": shop.cut, "resources": [shop.ben]}]
    block = new_id()
    was = {"status": "booked", "start": first["start"]}
    swap = {
        "appointment_id": first["appointment_id"], "was": was, "resources": [shop.ana],
        "other_id": second["appointment_id"], "other_was": {"status": "booked", "start": second["start"]},
        "other_resources": [shop.ben],
    }  # fmt: skip
    swapped = {**was, "start": second["start"]}
    moved_to = instant_text(next_day(14))
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("appointment.book", first),
        ("appointment.book", second),
        ("appointment.swap", swap),
        ("appointment.reschedule", {"appointment_id": first["appointment_id"], "was": swapped, "start": moved_to}),
        (
            "appointment.cancel",
            {"appointment_id": first["appointment_id"], "was": {**was, "start": moved_to}, "by": "business"},
        ),
        ("block.put", {"block_id": block, "resource_id": shop.ana, **span(16, 17)}),
        ("block.remove", {"block_id": block}),
    ]
    for name, args in wishes:
        assert support.post(path(shop, "edits"), **api(name, args)).status_code == 303, name
    assert {name for name, _ in wishes} == set(EDITS[Action.EDIT_SCHEDULE])
    assert told(engine, shop).count(("book.edited", "allowed")) == len(wishes)


@pytest.mark.parametrize(
    ("where", "other"),
    [
        ("book/move", {"wall": ""}),
        ("book/move", {"wall": "tomorrow"}),
        ("book/move", {"wall": "2026-05-04T09:00:00+02:00"}),
        ("book/move", {"wall": "2026-05-04T09:00+02:00"}),
        ("book/move", {"wall": "99999-01-01T00:00"}),
        ("book/move", {"wall": "0001-01-01T00:00"}),
        ("book/move", {"reason": "  "}),
        ("book/move", {"reason": "x" * 501}),
        ("book/move", {"key": ""}),
        ("book/move", {"key": "x" * 65}),
        ("book/move", {"visit": "' OR true --"}),
        ("book/move", {"status": "nonsense"}),
        ("book/move", {"start": "yesterday"}),
        ("book/move", {"more": "1"}),
        ("book/cancel", {"visit": "x"}),
        ("book/cancel", {"visit": new_id()}),
        ("book/cancel", {"status": "completed"}),
        ("book/cancel", {"start": "2026-05-04T09:00:00Z"}),
        ("book/cancel", {"reason": ""}),
        ("edits", {"args": "[]"}),
        ("edits", {"args": "{"}),
        ("edits", {"args": ""}),
        ("edits", {"args": '{"a":' * 400 + "1" + "}" * 400}),
        ("edits", {"args": '{"block_id": "x"}'}),
        ("edits", {"args": '{"block_id": 1e400}'}),
        ("edits", {"args": '{"block_id": "\\ud800"}'}),
        ("edits", {"args": '{"block_id": "\\u0000"}'}),
        ("edits", {"name": ""}),
        ("edits", {"name": "__class__"}),
        ("archived/restore", {"kind": "member"}),
        ("archived/restore", {"kind": ""}),
        ("archived/restore", {"row": "x"}),
        ("archived/restore", {"row": new_id()}),
        ("archived/restore", {"reason": " "}),
    ],
)  # fmt: skip
def test_what_does_not_fit_changes_nothing(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give, where: str, other: dict[str, str]
) -> None:
    give(Action.EDIT_SCHEDULE)
    give(Action.RESTORE_DELETED)
    (wish,) = (fields for at, fields in deeds(engine, shop).values() if at == where)
    before = stored_rows(engine, shop.tenant)
    reply = support.post(path(shop, where), **{**wish, **other})
    assert reply.status_code in (404, 422), (reply.status_code, reply.text[-400:])
    assert stored_rows(engine, shop.tenant) == before
    assert ("book.edited", "allowed") not in told(engine, shop)


def test_what_was_typed_comes_back_beside_what_is_wrong(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    booked(engine, shop, 15)
    seen = booked(engine, shop, 10)
    reply = support.post(path(shop, "book/move"), **form(seen, wall=wall(seen["start"], 15), reason="<b>they</b>"))
    assert reply.status_code == 422
    assert "&lt;b&gt;they&lt;/b&gt;" in reply.text
    assert f'value="{wall(seen["start"], 15)}"' in reply.text
    taken = Dates(zone=ZONE, locale="en-US").time(next_day(15))
    assert f"{taken} to" in reply.text.split('role="alert">')[1].split("<")[0]


def test_a_time_with_a_zone_of_its_own_is_said_to_be_none(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    seen = booked(engine, shop)
    reply = support.post(path(shop, "book/move"), **form(seen, wall=f"{wall(seen['start'], 15)}+00:00"))
    assert "A day and a time are needed." in reply.text


def test_what_is_in_the_way_is_told_by_the_clock_of_its_place(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    away, eve = LocationId(new_id()), ResourceId(new_id())
    put_rows(
        engine, shop.tenant,
        Location(id=away, name="Away", zone="America/New_York", address=""),
        Resource(
            id=eve, location_id=away, kind=ResourceKind.STAFF, name="Eve", capacity=1, colour="", position=2,
            member_id=None,
        ),
    )  # fmt: skip
    there = {"location_id": away, "segments": [{"service_id": shop.cut, "resources": [eve]}]}
    late, early = ({**booking(shop, hour).args, **there} for hour in (19, 15))
    recorded(engine, shop, edit("appointment.book", **late), edit("appointment.book", **early))
    start = early["start"]
    seen = {"visit": early["appointment_id"], "status": "booked", "start": start, "day": start[:10]}
    at = local(parse_instant(late["start"]), "America/New_York").strftime("%Y-%m-%dT%H:%M")
    reply = support.post(path(shop, "book/move"), **form(seen, wall=at))
    assert reply.status_code == 422
    taken = Dates(zone="America/New_York", locale="en-US").time(next_day(19))
    assert f"{taken} to" in reply.text.split('role="alert">')[1].split("<")[0]


def test_a_business_that_is_suspended_or_in_recovery_is_left_alone(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.EDIT_SCHEDULE)
    wish = form(booked(engine, shop))
    before = stored_rows(engine, shop.tenant)
    until = update(control.tenants).where(control.tenants.c.id == shop.tenant.id)
    with control_transaction(engine) as connection:
        connection.execute(until.values(recovering_until=now() + timedelta(hours=1)))
    assert support.post(path(shop, "book/cancel"), **wish).status_code == 503
    with control_transaction(engine) as connection:
        connection.execute(until.values(recovering_until=None))
        write_tenant_state(connection, shop.tenant, TenantState.SUSPENDED)
    assert support.post(path(shop, "book/cancel"), **wish).status_code == 403
    assert stored_rows(engine, shop.tenant) == before


@pytest.mark.parametrize("kind", ["customer", "service", "resource", "location"])
def test_what_was_archived_is_brought_back(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give, kind: str
) -> None:
    row = {"customer": shop.customer, "service": shop.cut, "resource": shop.ben, "location": shop.location}[kind]
    archive = [{"field": "archived", "was": False, "value": True}]
    (gone,) = recorded(engine, shop, edit(f"{kind}.update", **{f"{kind}_id": row, "edits": archive})).outcomes
    assert gone.outcome == "applied", gone.details
    give(Action.RESTORE_DELETED)
    assert row in support.get(path(shop, "archived"), kind=kind, q=shop.canary.upper()).text
    assert row not in support.get(path(shop, "archived"), kind=kind, q="%").text
    wish = {"key": new_id(), "kind": kind, "row": row, "reason": "a slip"}
    reply = support.post(path(shop, "archived/restore"), **wish)
    assert reply.headers["location"].endswith(f"/archived?said=restored&kind={kind}")
    assert row not in support.get(path(shop, "archived"), kind=kind).text
    assert deed(engine, shop).reason == "a slip"


def test_who_was_erased_or_merged_is_not_brought_back(
    engine: Engine, shop: Shop, support: AdminHttp, give: Give
) -> None:
    give(Action.RESTORE_DELETED)
    erased = Customer(id=CustomerId(new_id()), name="", archived=True)
    merged = Customer(id=CustomerId(new_id()), name="Twice", archived=True, merged_into=shop.customer)
    put_rows(engine, shop.tenant, erased, merged)
    page, before = support.get(path(shop, "archived")).text, stored_rows(engine, shop.tenant)
    for one in (erased, merged):
        assert one.id not in page
        wish = {"key": new_id(), "kind": "customer", "row": one.id, "reason": "a slip"}
        assert support.post(path(shop, "archived/restore"), **wish).status_code == 422, "nobody is said to be back"
    assert stored_rows(engine, shop.tenant) == before
    assert ("book.edited", "allowed") not in told(engine, shop)


def test_nothing_is_brought_back_beyond_the_plan(engine: Engine, shop: Shop, support: AdminHttp, give: Give) -> None:
    gone = Customer(id=CustomerId(new_id()), name="Gone", archived=True)
    put_rows(engine, shop.tenant, gone)
    put_on_tier(engine, shop.tenant, Tier.STARTER, Override(limits={Limit.CUSTOMERS: 1}))
    give(Action.RESTORE_DELETED)
    wish = {"key": new_id(), "kind": "customer", "row": gone.id, "reason": "a slip"}
    assert support.post(path(shop, "archived/restore"), **wish).status_code == 403
    assert stored_rows(engine, shop.tenant)["customer"][gone.id][0] == gone.id
    assert ("book.edited", "allowed") not in told(engine, shop)


def test_billing_says_what_was_changed_and_by_whom(
    engine: Engine, shop: Shop, root: AdminHttp, support: AdminHttp, give: Give
) -> None:
    root.post(f"/tenants/{shop.tenant.id}/plan", tier=Tier.STARTER.value)
    give(Action.VIEW_BILLING)
    page = support.get(path(shop, "billing")).text
    assert root.user
    assert root.user.email in page
    assert "Enterprise to Starter" in page


@pytest.mark.parametrize("role", [Role.SUPERUSER, Role.PLATFORM_MANAGER])
def test_who_holds_an_action_by_role_needs_no_grant(visit: Visit, engine: Engine, shop: Shop, role: Role) -> None:
    somebody = visit(role)
    assert somebody.get(path(shop, "billing")).status_code == 200
    expected = 200 if role is Role.SUPERUSER else 403
    assert [somebody.get(path(shop, one)).status_code for one in ("book", "archived")] == [expected] * 2
    assert ("grant.used", "allowed") not in told(engine, shop)
    where, wish = deeds(engine, shop)["cancel"]
    assert somebody.post(path(shop, where), **wish).status_code == (303 if role is Role.SUPERUSER else 403)
    assert told(engine, shop).count(("book.edited", "allowed")) == (role is Role.SUPERUSER)


def test_a_revocation_waits_for_the_edit_that_uses_the_grant(
    server: Server, engine: Engine, shop: Shop, root: AdminHttp, support: AdminHttp, give: Give
) -> None:
    made = give(Action.EDIT_SCHEDULE)
    wish, token = form(booked(engine, shop)), support.form_token()
    own = {"Origin": support.url, "Sec-Fetch-Site": "same-origin"}
    assert root.user
    with ThreadPoolExecutor(2) as threads:
        with tenant_transaction(engine, shop.tenant) as connection:
            # While somebody else writes, the edit has its grant and waits for the clock.
            take_clock(connection, shop.tenant)
            edit_goes_on = threads.submit(support.post_as, own, path(shop, "book/cancel"), csrf=token, **wish)
            until(lambda: waits(engine, "take_clock"))
            revoked = threads.submit(grants.revoke, server, root.user, made.id)
        assert edit_goes_on.result().status_code == 303
        assert revoked.result()
    assert [kind for kind, _ in told(engine, shop)] == ["grant.used", "book.edited", "grant.revoked"]


@pytest.mark.parametrize("role", [Role.SUPERUSER, Role.PLATFORM_SUPPORT])
def test_whoever_is_disabled_is_so_before_their_edit_or_after_it(
    url: str, server: Server, engine: Engine, shop: Shop, root: AdminHttp, role: Role
) -> None:
    user = hire(engine, role)
    assert root.user
    if role is Role.PLATFORM_SUPPORT:
        grants.create(server, root.user, user.id, shop.tenant, Action.EDIT_SCHEDULE, reason="the call")
    somebody = AdminHttp(url=url, user=user, token=session_of(server, user)[0])
    wish, token = form(booked(engine, shop)), somebody.form_token()
    own = {"Origin": somebody.url, "Sec-Fetch-Site": "same-origin"}
    with closing(somebody.http), ThreadPoolExecutor(2) as threads:
        with tenant_transaction(engine, shop.tenant) as connection:
            take_clock(connection, shop.tenant)
            edit_goes_on = threads.submit(somebody.post_as, own, path(shop, "book/cancel"), csrf=token, **wish)
            until(lambda: waits(engine, "take_clock"))
            disabled = threads.submit(change_user, engine, None, replace(user, is_active=False))
            until(lambda: waits(engine, " users") or disabled.done())
            assert not disabled.done()
        assert edit_goes_on.result().status_code == 303
        disabled.result()


@pytest.mark.parametrize("other", [{"is_active": False}, {"role": Role.PLATFORM_MANAGER}])
def test_a_role_that_was_taken_away_since_the_request_began_edits_nothing(
    server: Server, engine: Engine, shop: Shop, other: dict[str, Any]
) -> None:
    user, seen = hire(engine, Role.SUPERUSER), booked(engine, shop)
    admin = Admin(user=user, session="let in before", is_enrolled=True)
    before = stored_rows(engine, shop.tenant)
    change_user(engine, None, replace(user, **other))
    wish = platform_edits.Form(key=new_id(), reason="they called")
    shown = platform_edits.Seen(id=seen["visit"], status=seen["status"], start=seen["start"])
    with pytest.raises(Declined):
        platform_edits.cancel(server, admin, shop.tenant.id, wish, shown)
    assert stored_rows(engine, shop.tenant) == before
    assert told(engine, shop) == [("grant.used", "denied")]


def waits(engine: Engine, what: str) -> bool:
    """Whether a statement of this kind waits for a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE %s"
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(asked, (f"%{what}%",)).scalar_one())
